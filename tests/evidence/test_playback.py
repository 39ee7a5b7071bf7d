"""``POST /recordings/{id}/playback``, and what its addresses give."""

import io
from datetime import timedelta
from typing import Any

import av
import pytest
from rest_framework.test import APIClient

from evidence.actions import finish_recording
from evidence.actions.start import start_recording
from evidence.limits import TICKET_LIFETIME
from evidence.models import PlaybackTicket, PlaylistEntry, Recording, SegmentView, StoredObject
from foundation import clock
from foundation.subjects import Subject
from journal.models import AuditRecord, UsedKey
from tests.evidence import hls
from tests.evidence.conftest import Rights
from tests.evidence.media import fmp4, put, ts
from tests.personas import People, client_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone(people: People) -> APIClient:
    """王芳's phone."""
    return client_for(people.fang)


@pytest.fixture
def console(people: People) -> APIClient:
    """The dispatcher's console."""
    return client_for(people.dispatcher)


def watch(console: APIClient, recording: Recording, **body: Any) -> dict[str, str]:
    answer = console.post(f"/api/v1/recordings/{recording.id}/playback", body, format="json")
    assert answer.status_code == 201, answer.content
    found: dict[str, str] = answer.json()
    return found


def live(addresses: dict[str, str]) -> hls.Playlist:
    """The live list, fetched as a player does: without any credential."""
    answer = APIClient().get(addresses["playlist_url"], headers={"accept": "*/*;q=0, video/x"})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/vnd.apple.mpegurl"
    assert answer["Cache-Control"] == "private, no-store"
    return hls.read(answer.content.decode())


def final(addresses: dict[str, str]) -> hls.Playlist:
    return hls.read(APIClient().get(addresses["final_url"]).content.decode())


def fetch(addresses: dict[str, str], name: str, method: str = "get", **headers: str) -> Any:
    url = addresses["playlist_url"].replace("index.m3u8", name)
    return getattr(APIClient(), method)(url, headers=headers)


def frames(media: bytes) -> int:
    with av.open(io.BytesIO(media), "r") as container:
        return sum(1 for _ in container.decode(video=0))


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    real = clock.now()
    monkeypatch.setattr(clock, "now", lambda: real + timedelta(seconds=seconds))


def test_it_works(phone: APIClient, console: APIClient, recording: Recording) -> None:
    addresses = watch(console, recording, reason="接警")
    before = live(addresses)
    assert (before.segments, before.kind, before.target, before.ended) == ([], "EVENT", 2, False)
    for name, body in fmp4().items():
        if name != "index.m3u8":
            put(phone, recording, name, body)
            after = live(addresses)
            hls.only_grew(before, after)
            before = after
    assert len(before.segments) == 5
    assert before.segments[0].program_date_time == recording.started_at.replace(
        microsecond=recording.started_at.microsecond // 1000 * 1000
    )
    steps = {
        b.program_date_time - a.program_date_time for a, b in zip(before.segments, before.segments[1:], strict=False)
    }
    assert steps == {timedelta(seconds=1)}
    assert put(phone, recording, "index.m3u8", fmp4()["index.m3u8"]).status_code == 204
    after = live(addresses)
    hls.only_grew(before, after)
    assert after.ended
    whole = b""
    for name in [after.segments[0].init or "", *(segment.uri for segment in after.segments)]:
        answer = fetch(addresses, name)
        assert answer.status_code == 200
        assert answer["Content-Type"] == ("video/mp4" if name.endswith(".mp4") else "video/iso.segment")
        assert answer["Cache-Control"] == "private, no-store"
        whole += answer.content
    assert frames(whole) == 50


def test_the_final_list_is_the_same_when_nothing_was_late(
    phone: APIClient, console: APIClient, recording: Recording
) -> None:
    for name, body in ts().items():
        put(phone, recording, name, body)
    addresses = watch(console, recording)
    assert final(addresses).segments == live(addresses).segments
    assert final(addresses).kind == "VOD"
    assert final(addresses).ended


