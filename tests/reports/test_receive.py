"""``POST /reports``: never refused."""

import base64
import gzip
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from rest_framework.test import APIClient

from foundation import clock
from foundation.subjects import Subject
from journal import streams
from journal.models import AuditRecord
from reports import limits, placing
from reports.models import NumberSeries, Report
from tests.personas import COUNTY, IN_COUNTY, IN_SECOND_COUNTY, PROVINCE, SECOND_COUNTY, People, client_for
from tests.reports.story import URL, a_report
from tests.servers import Server
from tracks.models import current_position

pytestmark = pytest.mark.django_db

BIG = "长" * 34_000


def send(client: APIClient, body: Any, **headers: str) -> Any:
    """Send bytes, or JSON, and give what was answered; anything but 201 fails."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = client.post(URL, raw, content_type="application/json", headers=headers)
    assert answer.status_code == 201, (answer.status_code, answer.content[:500])
    return answer.json()


def flags(answer: dict[str, Any]) -> set[tuple[str, str]]:
    return {(remark["field"], remark["code"]) for remark in answer["needs_review"]}


def test_it_works(people: People) -> None:
    before = clock.now()
    body = a_report(reported_at=before.isoformat())
    answer = send(client_for(people.fang), body)
    report = Report.objects.get(id=answer["id"])
    local_day = (before + timedelta(hours=8)).strftime("%Y%m%d")
    assert answer["number"] == f"130102{local_day}00001"
    assert answer["state"] == "received"
    assert answer["kind"] == "text"
    assert answer["agency"] == {"code": COUNTY, "name": "长安分局指挥中心"}
    assert answer["needs_review"] == []
    assert [step["step"] for step in answer["progress"]] == ["received"]
    assert answer["progress"][0]["at"].endswith("Z")
    assert answer["cancel_needs_pin"] is False
    assert answer["callback_allowed"] is True
    assert answer["stream"] == streams.head_of(report.stream).as_json()
    assert answer["stream"]["offset"] == 1
    assert report.reporter == people.fang
    assert report.description == "有人砸门"
    assert report.contact_phone == "+8613800000009"
    assert report.reported_at == before
    assert report.raw_body is None
    assert report.first_position is not None
    assert report.first_position["lon"] == pytest.approx(IN_COUNTY["lon"])


def test_what_is_told_and_kept(people: People) -> None:
    answer = send(client_for(people.fang), a_report())
    (event,) = streams.read(f"report:{answer['id']}", after=0)
    assert event.name == "report.received"
    assert event.data == {
        "report_id": answer["id"],
        "number": answer["number"],
        "kind": "text",
        "needs_review": False,
    }
    record = AuditRecord.objects.get(deed="report.received")
    assert (record.subject_id, record.actor_id, record.after) == (answer["id"], people.fang.id, "received")
    now = current_position(Subject("report", uuid.UUID(answer["id"])))
    assert now is not None
    assert now["lon"] == pytest.approx(IN_COUNTY["lon"])


@pytest.mark.parametrize("kind", ["video", "voice", "silent", "one_tap", "text"])
def test_every_kind(people: People, kind: str) -> None:
    body = {
        "client_uuid": str(uuid.uuid4()),
        "kind": kind,
        "position": IN_COUNTY,
        "reported_at": clock.rfc3339(clock.now()),
    }
    answer = send(client_for(people.fang), body)
    assert answer["kind"] == kind
    assert answer["needs_review"] == []
    assert answer["callback_allowed"] is (kind != "silent")


def test_a_silent_report_may_allow_the_call_back(people: People) -> None:
    assert send(client_for(people.fang), a_report(kind="silent", callback_allowed=True))["callback_allowed"] is True


def test_numbers_count_per_county_and_day(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    fang = client_for(people.fang)
    # 23:59:59 and 00:00:01 in Shanghai.
    for moment, serials in [(datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC), "1124"), (None, "1125")]:
        now = moment or datetime(2026, 11, 24, 16, 0, 1, tzinfo=UTC)
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        numbers = [send(fang, a_report())["number"] for _ in range(2)]
        other = send(fang, a_report(position=IN_SECOND_COUNTY))
        assert numbers == [f"1301022026{serials}00001", f"1301022026{serials}00002"]
        assert other["number"] == f"1301042026{serials}00001"
        assert other["agency"]["code"] == SECOND_COUNTY
    assert NumberSeries.objects.count() == 4


@pytest.mark.parametrize(
    ("position", "outside"),
    [(None, False), ({"lon": 121.5, "lat": 31.2, "coord_type": "wgs84"}, True), ("here", False), ({"lat": 38}, False)],
)
def test_without_a_place_in_the_province_its_desk_answers(people: People, position: Any, outside: bool) -> None:
    answer = send(client_for(people.fang), a_report(position=position))
    assert answer["agency"]["code"] == PROVINCE
    assert answer["number"].startswith("130000")
    assert answer["outside_province"] is outside


def test_a_position_without_its_type_is_used_and_flagged(people: People) -> None:
    answer = send(client_for(people.fang), a_report(position={"lon": 114.548, "lat": 38.048}))
    assert answer["agency"]["code"] == COUNTY
    assert flags(answer) == {("position.coord_type", "missing")}


WRONG: list[Any] = [
    None,
    {"a": [1]},
    17,
    -3.5,
    [[]],
    "x",
    True,
    "\x00\ud800'; DROP TABLE reports;--",
    -1e308,
    10**400,
    BIG,
]
FIELDS = sorted({*a_report(), "reported_at", "journey_id"})
# What a phone may leave out, or say in another way that can be understood.
HARMLESS = {
    (field, value)
    for value, fields in {
        "None": set(FIELDS) - {"client_uuid", "kind", "position", "reported_at"},
        "x": {"address", "description", "network", "app_version"},
        "True": {"callback_allowed"},
        "17": {"battery_pct"},
    }.items()
    for field in fields
}


@pytest.mark.parametrize("number", range(len(WRONG)))
@pytest.mark.parametrize("field", FIELDS)
def test_each_field_in_turn(people: People, field: str, number: int) -> None:
    value = WRONG[number]
    raw = json.dumps(a_report(**{field: value})).encode()
    answer = send(client_for(people.fang), raw)
    named = {flag.split(".")[0] for flag, _ in flags(answer)}
    report = Report.objects.get(id=answer["id"])
    if (field, str(value)) in HARMLESS:
        assert named == set()
        assert report.raw_body is None
        return
    assert named == {field}
    assert report.raw_body is not None
    assert base64.b64decode(report.raw_body) == raw[: limits.RAW_BODY_BYTES]


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_missing_in_turn(people: People, field: str) -> None:
    body = a_report()
    body.pop(field, None)
    answer = send(client_for(people.fang), body)
    needed = field in {"client_uuid", "kind", "position", "reported_at"}
    assert flags(answer) == ({(field, "missing")} if needed else set())


UNREADABLE = {
    "empty": (b"", "empty"),
    "truncated": (json.dumps(a_report()).encode()[:-20], "not_json"),
    "not UTF-8": (b"\xff\xfe\x00", "not_json"),
    "GB 18030": ("帮帮我".encode("gb18030"), "not_json"),
    "array": (b"[]", "not_an_object"),
    "null": (b"null", "not_an_object"),
    "text": (b'"help"', "not_an_object"),
    "number": (b"NaN", "not_an_object"),
    "deep": (b"[" * 200_000, "not_json"),
    "deep object": (b'{"a":' * 500 + b"1" + b"}" * 500, "too_deep"),
    "zeros": (b"\x00" * 200_000, "not_json"),
    "five megabytes": (b'{"kind": "text", "description": "' + b"x" * 5_000_000 + b'"}', "too_large"),
    "multipart": (b'--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\nvideo\r\n--b--', "not_json"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unreadable_body_is_kept(people: People, name: str) -> None:
    raw, code = UNREADABLE[name]
    answer = send(client_for(people.fang), raw)
    assert ("body", code) in flags(answer)
    assert ("client_uuid", "missing") in flags(answer)
    report = Report.objects.get(id=answer["id"])
    assert report.kind == "one_tap"
    assert report.callback_allowed is False
    assert report.agency_id == PROVINCE
    assert base64.b64decode(report.raw_body or "") == raw[: limits.RAW_BODY_BYTES]


def test_what_can_be_rescued_from_an_odd_body_is(people: People) -> None:
    fang = client_for(people.fang)
    gb = send(fang, '{"kind": "silent", "client_uuid": "%s", "description": "帮帮我"}'.encode("gb18030") % b"x")
    assert gb["kind"] == "silent"
    assert ("body", "not_utf8") in flags(gb)
    twice = send(fang, b'{"kind": "text", "kind": "silent", "battery_pct": NaN}')
    assert twice["kind"] == "silent"
    assert {("body", "duplicate_keys"), ("body", "not_a_number"), ("battery_pct", "wrong_type")} <= flags(twice)
    marked = send(fang, b"\xef\xbb\xbf" + json.dumps(a_report()).encode())
    assert marked["needs_review"] == []


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "nonsense", ""]
)
def test_no_content_type_is_refused(people: People, media_type: str) -> None:
    raw = json.dumps(a_report()).encode()
    answer = client_for(people.fang).generic("POST", URL, raw.decode(), content_type=media_type)
    assert answer.status_code == 201
    assert answer.json()["needs_review"] == []


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "nonsense", "*/*;q=0"])
def test_no_accept_header_is_refused(people: People, accept: str) -> None:
    answer = client_for(people.fang).post(URL + "?format=xml", a_report(), format="json", headers={"Accept": accept})
    assert answer.status_code == 201
    assert answer["Content-Type"] == "application/json"


@pytest.mark.parametrize("broken", ["route", "parse_position"])
def test_a_failure_of_our_own_does_not_cost_the_report(
    people: People, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fails(*args: Any, **kwargs: Any) -> Any:
        Report.objects.get(number="no such number")

    monkeypatch.setattr(placing, broken, fails)
    answer = send(client_for(people.fang), a_report())
    assert answer["agency"]["code"] == PROVINCE
    step = "routing" if broken == "route" else "position"
    assert (step, "internal") in flags(answer)
    assert Report.objects.get(id=answer["id"]).description == "有人砸门"


def test_a_failure_in_the_positions_room_does_not_cost_the_report(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("13800000009")

    monkeypatch.setattr("reports.actions.receiving.store_fixes", fails)
    answer = send(client_for(people.fang), a_report())
    assert ("position", "internal") in flags(answer)
    assert answer["agency"]["code"] == COUNTY


@pytest.mark.parametrize("credential", [None, "Bearer nonsense", "Bearer " + "x" * 10_000, "Basic eDp5", "Bearer a b"])
def test_without_a_credential_it_is_refused(api: APIClient, people: People, credential: str | None) -> None:
    headers = {"Authorization": credential} if credential else {}
    answer = api.post(URL, a_report(), format="json", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"
    assert not Report.objects.exists()


def test_the_police_do_not_report(people: People) -> None:
    answer = client_for(people.dispatcher).post(URL, a_report(), format="json")
    assert answer.status_code == 403
    assert not Report.objects.exists()


def test_nothing_private_stands_readable_in_the_database(people: People) -> None:
    answer = send(client_for(people.fang), a_report(contact_phone="13812345678", battery_pct="?"))
    row = Report.objects.filter(id=answer["id"]).values("contact_phone", "raw_body").get()
    assert b"13812345678" not in bytes(row["contact_phone"] or b"")
    assert base64.b64encode(b"13812345678")[:8] not in bytes(row["raw_body"] or b"")


def test_a_database_that_is_busy_too_long_asks_to_send_again(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is stored and nothing is lost: the phone repeats with the same key."""
    fang, body = client_for(people.fang), a_report()

    def busy(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError("database is locked")

    with monkeypatch.context() as broken:
        broken.setattr("reports.actions.receiving.NumberSeries.take", busy)
        answer = fang.post(URL, body, format="json")
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert not Report.objects.exists()
    again = fang.post(URL, body, format="json")
    assert again.status_code == 201
    assert "Idempotency-Replayed" not in again.headers


@pytest.mark.server
def test_a_body_in_chunks_of_no_declared_length_is_read(server: Server) -> None:
    """And one that is far too long, and one that is compressed, which nobody announced that we read."""
    whole = json.dumps(a_report()).encode()
    with server.http("wei") as http:
        chunked = http.post(URL, content=iter([whole[:50], whole[50:]]))
        assert chunked.status_code == 201
        assert chunked.json()["needs_review"] == []
        long = http.post(URL, content=iter([b"x" * 1_000_000] * 5))
        assert ("body", "too_large") in flags(long.json())
        packed = http.post(URL, content=gzip.compress(whole), headers={"Content-Encoding": "gzip"})
        assert ("body", "not_json") in flags(packed.json())
