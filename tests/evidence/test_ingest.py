"""``PUT|POST {ingest_url}/<name>``, by both addresses."""

import base64
import hashlib
import uuid
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from evidence import chain, storage
from evidence.actions import finish_recording
from evidence.limits import MAX_SEGMENT_BYTES
from evidence.models import Recording, StoredObject
from journal.models import AuditRecord
from tests.evidence.conftest import Rights
from tests.evidence.media import fmp4, put, put_secret, ts
from tests.personas import People, client_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone(people: People) -> APIClient:
    """王芳's phone."""
    return client_for(people.fang)


def files(media_root: Path, recording: Recording) -> set[str]:
    folder = media_root / "evidence" / str(recording.id)
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def test_it_works(phone: APIClient, recording: Recording, media_root: Path) -> None:
    media = fmp4()
    names = ["init.mp4", "index0.m4s", "index1.m4s"]
    answers = [put(phone, recording, name, media[name]) for name in names]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    head = hashlib.sha256(str(recording.id).encode()).digest()
    for name, seq, answer in zip(names, [2**64 - 1, 0, 1], answers, strict=True):
        sha256 = hashlib.sha256(media[name]).digest()
        head = hashlib.sha256(head + sha256 + seq.to_bytes(8, "big")).digest()
        assert answer.json() == {"seq": seq, "sha256": sha256.hex(), "chain": head.hex()}
        stored = StoredObject.objects.get(name=name)
        with storage.open_stored(stored.storage_name) as file:
            assert file.read() == media[name]
    recording.refresh_from_db()
    assert (recording.chain, recording.arrivals, recording.session) == (head.hex(), 3, 1)
    assert list(StoredObject.objects.values_list("arrival", "session", "seq", "duration_s").order_by("arrival")) == [
        (1, 1, None, None),
        (2, 1, 0, pytest.approx(1)),
        (3, 1, 1, pytest.approx(1)),
    ]
    assert len(files(media_root, recording)) == 3


def test_the_secret_address_needs_no_header(api: APIClient, recording: Recording) -> None:
    assert put_secret(api, recording, "index0.ts", ts()["index0.ts"]).status_code == 201
    answer = api.post(
        f"/api/v1/ingest/{'0' * 64}/index1.ts", ts()["index1.ts"], content_type="application/octet-stream"
    )
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_post_is_the_same(phone: APIClient, recording: Recording) -> None:
    url = f"/api/v1/recordings/{recording.id}/ingest/a-7.ts"
    for content_type in ("application/x-www-form-urlencoded", "multipart/form-data", "application/json"):
        answer = phone.post(url, ts()["index0.ts"], content_type=content_type)
        assert answer.json()["seq"] == 7
    assert StoredObject.objects.count() == 1


def test_the_same_bytes_again_get_the_first_answer(phone: APIClient, recording: Recording) -> None:
    media = fmp4()
    for name in ("init.mp4", "index0.m4s"):
        first = put(phone, recording, name, media[name])
        again = put(phone, recording, name, media[name])
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()
    assert StoredObject.objects.count() == 2
    recording.refresh_from_db()
    assert recording.arrivals == 2


def test_other_bytes_under_the_same_number_are_kept_and_told(
    phone: APIClient, recording: Recording, media_root: Path
) -> None:
    put(phone, recording, "init.mp4", fmp4()["init.mp4"])
    put(phone, recording, "index0.m4s", fmp4()["index0.m4s"])
    other = fmp4(2)["index0.m4s"]
    answer = put(phone, recording, "index0.m4s", other)
    assert answer.status_code == 409
    body = answer.json()
    assert (body["code"], body["seq"]) == ("segment_conflict", 0)
    copy = StoredObject.objects.get(kind="conflict")
    assert body["sha256"] == copy.sha256 == hashlib.sha256(other).hexdigest()
    recording.refresh_from_db()
    assert body["chain"] == copy.chain == recording.chain
    assert copy.arrival == 3
    assert len(files(media_root, recording)) == 3
    assert put(phone, recording, "index0.m4s", other).status_code == 409
    assert put(phone, recording, "index0.m4s", fmp4()["index0.m4s"]).status_code == 200
    assert StoredObject.objects.count() == 3
    assert AuditRecord.objects.filter(deed="recording.conflict_kept").count() == 1


def test_a_second_init_opens_a_session(phone: APIClient, recording: Recording) -> None:
    for media in (fmp4(), fmp4(1)):
        for name in ("init.mp4", "index0.m4s", "index1.m4s"):
            assert put(phone, recording, name, media[name]).status_code == 201
    sessions = StoredObject.objects.order_by("arrival").values_list("session", flat=True)
    assert list(sessions) == [1, 1, 1, 2, 2, 2]
    # The phone turns back to the first camera: the first init again, for a third session.
    assert put(phone, recording, "init.mp4", fmp4()["init.mp4"]).status_code == 201
    recording.refresh_from_db()
    assert recording.session == 3


