"""Many hands at one recording: one row and one 201 for each segment, and a chain without a break."""

import hashlib
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from evidence import chain
from evidence.actions import start_recording
from evidence.models import PlaylistEntry, Recording, SegmentView, StoredObject
from foundation.subjects import Subject
from journal.models import AuditRecord
from tests.evidence.conftest import KIND, Rights
from tests.evidence.media import fmp4, put_secret, ts
from tests.personas import People, client_for

pytestmark = pytest.mark.django_db(transaction=True)
HANDS = 8


def together(deeds: list[Callable[[], Any]]) -> list[Any]:
    """Run them at the same moment, each in a thread and on a connection of its own."""
    results: list[Any] = [None] * len(deeds)
    gate = threading.Barrier(len(deeds))

    def run(index: int) -> None:
        try:
            gate.wait(10)
            results[index] = deeds[index]()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.fixture
def started(people: People, rights: Rights) -> Recording:
    return start_recording(people.fang, subject=Subject(KIND, uuid.uuid4()), media="video")


def check_chain(recording: Recording) -> None:
    """Compute the chain again from what is stored."""
    head = chain.root(recording.id)
    rows = list(StoredObject.objects.filter(recording=recording).order_by("arrival"))
    assert [row.arrival for row in rows] == list(range(1, len(rows) + 1))
    for row in rows:
        head = hashlib.sha256(head + bytes.fromhex(row.sha256) + row.number.to_bytes(8, "big")).digest()
        assert row.chain == head.hex()
    recording.refresh_from_db()
    assert recording.chain == head.hex()


def test_the_same_segment_from_many_hands(started: Recording) -> None:
    body = ts()["index0.ts"]
    answers = together([lambda: put_secret(APIClient(), started, "index0.ts", body)] * HANDS)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: HANDS - 1}
    assert len({answer.content for answer in answers}) == 1
    assert StoredObject.objects.count() == PlaylistEntry.objects.count() == 1
    check_chain(started)


def test_the_same_number_with_other_bytes_from_many_hands(started: Recording) -> None:
    bodies = [ts(seed)["index0.ts"] for seed in (0, 2, 4)]
    answers = together([lambda b=body: put_secret(APIClient(), started, "index0.ts", b) for body in bodies])  # type: ignore[misc]
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 2}
    assert Counter(StoredObject.objects.values_list("kind", flat=True)) == {"segment": 1, "conflict": 2}
    check_chain(started)


def test_a_whole_recording_at_once(started: Recording) -> None:
    files = {name: body for name, body in fmp4().items() if name != "index.m3u8"}
    answers = together(
        [lambda n=name, b=body: put_secret(APIClient(), started, n, b) for name, body in files.items()]  # type: ignore[misc]
    )
    assert {answer.status_code for answer in answers} == {201}
    check_chain(started)
    entries = PlaylistEntry.objects.filter(kind="segment").order_by("position")
    assert list(entries.values_list("seq", flat=True)) == sorted(entries.values_list("seq", flat=True))


def test_one_segment_shown_many_times_at_once_is_one_record(people: People, started: Recording) -> None:
    put_secret(APIClient(), started, "index0.ts", ts()["index0.ts"])
    playback = client_for(people.dispatcher).post(f"/api/v1/recordings/{started.id}/playback")
    url = playback.json()["playlist_url"].replace("index.m3u8", "1.ts")
    answers = together([lambda: APIClient().get(url)] * HANDS)
    assert {answer.status_code for answer in answers} == {200}
    assert SegmentView.objects.count() == 1
    assert AuditRecord.objects.filter(deed="recording.segment_viewed").count() == 1


def test_many_viewers_wake_one_list(people: People, started: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (0, 2):
        put_secret(APIClient(), started, f"index{number}.ts", ts()[f"index{number}.ts"])
    url = client_for(people.dispatcher).post(f"/api/v1/recordings/{started.id}/playback").json()["playlist_url"]
    monkeypatch.setattr("evidence.timeline.GAP_AFTER_TARGETS", 0)
    answers = together([lambda: APIClient().get(url)] * HANDS)
    assert len({answer.content for answer in answers}) == 1
    assert PlaylistEntry.objects.count() == 3
