"""``GET /recordings/{id}``, ``…/missing``, ``POST …/finish``."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from evidence import events
from evidence.models import Recording, ingest_secret
from journal.events import reacts_to
from journal.models import AuditRecord
from tests.evidence.media import fmp4, put, put_secret, ts
from tests.personas import People, client_for

pytestmark = pytest.mark.django_db

said: list[Any] = []


def _hear(event: Any) -> None:
    said.append(event)


for event_class in (events.RecordingStarted, events.RecordingLive, events.RecordingFinished):
    reacts_to(event_class)(_hear)


@pytest.fixture
def phone(people: People) -> APIClient:
    """王芳's phone."""
    return client_for(people.fang)


def missing(phone: APIClient, recording: Recording) -> list[tuple[int, int, int]]:
    answer = phone.get(f"/api/v1/recordings/{recording.id}/missing")
    assert answer.status_code == 200
    return [(gap["session"], gap["from"], gap["to"]) for gap in answer.json()["missing"]]


def test_it_works(people: People, phone: APIClient, recording: Recording) -> None:
    empty = phone.get(f"/api/v1/recordings/{recording.id}").json()
    assert (empty["sessions"], empty["segments"], empty["last_seq"], empty["duration_s"]) == (0, 0, None, 0)
    for name in ("init.mp4", "index0.m4s", "index1.m4s"):
        put(phone, recording, name, fmp4()[name])
    put(phone, recording, "index1.m4s", fmp4(2)["index1.m4s"])
    found = phone.get(f"/api/v1/recordings/{recording.id}")
    assert found.status_code == 200
    recording.refresh_from_db()
    body = found.json()
    assert body.pop("started_at").endswith("Z")
    assert body == {
        "id": str(recording.id),
        "state": "open",
        "media": "video",
        "target_duration_s": 2,
        "sessions": 1,
        "segments": 2,
        "conflicts": 1,
        "last_seq": 1,
        "duration_s": pytest.approx(2),
        "arrivals": 4,
        "chain": recording.chain,
        "finished_at": None,
    }
    assert client_for(people.dispatcher).get(f"/api/v1/recordings/{recording.id}").status_code == 200


@pytest.mark.parametrize("tail", ["", "/missing"])
def test_others_find_nothing(people: People, api: APIClient, recording: Recording, tail: str) -> None:
    for other in (people.wei, people.second_dispatcher):
        assert client_for(other).get(f"/api/v1/recordings/{recording.id}{tail}").status_code == 404
    assert client_for(people.fang).get(f"/api/v1/recordings/nonsense{tail}").status_code == 404
    assert api.get(f"/api/v1/recordings/{recording.id}{tail}").status_code == 401


def test_missing_numbers_are_ranges_of_each_session(phone: APIClient, recording: Recording) -> None:
    assert missing(phone, recording) == []
    for number, name in ((0, "0"), (1, "1"), (2, "5"), (3, "7")):
        put(phone, recording, f"{name}.ts", ts()[f"index{number}.ts"])
    assert missing(phone, recording) == [(1, 2, 4), (1, 6, 6)]
    put(phone, recording, "0.ts", ts(2)["index0.ts"])
    put(phone, recording, "2.ts", ts(2)["index2.ts"])
    assert missing(phone, recording) == [(1, 2, 4), (1, 6, 6), (2, 1, 1)]
    answer = phone.get(f"/api/v1/recordings/{recording.id}/missing").json()
    assert (answer["state"], answer["last_seq"]) == ("open", 2)


def test_the_client_s_list_tells_where_numbers_begin_and_end(phone: APIClient, recording: Recording) -> None:
    put(phone, recording, "index2.ts", ts()["index2.ts"])
    put(phone, recording, "index.m3u8", ts()["index.m3u8"])
    assert missing(phone, recording) == [(1, 0, 1), (1, 3, 4)]
    for number in (0, 1, 3, 4):
        put(phone, recording, f"index{number}.ts", ts()[f"index{number}.ts"])
    assert missing(phone, recording) == []


@pytest.mark.parametrize(("first", "gaps"), [(0, []), (1, []), (3, [(1, 0, 2)]), (1767225600, [])])
def test_a_beginning_is_missing_where_the_first_number_is_small(
    phone: APIClient, recording: Recording, first: int, gaps: list[tuple[int, int, int]]
) -> None:
    put(phone, recording, f"{first}.ts", ts()["index0.ts"])
    assert missing(phone, recording) == gaps


def test_finish_is_said_once(people: People, phone: APIClient, recording: Recording) -> None:
    said.clear()
    put(phone, recording, "0.ts", ts()["index0.ts"])
    put(phone, recording, "1.ts", ts()["index1.ts"])
    first = phone.post(f"/api/v1/recordings/{recording.id}/finish")
    again = phone.post(f"/api/v1/recordings/{recording.id}/finish")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert first.json()["state"] == "finished"
    assert first.json()["finished_at"].endswith("Z")
    assert [event.wire_name for event in said] == ["recording.live", "recording.finished"]
    assert said[0].subject_id == recording.subject_id
    assert AuditRecord.objects.filter(deed="recording.finished").count() == 1


def test_only_the_owner_finishes(people: People, api: APIClient, recording: Recording) -> None:
    url = f"/api/v1/recordings/{recording.id}/finish"
    for other in (people.wei, people.dispatcher):
        assert client_for(other).post(url).status_code == 404
    assert api.post(url).status_code == 401
    recording.refresh_from_db()
    assert recording.state == "open"


def test_the_secret_finishes_and_ends(api: APIClient, recording: Recording) -> None:
    url = f"/api/v1/ingest/{ingest_secret(recording.id)}/finish"
    assert api.post(url).json()["state"] == "finished"
    assert api.post(url).status_code == 403
    assert api.post(f"/api/v1/ingest/{'0' * 64}/finish").status_code == 404
    assert put_secret(api, recording, "0.ts", ts()["index0.ts"]).status_code == 403


def test_the_client_s_list_finishes_and_the_secret_serves_a_little_longer(api: APIClient, recording: Recording) -> None:
    assert put_secret(api, recording, "index.m3u8", b"#EXTM3U\n").status_code == 204
    recording.refresh_from_db()
    assert recording.state == "open"
    assert put_secret(api, recording, "index.m3u8", ts()["index.m3u8"]).status_code == 204
    recording.refresh_from_db()
    assert recording.state == "finished"
    assert put_secret(api, recording, "index4.ts", ts()["index4.ts"]).status_code == 201