def test_a_recorder_that_starts_again_with_the_same_init_opens_a_session(
    phone: APIClient, recording: Recording
) -> None:
    media = fmp4()
    for name in ("init.mp4", "index0.m4s", "index1.m4s"):
        put(phone, recording, name, media[name])
    assert put(phone, recording, "init.mp4", media["init.mp4"]).status_code == 200
    for name in ("index0.m4s", "index1.m4s"):
        assert put(phone, recording, name, fmp4(2)[name]).status_code == 201
    segments = StoredObject.objects.filter(kind="segment").order_by("arrival")
    assert list(segments.values_list("session", "seq")) == [(1, 0), (1, 1), (2, 0), (2, 1)]
    assert all(segment.duration_s == pytest.approx(1) for segment in segments)


def test_a_ts_number_that_starts_again_opens_a_session(phone: APIClient, recording: Recording) -> None:
    for name in ("index0.ts", "index1.ts"):
        put(phone, recording, name, ts()[name])
    assert put(phone, recording, "index1.ts", ts(2)["index1.ts"]).status_code == 409
    assert put(phone, recording, "index0.ts", ts(2)["index0.ts"]).status_code == 201
    recording.refresh_from_db()
    assert recording.session == 2
    # A late copy of the first session is still known.
    assert put(phone, recording, "index1.ts", ts()["index1.ts"]).status_code == 200


def test_a_segment_before_its_init_is_measured_when_it_comes(phone: APIClient, recording: Recording) -> None:
    media = fmp4()
    assert put(phone, recording, "index0.m4s", media["index0.m4s"]).status_code == 201
    assert StoredObject.objects.get().duration_s is None
    assert put(phone, recording, "init.mp4", media["init.mp4"]).status_code == 201
    assert StoredObject.objects.get(seq=0).duration_s == pytest.approx(1)
    assert recording.entries.count() == 1


def test_a_segment_without_its_styp_box_is_valid(phone: APIClient, recording: Recording) -> None:
    media = fmp4()
    put(phone, recording, "init.mp4", media["init.mp4"])
    assert media["index0.m4s"][4:8] == b"styp"
    assert put(phone, recording, "index0.m4s", media["index0.m4s"][24:]).status_code == 201
    assert StoredObject.objects.get(seq=0).duration_s == pytest.approx(1)


def test_late_segments_of_a_finished_recording_are_taken(
    people: People, phone: APIClient, api: APIClient, recording: Recording
) -> None:
    media = ts()
    put(phone, recording, "index0.ts", media["index0.ts"])
    finish_recording(people.fang, recording_id=recording.id)
    assert put(phone, recording, "index1.ts", media["index1.ts"]).status_code == 201
    refused = put_secret(api, recording, "index2.ts", media["index2.ts"])
    assert (refused.status_code, refused.json()["code"]) == (403, "secret_ended")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("film.mp4", "invalid"),
        ("index.m4s", "invalid"),
        ("list.m3u8", "invalid"),
        ("0.m4s.exe", "invalid"),
        ("0.m4s/", "invalid"),
        ("..%2f..%2f0.ts", "invalid"),
        ("..%5c0.ts", "invalid"),
        ("a/b/0.ts", "invalid"),
        ("%00" + "0.ts", "invalid"),
        ("%e2%80%ae0.ts", "invalid"),
        ("%ff0.ts%ff", "invalid"),
        ("٣.ts", "invalid"),
        ("a" * 297 + "0.ts", "too_long"),
        ("9223372036854775808.ts", "number_too_large"),
        ("9" * 180 + ".ts", "number_too_large"),
    ],
)
def test_other_names_are_refused(phone: APIClient, recording: Recording, name: str, code: str) -> None:
    url = f"/api/v1/recordings/{recording.id}/ingest/{name}"
    answer = phone.put(url, ts()["index0.ts"], content_type="video/mp2t")
    assert answer.status_code == 400
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [("name", code)]
    assert not StoredObject.objects.exists()


@pytest.mark.parametrize("name", ["0.ts", "录像-0.ts", "000000.ts", "9223372036854775807.ts", "2026-11-24_05.ts"])
def test_any_name_with_a_number_will_do(phone: APIClient, recording: Recording, name: str) -> None:
    assert put(phone, recording, name, ts()["index0.ts"]).status_code == 201


@pytest.mark.parametrize("name", ["init.mp4", "index0.m4s", "index0.ts", "index.m3u8"])
@pytest.mark.parametrize("body", [b"GIF89a", b"\x00" * 400, b"\x00\x00\x00\x08ftyp", b"<html>", b"G" + b"\x00" * 400])
def test_what_is_no_media_is_refused_and_disturbs_nothing(
    phone: APIClient, recording: Recording, name: str, body: bytes, media_root: Path
) -> None:
    answer = put(phone, recording, name, body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] in {"not_media", "not_a_playlist"}
    assert not StoredObject.objects.exists()
    assert not files(media_root, recording)
    assert not list((media_root / "evidence").rglob("*tmp*"))
    recording.refresh_from_db()
    assert recording.arrivals == 0