def test_a_hole_stays_in_the_live_list_and_is_filled_in_the_final_one(
    phone: APIClient, console: APIClient, recording: Recording
) -> None:
    media = ts(0, 6)
    addresses = watch(console, recording)
    lists = [live(addresses)]
    for number in (0, 1, 3, 4, 5, 2):
        put(phone, recording, f"index{number}.ts", media[f"index{number}.ts"])
        lists.append(live(addresses))
        hls.only_grew(lists[-2], lists[-1])
    # It waited while one and two later segments were there, and gave up with the third.
    assert [len(found.segments) for found in lists] == [0, 1, 2, 2, 2, 6, 6]
    assert [segment.gap for segment in lists[-1].segments] == [False, False, True, False, False, False]
    assert lists[-1].segments[2].duration == pytest.approx(1, abs=0.01)
    assert fetch(addresses, lists[-1].segments[2].uri).status_code == 404
    whole = final(addresses)
    assert not any(segment.gap for segment in whole.segments)
    assert [segment.uri for segment in whole.segments] == ["1.ts", "2.ts", "6.ts", "3.ts", "4.ts", "5.ts"]
    finished = finish_recording(recording.owner, recording_id=recording.id)
    assert finished.live_ended_at is not None
    hls.only_grew(lists[-1], live(addresses))


