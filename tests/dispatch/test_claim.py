"""POST /incidents/{id}/claim."""

import pytest

from dispatch.models import Incident
from reports.models import Report
from tests.dispatch.calls import call, refused
from tests.dispatch.story import Story, counts, deeds_of, said
from tests.personas import CITY

pytestmark = pytest.mark.django_db


def test_it_works(story: Story) -> None:
    incident = story.queued()
    answer = call(story.people.dispatcher, incident, "claim")
    assert answer.status_code == 200
    assert answer["ETag"] == '"2"'
    claim = answer.json()["claim"]
    assert (claim["by"]["id"], claim["stale"]) == (str(story.people.dispatcher.id), False)
    incident.refresh_from_db()
    assert (incident.state, incident.claimed_by) == ("claimed", story.people.dispatcher)
    assert incident.answered_at is not None
    assert Report.objects.get().state == "answered"
    assert deeds_of(incident) == ["incident.received", "incident.claimed"]
    assert said(incident.stream) == ["incident.received", "incident.claimed"]


def test_the_holder_may_claim_again(story: Story) -> None:
    incident = story.claimed()
    before = counts()
    assert call(story.people.dispatcher, incident, "claim").status_code == 200
    assert counts() == before


def test_another_is_told_who_was_first(story: Story) -> None:
    incident = story.claimed()
    problem = refused(call(story.people.supervisor, incident, "claim"), 409, "already_claimed")
    assert problem["claim"]["by"]["name"] == "130102-dispatcher"
    assert problem["claim"]["since"].endswith("Z")


def test_a_city_works_on_its_counties_incidents(story: Story) -> None:
    assert call(story.people.city_dispatcher, story.queued(), "claim").status_code == 200


def test_a_county_does_not_see_the_city_s_own(story: Story) -> None:
    refused(call(story.people.dispatcher, story.queued(CITY), "claim"), 404, "not_found")


def test_an_accepted_incident_is_not_claimed(story: Story) -> None:
    refused(call(story.people.dispatcher, story.accepted(), "claim"), 409, "illegal_transition")


def test_a_patrol_does_not_claim(story: Story) -> None:
    order = story.ordered()
    refused(call(story.people.patrol, order.incident, "claim"), 403, "forbidden")


def test_a_stale_etag(story: Story) -> None:
    incident = story.queued()
    refused(call(story.people.dispatcher, incident, "claim", If_Match='"9"'), 412, "precondition_failed")
    assert Incident.objects.get().state == "queued"
