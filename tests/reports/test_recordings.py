"""``POST /reports/{id}/recordings``: open a recording; its end is told to the reporter too."""

import uuid
from typing import Any

import pytest

from evidence.events import RecordingFinished
from evidence.models import Recording
from evidence.subjects import may_write
from foundation.subjects import Subject
from journal import streams, unit
from tests.personas import People, client_for
from tests.reports.story import URL, reported

pytestmark = pytest.mark.django_db


def test_it_works(people: People) -> None:
    fang = client_for(people.fang)
    report = reported(fang, kind="video")
    body = {"client_uuid": str(uuid.uuid4()), "media": "video", "started_at": "2026-11-24T16:00:00+08:00"}
    answer = fang.post(f"{URL}/{report.id}/recordings", body, format="json")
    assert answer.status_code == 201
    recording = Recording.objects.get()
    told = answer.json()
    assert told["id"] == str(recording.id)
    assert told["ingest_url"].endswith(f"/api/v1/recordings/{recording.id}/ingest")
    assert "/api/v1/ingest/" in told["secret_ingest_url"]
    assert (recording.subject_kind, recording.subject_id, recording.owner) == ("report", report.id, people.fang)
    (event,) = streams.read(report.stream, after=1)
    assert (event.name, event.data["recording_id"], event.data["media"]) == ("recording.started", told["id"], "video")


def test_once_per_key(people: People) -> None:
    fang = client_for(people.fang)
    url = f"{URL}/{reported(fang).id}/recordings"
    body = {"client_uuid": str(uuid.uuid4()), "media": "audio", "started_at": "2026-11-24T16:00:00+08:00"}
    first, again = fang.post(url, body, format="json"), fang.post(url, body, format="json")
    assert again.status_code == 201
    assert again["Idempotency-Replayed"] == "true"
    assert again.content == first.content
    other = fang.post(url, {**body, "media": "video"}, format="json")
    assert (other.status_code, other.json()["id"]) == (422, first.json()["id"])
    assert Recording.objects.count() == 1


@unit.deed
def finish(subject: Subject) -> None:
    unit.append(
        RecordingFinished(recording_id=uuid.uuid4(), subject_kind=subject.kind, subject_id=subject.id, media="video")
    )


def test_the_end_is_told(people: People) -> None:
    report = reported(client_for(people.fang))
    finish(Subject("report", report.id))
    finish(Subject("journey", report.id))
    assert [event.name for event in streams.read(report.stream, after=1)] == ["recording.finished"]


def test_only_the_reporter_adds_to_a_report(people: People) -> None:
    report = reported(client_for(people.fang))
    subject = Subject("report", report.id)
    asked = [people.fang, people.wei, people.dispatcher, None, "fang"]
    assert [may_write.ask(actor, subject) for actor in asked] == [True, False, False, False, False]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "media"),
        ({"media": "film"}, "media"),
        ({"media": ["video"]}, "media"),
        ({"media": "video", "started_at": "yesterday"}, "started_at"),
        ({"media": "video", "started_at": "9999-12-31T23:59:59Z"}, "started_at"),
        ({"media": "video", "started_at": "0001-01-01T00:00:00+14:00"}, "started_at"),
        ({"media": "video", "client_uuid": "a\x00"}, "client_uuid"),
    ],
)
def test_what_is_wrong_is_named(people: People, body: Any, field: str) -> None:
    fang = client_for(people.fang)
    answer = fang.post(f"{URL}/{reported(fang).id}/recordings", body, format="json")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