def test_a_hole_is_given_up_by_waiting_alone(
    phone: APIClient, console: APIClient, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = watch(console, recording)
    for number in (0, 2):
        put(phone, recording, f"index{number}.ts", ts()[f"index{number}.ts"])
    before = live(addresses)
    assert len(before.segments) == 1
    later(monkeypatch, 4.1)
    after = live(addresses)
    hls.only_grew(before, after)
    assert [segment.gap for segment in after.segments] == [False, True, False]
    assert PlaylistEntry.objects.count() == 3


def test_segments_in_another_order_make_no_hole(phone: APIClient, console: APIClient, recording: Recording) -> None:
    addresses = watch(console, recording)
    for number in (0, 2, 1, 4, 3):
        put(phone, recording, f"index{number}.ts", ts()[f"index{number}.ts"])
    assert [segment.gap for segment in live(addresses).segments] == [False] * 5


def test_a_session_of_its_own_is_a_discontinuity_with_its_own_init(
    phone: APIClient, console: APIClient, recording: Recording
) -> None:
    addresses = watch(console, recording)
    for media in (fmp4(), fmp4(1)):
        for name in ("init.mp4", "index0.m4s", "index1.m4s"):
            put(phone, recording, name, media[name])
    for found in (live(addresses), final(addresses)):
        assert [segment.discontinuity for segment in found.segments] == [False, False, True, False]
        assert [segment.init for segment in found.segments] == ["1.mp4", "1.mp4", "4.mp4", "4.mp4"]


def test_segments_without_their_init_are_not_listed_until_it_comes(
    phone: APIClient, console: APIClient, recording: Recording
) -> None:
    addresses = watch(console, recording)
    put(phone, recording, "index0.m4s", fmp4()["index0.m4s"])
    assert live(addresses).segments == []
    put(phone, recording, "init.mp4", fmp4()["init.mp4"])
    assert len(live(addresses).segments) == 1


def test_the_end_waits_for_a_segment_that_the_client_s_list_names(
    phone: APIClient, console: APIClient, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = watch(console, recording)
    for number in (0, 1, 2, 3):
        put(phone, recording, f"index{number}.ts", ts()[f"index{number}.ts"])
    put(phone, recording, "index.m3u8", ts()["index.m3u8"])
    before = live(addresses)
    assert (len(before.segments), before.ended) == (4, False)
    put(phone, recording, "index4.ts", ts()["index4.ts"])
    after = live(addresses)
    hls.only_grew(before, after)
    assert (len(after.segments), after.ended) == (5, True)


def test_the_end_comes_even_if_the_last_segment_never_does(
    phone: APIClient, console: APIClient, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = watch(console, recording)
    put(phone, recording, "index0.ts", ts()["index0.ts"])
    put(phone, recording, "index3.ts", ts()["index3.ts"])
    put(phone, recording, "index.m3u8", ts()["index.m3u8"])
    assert not live(addresses).ended
    later(monkeypatch, 4.1)
    assert [segment.gap for segment in live(addresses).segments] == [False, True, True, False]
    assert live(addresses).ended


def test_a_segment_after_the_end_is_in_the_final_list_only(
    phone: APIClient, console: APIClient, recording: Recording
) -> None:
    put(phone, recording, "index0.ts", ts()["index0.ts"])
    finish_recording(recording.owner, recording_id=recording.id)
    addresses = watch(console, recording)
    before = live(addresses)
    assert before.ended
    put(phone, recording, "index1.ts", ts()["index1.ts"])
    assert live(addresses) == before
    assert len(final(addresses).segments) == 2


def test_a_longer_segment_never_breaks_the_target_duration(
    people: People, rights: Rights, subject: Subject, phone: APIClient, console: APIClient
) -> None:
    recording = start_recording(people.fang, subject=subject, media="video")
    put(phone, recording, "index0.ts", b"".join(body for name, body in ts().items() if name.endswith("ts")))
    assert StoredObject.objects.get().duration_s == pytest.approx(5, abs=0.01)
    assert live(watch(console, recording)).segments[0].duration == 2


def test_a_jump_in_the_numbers_is_no_list_of_gaps(
    phone: APIClient, console: APIClient, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, number in (("0", 0), ("5000", 1), ("10000", 2), ("9223372036854775807", 3)):
        assert put(phone, recording, f"{name}.ts", ts()[f"index{number}.ts"]).status_code == 201
    addresses = watch(console, recording)
    later(monkeypatch, 4.1)
    for found in (live(addresses), final(addresses)):
        assert [segment.discontinuity for segment in found.segments] == [False, True, True, True]


def test_a_length_that_can_t_be_measured_comes_from_the_client_s_list(
    phone: APIClient, console: APIClient, recording: Recording
) -> None:
    silent = b"\x47\x40\x11\x10" + bytes(184)
    put(phone, recording, "index.m3u8", b"#EXTM3U\n#EXTINF:1.25,\nindex0.ts\n#EXTINF:nan,\nindex1.ts\n")
    put(phone, recording, "index0.ts", silent)
    put(phone, recording, "index1.ts", silent + silent)
    assert [float(segment.duration) for segment in live(watch(console, recording)).segments] == [1.25, 2]


@pytest.mark.parametrize(
    ("header", "status", "first", "last"),
    [
        ("bytes=0-99", 206, 0, 99),
        ("bytes=100-", 206, 100, None),
        ("bytes=-100", 206, -100, None),
        ("bytes=0-99999999", 206, 0, None),
        ("bytes=-99999999", 206, 0, None),
        ("bytes=5-2", 200, 0, None),
        ("bytes=-", 200, 0, None),
        ("bytes=0-1,5-6", 200, 0, None),
        ("lines=1-2", 200, 0, None),
        ("bytes=99999999-", 416, 0, None),
        ("bytes=-0", 416, 0, None),
    ],
)
def test_ranges(
    phone: APIClient, console: APIClient, recording: Recording, header: str, status: int, first: int, last: int | None
) -> None:
    body = ts()["index0.ts"]
    put(phone, recording, "index0.ts", body)
    answer = fetch(watch(console, recording), "1.ts", range=header)
    assert answer.status_code == status
    assert answer["Accept-Ranges"] == "bytes"
    if status == 416:
        assert answer["Content-Range"] == f"bytes */{len(body)}"
        return
    expected = body[first : None if last is None else last + 1]
    assert answer.content == expected
    assert answer["Content-Length"] == str(len(expected))
    if status == 206:
        begin = body.index(expected) if last is not None else len(body) - len(expected)
        assert answer["Content-Range"] == f"bytes {begin}-{begin + len(expected) - 1}/{len(body)}"


def test_if_range_and_head(phone: APIClient, console: APIClient, recording: Recording) -> None:
    body = ts()["index0.ts"]
    put(phone, recording, "index0.ts", body)
    addresses = watch(console, recording)
    head = fetch(addresses, "1.ts", "head", range="bytes=0-9")
    assert (head.status_code, head.content, head["Content-Length"]) == (200, b"", str(len(body)))
    assert not SegmentView.objects.exists()
    assert fetch(addresses, "1.ts", **{"range": "bytes=0-9", "if-range": head["ETag"]}).status_code == 206
    assert fetch(addresses, "1.ts", **{"range": "bytes=0-9", "if-range": '"other"'}).status_code == 200
    assert fetch(addresses, "index.m3u8", "head").status_code == 200


def test_each_showing_is_recorded_once(
    people: People, phone: APIClient, console: APIClient, recording: Recording
) -> None:
    put(phone, recording, "init.mp4", fmp4()["init.mp4"])
    put(phone, recording, "index0.m4s", fmp4()["index0.m4s"])
    addresses = watch(console, recording, reason="警情核实")
    for name in ("1.mp4", "2.m4s", "2.m4s"):
        assert fetch(addresses, name).status_code == 200
    fetch(addresses, "2.m4s", range="bytes=0-9")
    opened, viewed = AuditRecord.objects.filter(kind="read").order_by("seq")
    assert (opened.deed, viewed.deed) == ("recording.playback_opened", "recording.segment_viewed")
    assert {opened.reason, viewed.reason} == {"警情核实"}
    assert {opened.actor_id, viewed.actor_id} == {people.dispatcher.id}
    assert viewed.detail["arrival"] == 2
    fetch(watch(console, recording), "2.m4s")
    assert AuditRecord.objects.filter(deed="recording.segment_viewed").count() == 2


def test_the_ticket_is_not_stored(console: APIClient, recording: Recording) -> None:
    answer = console.post(f"/api/v1/recordings/{recording.id}/playback", {"client_uuid": "k-1"}, format="json")
    token = answer.json()["playlist_url"].split("/")[-2]
    ticket = PlaybackTicket.objects.get()
    assert token not in str(vars(ticket))
    assert token not in str(UsedKey.objects.get().answer)
    again = console.post(f"/api/v1/recordings/{recording.id}/playback", {"client_uuid": "k-1"}, format="json")
    assert again.json() == answer.json()
    assert again["Idempotency-Replayed"] == "true"


def test_a_ticket_ends(
    phone: APIClient, console: APIClient, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(phone, recording, "index0.ts", ts()["index0.ts"])
    addresses = watch(console, recording)
    later(monkeypatch, TICKET_LIFETIME.total_seconds() - 10)
    assert fetch(addresses, "1.ts").status_code == 200
    later(monkeypatch, 11)
    for name in ("1.ts", "index.m3u8", "final.m3u8"):
        assert fetch(addresses, name).status_code == 404


def test_rights_are_checked_for_every_segment(
    people: People, rights: Rights, phone: APIClient, console: APIClient, recording: Recording
) -> None:
    put(phone, recording, "index0.ts", ts()["index0.ts"])
    addresses = watch(console, recording)
    rights.viewers.clear()
    for name in ("1.ts", "index.m3u8", "final.m3u8"):
        assert fetch(addresses, name).status_code == 404
    rights.viewers.add(people.dispatcher.id)
    assert fetch(addresses, "1.ts").status_code == 200
    people.dispatcher.is_active = False
    people.dispatcher.save(update_fields=["is_active"])
    assert fetch(addresses, "1.ts").status_code == 404


def test_a_ticket_serves_one_recording(
    people: People, subject: Subject, phone: APIClient, console: APIClient, recording: Recording
) -> None:
    other = start_recording(people.fang, subject=subject, media="video")
    put(phone, other, "index0.ts", ts()["index0.ts"])
    addresses = watch(console, recording)
    for name in ("1.ts", "0.ts", "1.mp4", "01.ts", "١.ts", "x", "1.ts%00", "999999999.ts", "99999999999999.ts"):
        assert fetch(addresses, name).status_code == 404


def test_copies_in_conflict_do_not_play(phone: APIClient, console: APIClient, recording: Recording) -> None:
    put(phone, recording, "index0.ts", ts()["index0.ts"])
    assert put(phone, recording, "index0.ts", ts(2)["index0.ts"]).status_code == 409
    addresses = watch(console, recording)
    assert len(final(addresses).segments) == 1
    assert fetch(addresses, "2.ts").status_code == 404


@pytest.mark.parametrize("who", ["wei", "second_dispatcher", "auditor", "fang"])
def test_who_may_not_see_it_finds_nothing(people: People, recording: Recording, who: str) -> None:
    client = client_for(getattr(people, who))
    answer = client.post(f"/api/v1/recordings/{recording.id}/playback", {}, format="json")
    assert answer.status_code == 404
    assert not PlaybackTicket.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": "x" * 501}, "reason"),
        ({"reason": {}}, "reason"),
        ({"reason": "a\x00b"}, "reason"),
        ({"client_uuid": []}, "client_uuid"),
        ({"client_uuid": "x" * 201}, "client_uuid"),
    ],
)
def test_a_wrong_field_is_named(console: APIClient, recording: Recording, body: dict[str, Any], field: str) -> None:
    answer = console.post(f"/api/v1/recordings/{recording.id}/playback", body, format="json")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_half_a_character_is_refused(console: APIClient, recording: Recording) -> None:
    url = f"/api/v1/recordings/{recording.id}/playback"
    assert console.post(url, '{"reason": "\\ud800"}', content_type="application/json").status_code == 400


def test_no_body_is_no_reason(console: APIClient, recording: Recording) -> None:
    assert console.post(f"/api/v1/recordings/{recording.id}/playback").status_code == 201
    assert (
        console.post(f"/api/v1/recordings/{recording.id}/playback", {"reason": None}, format="json").status_code == 201
    )


def test_without_a_credential(api: APIClient, recording: Recording) -> None:
    assert api.post(f"/api/v1/recordings/{recording.id}/playback").status_code == 401
