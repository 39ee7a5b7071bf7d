"""PATCH /incidents/{id}."""

from typing import Any

import pytest

from accounts.models import Role
from dispatch import actions
from dispatch.models import Incident
from journal import streams
from journal.models import AuditRecord
from tests.dispatch.calls import address, refused
from tests.dispatch.story import Story, counts, said
from tests.personas import COUNTY, SECOND_COUNTY, STATION, client_for

pytestmark = pytest.mark.django_db


def patch(actor: Any, incident: Incident, body: Any, tag: str | None = "*") -> Any:
    headers = {"If-Match": tag} if tag else {}
    return client_for(actor).patch(address(incident), body, format="json", headers=headers)


def test_it_works(story: Story) -> None:
    incident = story.accepted()
    answer = patch(story.people.dispatcher, incident, {"address": "建北街道 5 号", "level": 1}, f'"{incident.version}"')
    assert answer.status_code == 200, answer.content
    assert (answer.json()["address"], answer.json()["gravity"]) == ("建北街道 5 号", 4)
    assert answer["ETag"] == f'"{incident.version + 1}"'
    event = streams.read(incident.stream, after=0)[-1]
    assert (event.name, event.data["fields"]) == ("incident.changed", ["address", "level"])
    record = AuditRecord.objects.get(deed="incident.edited")
    assert record.detail == {"fields": ["address", "level"], "level": 1}


def test_without_if_match(story: Story) -> None:
    refused(patch(story.people.dispatcher, story.accepted(), {"level": 1}, None), 428, "precondition_required")


def test_with_a_stale_one(story: Story) -> None:
    refused(patch(story.people.dispatcher, story.accepted(), {"level": 1}, '"1"'), 412, "precondition_failed")


def test_who_may_not_see_it_learns_nothing_by_the_header(story: Story) -> None:
    refused(patch(story.people.far_dispatcher, story.accepted(), {"level": 1}, None), 404, "not_found")


def test_a_picked_position_overwrites_no_other(story: Story) -> None:
    incident = story.claimed()
    first = incident.links.get().report.first_position
    picked = {"lon": 114.6, "lat": 38.1, "coord_type": "wgs84"}
    assert patch(story.people.dispatcher, incident, {"picked_position": picked}).status_code == 200
    body = client_for(story.people.dispatcher).get(address(incident)).json()
    assert body["picked_position"]["raw"] == picked
    assert body["reports"][0]["first_position"] == first
    assert (body["lon"], body["lat"]) == (114.6, 38.1)
    assert patch(story.people.dispatcher, incident, {"picked_position": None}).status_code == 200
    incident.refresh_from_db()
    assert (incident.lon, incident.lat) == (first["lon"], first["lat"])


def test_class_and_level_come_with_accept(story: Story) -> None:
    refused(patch(story.people.dispatcher, story.claimed(), {"level": 1}), 409, "not_accepted", "level")


def test_another_responsible_agency_and_the_former_hear_of_it(story: Story) -> None:
    incident = story.accepted(responsible=STATION)
    assert patch(story.people.dispatcher, incident, {"agency_code": COUNTY}).status_code == 200
    assert said(f"agency:{STATION}") == ["incident.accepted", "incident.changed"]
    refused(patch(story.people.dispatcher, incident, {"agency_code": SECOND_COUNTY}), 400, "invalid", "agency_code")


def test_what_is_the_same_changes_nothing(story: Story) -> None:
    incident = story.accepted()
    before = counts()
    assert patch(story.people.dispatcher, incident, {"level": 2, "agency_code": COUNTY}).status_code == 200
    assert counts() == before
    incident.refresh_from_db()
    assert incident.version == 3


@pytest.mark.parametrize("field", ["state", "number", "version", "claimed_by", "lon"])
def test_what_can_not_be_changed_is_named(story: Story, field: str) -> None:
    refused(patch(story.people.dispatcher, story.accepted(), {field: "x"}), 400, "invalid", field)


@pytest.mark.parametrize("body", [[], "text", 7, None, [{"level": 1}]])
def test_a_body_that_is_no_object(story: Story, body: Any) -> None:
    answer = patch(story.people.dispatcher, story.accepted(), body)
    assert answer.status_code in {200, 400}
    assert Incident.objects.get().version == 3


def test_what_is_over_is_not_edited(story: Story) -> None:
    incident = story.accepted()
    actions.close(story.people.dispatcher, incident_id=incident.id, reason="无需出警")
    refused(patch(story.people.dispatcher, incident, {"level": 1}), 409, "read_only")


def test_a_call_taker_edits_what_he_holds(story: Story) -> None:
    taker = story.people.dispatcher
    taker.roles = [Role.CALL_TAKER]
    taker.save()
    held, other = story.claimed(), story.queued()
    assert patch(taker, held, {"address": "x"}).status_code == 200
    refused(patch(taker, other, {"address": "x"}), 403, "forbidden")
