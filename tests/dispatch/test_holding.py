"""POST /incidents/{id}/heartbeat, /release, /take-over."""

from datetime import timedelta

import pytest

from dispatch.models import CLAIM_STALE_AFTER, Incident
from foundation import clock
from journal.models import AuditRecord
from tests.dispatch.calls import call, refused
from tests.dispatch.story import Story, counts, said

pytestmark = pytest.mark.django_db


def forgotten(story: Story, seconds: float = CLAIM_STALE_AFTER.total_seconds()) -> Incident:
    """A claim whose holder was last heard of so long ago."""
    incident = story.claimed()
    Incident.objects.update(heartbeat_at=clock.now() - timedelta(seconds=seconds))
    return incident


def test_a_heartbeat_works(story: Story) -> None:
    incident = forgotten(story)
    before = counts()
    answer = call(story.people.dispatcher, incident, "heartbeat")
    assert answer.status_code == 200
    assert answer.json()["claim"]["stale"] is False
    assert answer.json()["version"] == incident.version
    assert counts() == before


def test_only_the_holder_s_heart_beats(story: Story) -> None:
    incident = story.claimed()
    problem = refused(call(story.people.supervisor, incident, "heartbeat"), 409, "not_claim_holder")
    assert problem["claim"]["by"]["name"] == "130102-dispatcher"
    refused(call(story.people.dispatcher, story.queued(), "heartbeat"), 409, "not_claim_holder")


def test_a_release_works(story: Story) -> None:
    incident = story.claimed()
    answer = call(story.people.dispatcher, incident, "release", {"reason": "换班"})
    assert (answer.status_code, answer.json()["state"], answer.json()["claim"]) == (200, "queued", None)
    assert said(incident.stream)[-1] == "claim.released"
    assert AuditRecord.objects.get(deed="incident.released").reason == "换班"
    assert call(story.people.supervisor, incident, "claim").status_code == 200


def test_only_the_holder_releases(story: Story) -> None:
    refused(call(story.people.supervisor, story.claimed(), "release"), 409, "not_claim_holder")


def test_a_stale_claim_is_taken_over_on_the_record(story: Story) -> None:
    incident = forgotten(story)
    answer = call(story.people.city_dispatcher, incident, "take-over", {"reason": "无人应答"})
    assert answer.status_code == 200
    assert answer.json()["claim"]["by"]["id"] == str(story.people.city_dispatcher.id)
    assert said(incident.stream)[-1] == "claim.taken_over"
    record = AuditRecord.objects.get(deed="incident.claim_taken_over")
    assert (record.reason, record.detail) == ("无人应答", {"former": str(story.people.dispatcher.id), "stale": True})
    refused(call(story.people.dispatcher, incident, "heartbeat"), 409, "not_claim_holder")


def test_a_claim_that_is_alive_is_not_taken_over(story: Story) -> None:
    incident = forgotten(story, CLAIM_STALE_AFTER.total_seconds() - 5)
    refused(call(story.people.city_dispatcher, incident, "take-over", {"reason": "快"}), 409, "claim_not_stale")


def test_a_supervisor_takes_over_with_a_reason(story: Story) -> None:
    incident = story.claimed()
    refused(call(story.people.supervisor, incident, "take-over"), 400, "invalid", "reason")
    answer = call(story.people.supervisor, incident, "take-over", {"reason": "重大警情"})
    assert answer.json()["claim"]["by"]["id"] == str(story.people.supervisor.id)


def test_what_nobody_holds_is_not_taken_over(story: Story) -> None:
    refused(call(story.people.supervisor, story.queued(), "take-over", {"reason": "x"}), 409, "illegal_transition")


def test_the_holder_takes_over_from_nobody(story: Story) -> None:
    incident = story.claimed()
    before = counts()
    assert call(story.people.dispatcher, incident, "take-over").status_code == 200
    assert counts() == before
