"""Opening a recording."""

import json
from datetime import UTC, datetime

import pytest
from django.test import RequestFactory
from rest_framework.request import Request

from evidence.actions import start_recording, start_recording_once
from evidence.actions.start import target_duration
from evidence.models import Recording
from evidence.serializers import RecordingStartedOut, StartRecordingIn, started_answer
from foundation import ids
from foundation.errors import Forbidden, IdempotencyConflict, Invalid
from foundation.subjects import Subject
from journal.models import AuditRecord, UsedKey
from tests.evidence.conftest import Rights
from tests.personas import People

pytestmark = pytest.mark.django_db


def test_it_works(people: People, rights: Rights, subject: Subject) -> None:
    moment = datetime(2026, 11, 24, 5, 30, tzinfo=UTC)
    made = start_recording(people.fang, subject=subject, media="video", started_at=moment)
    answer = started_answer(made, Request(RequestFactory().post("/api/v1/reports/1/recordings")))
    assert set(answer) == set(RecordingStartedOut().fields)
    assert answer["id"] == str(made.id)
    assert answer["ingest_url"] == f"http://testserver/api/v1/recordings/{made.id}/ingest"
    secret = answer["secret_ingest_url"].removeprefix("http://testserver/api/v1/ingest/")
    assert len(secret) == 64
    assert (answer["state"], answer["target_duration_s"]) == ("open", 2)
    assert answer["started_at"] == "2026-11-24T05:30:00Z"
    stored = Recording.objects.get()
    assert stored.secret_hash == ids.digest(secret)
    assert AuditRecord.objects.get().deed == "recording.started"


def test_the_same_key_gives_the_same_recording_and_its_secret_is_not_stored(
    people: People, rights: Rights, subject: Subject
) -> None:
    first, replayed = start_recording_once(people.fang, key="k", content={"a": 1}, subject=subject, media="video")
    again, replayed_again = start_recording_once(people.fang, key="k", content={"a": 1}, subject=subject, media="video")
    assert (first.id, replayed, replayed_again) == (again.id, False, True)
    assert json.loads(UsedKey.objects.get().answer) == {"id": str(first.id)}
    with pytest.raises(IdempotencyConflict) as caught:
        start_recording_once(people.fang, key="k", content={"a": 2}, subject=subject, media="audio")
    assert caught.value.extra == {"id": str(first.id)}


def test_one_who_may_not_write_may_not_record(people: People, rights: Rights, subject: Subject) -> None:
    with pytest.raises(Forbidden):
        start_recording(people.min, subject=subject, media="video")
    assert not Recording.objects.exists()


@pytest.mark.parametrize("year", [1, 1969, 2200, 9999])
def test_a_time_out_of_this_world(people: People, rights: Rights, subject: Subject, year: int) -> None:
    with pytest.raises(Invalid) as caught:
        start_recording(people.fang, subject=subject, media="video", started_at=datetime(year, 1, 1, tzinfo=UTC))
    assert caught.value.errors[0].field == "started_at"


@pytest.mark.parametrize(("segment_s", "target"), [(None, 2), (1, 2), (2, 2), (2.5, 10), (10, 10)])
def test_the_target_duration_follows_the_client_s_segments(segment_s: float | None, target: int) -> None:
    assert target_duration(segment_s) == target


@pytest.mark.parametrize(
    "body",
    [
        {"media": "film"},
        {"media": "video", "segment_s": 0},
        {"media": "video", "segment_s": 11},
        {"media": "video", "segment_s": []},
        {"media": "video", "started_at": "yesterday"},
        {"media": "video", "started_at": "0001-01-01T00:00:00+14:00"},
        {"media": "video", "started_at": {}},
        {},
    ],
)
def test_a_wrong_field_is_named(body: dict[str, object]) -> None:
    taken = StartRecordingIn(data=body)
    assert not taken.is_valid()
    assert len(taken.errors) == 1