@pytest.mark.parametrize("name", ["init.mp4", "index0.m4s", "index0.ts", "index.m3u8"])
def test_an_empty_body_is_refused(phone: APIClient, recording: Recording, name: str) -> None:
    answer = put(phone, recording, name, b"")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "body"


def test_a_body_above_the_limit_is_refused(phone: APIClient, recording: Recording, media_root: Path) -> None:
    body = (ts()["index0.ts"] * 1000)[: MAX_SEGMENT_BYTES + 1]
    answer = put(phone, recording, "0.ts", body)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert not files(media_root, recording)
    assert put(phone, recording, "0.ts", body[:MAX_SEGMENT_BYTES]).status_code == 201


def test_a_digest_is_verified(phone: APIClient, recording: Recording, media_root: Path) -> None:
    body = ts()["index0.ts"]
    right = base64.b64encode(hashlib.sha256(body).digest()).decode()
    wrong = base64.b64encode(hashlib.sha256(body + b"x").digest()).decode()
    for field, code in [
        (f"sha-256=:{wrong}:", "digest_mismatch"),
        ("sha-256=abc", "invalid"),
        ("sha-256=:?:", "invalid"),
    ]:
        answer = put(phone, recording, "0.ts", body, **{"Content-Digest": field})
        assert answer.status_code == 400
        assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [("Content-Digest", code)]
    assert not files(media_root, recording)
    field = f"sha-512=:AA==:, sha-256=:{right}:"
    assert put(phone, recording, "0.ts", body, **{"Content-Digest": field}).status_code == 201
    assert put(phone, recording, "1.ts", body, **{"Content-Digest": "md5=:AA==:"}).status_code == 201


def test_delete_is_accepted_and_keeps_everything(
    phone: APIClient, api: APIClient, recording: Recording, media_root: Path
) -> None:
    put(phone, recording, "index0.ts", ts()["index0.ts"])
    assert phone.delete(f"/api/v1/recordings/{recording.id}/ingest/index0.ts").status_code == 204
    assert StoredObject.objects.count() == 1
    assert len(files(media_root, recording)) == 1
    assert api.delete(f"/api/v1/recordings/{recording.id}/ingest/index0.ts").status_code == 401


def test_a_full_disk_leaves_nothing_behind(
    phone: APIClient, recording: Recording, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno  # noqa: PLC0415  # only here
    import os  # noqa: PLC0415  # only here

    def full(*args: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for name in ("link", "fsync"):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, full)
            answer = put(phone, recording, "index0.ts", ts()["index0.ts"])
        assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
    assert not StoredObject.objects.exists()
    assert not [path for path in (media_root / "evidence").rglob("*") if path.is_file()]
    assert put(phone, recording, "index0.ts", ts()["index0.ts"]).status_code == 201


def test_without_a_credential(api: APIClient, recording: Recording) -> None:
    answer = put(api, recording, "index0.ts", ts()["index0.ts"])
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"


def test_another_s_recording_does_not_exist(people: People, recording: Recording) -> None:
    for other in (people.wei, people.dispatcher):
        assert put(client_for(other), recording, "index0.ts", ts()["index0.ts"]).status_code == 404


@pytest.mark.parametrize("bad", ["nonsense", "00000000-0000-0000-0000-000000000000", str(uuid.UUID(int=1))])
def test_an_unknown_recording(phone: APIClient, bad: str) -> None:
    answer = phone.put(f"/api/v1/recordings/{bad}/ingest/0.ts", ts()["index0.ts"], content_type="video/mp2t")
    assert answer.status_code == 404


def test_a_subject_that_takes_nothing_more(phone: APIClient, rights: Rights, recording: Recording) -> None:
    rights.writers.clear()
    assert put(phone, recording, "index0.ts", ts()["index0.ts"]).status_code == 403
    # The secret was given for this recording and ends with it.
    assert put_secret(APIClient(), recording, "index0.ts", ts()["index0.ts"]).status_code == 201


def test_reading_is_not_offered(phone: APIClient, recording: Recording) -> None:
    assert phone.get(f"/api/v1/recordings/{recording.id}/ingest/index0.ts").status_code == 405


def test_the_chain_starts_at_the_id(recording: Recording) -> None:
    assert recording.chain == chain.root(recording.id).hex()


def test_a_segment_costs_the_same_however_long_the_recording_is(
    phone: APIClient, recording: Recording, django_assert_max_num_queries: Any
) -> None:
    put(phone, recording, "init.mp4", fmp4()["init.mp4"])
    segment = bytearray(fmp4()["index0.m4s"])
    for number in range(12):
        segment[-1] = number
        with django_assert_max_num_queries(24):
            assert put(phone, recording, f"index{number}.m4s", bytes(segment)).status_code == 201
