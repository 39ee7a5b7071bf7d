"""Reading a body: whatever comes, an intake comes out that can be stored, and what was odd is named."""

import io
import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reports import bodies, limits, quick_codes
from reports.intake import Intake, understand
from reports.models import Report

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
FIELDS = [
    "client_uuid",
    "kind",
    "position",
    "address",
    "description",
    "quick_codes",
    "contact_phone",
    "callback_allowed",
    "reported_at",
    "battery_pct",
    "network",
    "app_version",
    "journey_id",
]
CODES = {
    "absurd",
    "characters",
    "duplicate_keys",
    "empty",
    "invalid",
    "missing",
    "not_a_number",
    "not_an_object",
    "not_json",
    "not_utf8",
    "too_deep",
    "too_large",
    "too_long",
    "unknown",
    "wrong_type",
}

text = st.text(st.characters(), max_size=60)  # NUL and lone surrogates among them
numbers = st.integers() | st.floats() | st.sampled_from([10**400, -(10**400), 1e308, 5e-324])
values = st.recursive(
    st.none() | st.booleans() | numbers | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)
likely = (
    st.sampled_from([*Report.Kind.values, "SILENT", "有刀", "has_gun", ["有刀", "has_gun", 1], "2026-11-24T08:00:00Z"])
    | st.datetimes().map(lambda moment: moment.isoformat() + "+14:00")
    | st.uuids().map(str)
    | st.just("13800000009")
    | text.map(lambda words: words * 2000)
)
objects = st.dictionaries(st.sampled_from(FIELDS) | text, values | likely, max_size=14)


def read(raw: bytes, header: str | None = None) -> Intake:
    return understand(bodies.read(bodies.take(io.BytesIO(raw))), header_key=header, received_at=NOW)


def check(intake: Intake, raw: bytes) -> None:
    """What every intake keeps, whatever it was made of."""
    assert intake.kind in Report.Kind.values
    for words, limit in [
        (intake.address, limits.ADDRESS_CHARS),
        (intake.description, limits.DESCRIPTION_CHARS),
        (intake.network, limits.SHORT_TEXT_CHARS),
        (intake.app_version, limits.SHORT_TEXT_CHARS),
        (intake.contact_phone or "", limits.PHONE_CHARS),
        (intake.key or "", 200),
    ]:
        assert len(words) <= limit
        assert "\x00" not in words
        words.encode()
    assert set(intake.quick_codes) <= quick_codes.KNOWN
    assert len(set(intake.quick_codes)) == len(intake.quick_codes) <= limits.QUICK_CODES
    assert isinstance(intake.callback_allowed, bool)
    assert intake.battery_pct is None or 0 <= intake.battery_pct <= 100
    assert intake.reported_at is None or abs((intake.reported_at - NOW).days) <= 30
    assert {remark.code for remark in intake.needs_review} <= CODES
    assert {remark.field for remark in intake.needs_review} <= {*FIELDS, "body"}
    assert intake.raw == raw[: limits.RAW_BODY_BYTES]
    assert intake.key is not None or "client_uuid" in {remark.field for remark in intake.needs_review}
    stored = json.dumps(intake.position, ensure_ascii=False)
    assert "\\u0000" not in stored
    stored.encode()


@given(objects)
def test_any_object(fields: dict[str, Any]) -> None:
    raw = json.dumps(fields).encode()
    check(read(raw), raw)


@given(st.binary(max_size=300))
@example(b"\xef\xbb\xbf{}")
@example(b"\x00\x00\x00{\x00\x00\x00}")
@example(b"\xff\xfe{\x00}\x00")
@example(b'{"a":' * 990 + b"1" + b"}" * 990)
@example(b"[" * 100_000)
@example(b"1" * 10_000)
@example(b'{"battery_pct": ' + b"9" * 10_000 + b"}")
@example(b'{"battery_pct": 1e999999999}')
def test_any_bytes(raw: bytes) -> None:
    intake = read(raw)
    check(intake, raw)
    assert intake.needs_review


@given(objects, st.integers(0, 400), st.integers(0, 400))
def test_any_mutilated_object(fields: dict[str, Any], cut: int, size: int) -> None:
    whole = json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")
    raw = whole[:cut] + whole[cut + size :]
    check(read(raw), raw)


@given(objects)
def test_the_content_does_not_hang_on_the_order_or_the_key(fields: dict[str, Any]) -> None:
    """The same fields in another order, under another key, are the same content, unless the bytes have to decide."""
    turned = dict(reversed(list(fields.items()))) | {"client_uuid": str(uuid.uuid4())}
    one, other = read(json.dumps(fields).encode()), read(json.dumps(turned).encode())
    if isinstance(one.content, dict):
        assert one.content == other.content


@given(st.sampled_from(FIELDS), values)
def test_one_field_spoils_no_other(field: str, value: Any) -> None:
    """Whatever stands in one field, the rest is understood as if it were well."""
    whole = {
        "client_uuid": str(uuid.uuid4()),
        "kind": "video",
        "position": {"lon": 114.5, "lat": 38.0, "coord_type": "wgs84"},
        "address": "a",
        "description": "b",
        "quick_codes": ["has_gun"],
        "contact_phone": "13800000009",
        "callback_allowed": True,
        "reported_at": "2026-11-24T08:00:00Z",
        "battery_pct": 50,
        "network": "5g",
        "app_version": "1",
        "journey_id": str(uuid.uuid4()),
    }
    good = read(json.dumps(whole).encode())
    assert good.needs_review == ()
    bad = read(json.dumps({**whole, field: value}).encode())
    names = set(Intake.__slots__) - {"needs_review", "raw", "content", "client_uuid", "key", field}
    if isinstance(value, (dict, list)) and {remark.field for remark in bad.needs_review} >= {"body"}:
        return  # a duplicate key or too deep inside: said of the body
    assert {name: getattr(bad, name) for name in names} == {name: getattr(good, name) for name in names}
    assert {remark.field for remark in bad.needs_review} <= {field, "body"}


@pytest.mark.parametrize(
    ("body", "kind", "callback"),
    [
        ({"kind": "silent"}, "silent", False),
        ({"kind": "silent", "callback_allowed": True}, "silent", True),
        ({"kind": " Silent "}, "silent", False),
        ({"kind": "video"}, "video", True),
        ({"kind": "video", "callback_allowed": False}, "video", False),
        ({"kind": "video", "callback_allowed": "true"}, "video", False),
        ({"kind": "video", "callback_allowed": None}, "video", True),
        ({"kind": "quiet"}, "one_tap", False),
        ({}, "one_tap", False),
    ],
)
def test_in_doubt_nobody_calls_back(body: dict[str, Any], kind: str, callback: bool) -> None:
    intake = read(json.dumps(body).encode())
    assert (intake.kind, intake.callback_allowed) == (kind, callback)


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        ("2026-11-24T16:00:00+08:00", None),
        ("2026-11-24T08:00:00.123456Z", None),
        ("2026-11-24t08:00:00z", None),
        ("2026-10-26T08:00:00Z", None),
        ("2026-10-20T08:00:00Z", "absurd"),
        ("2026-11-26T08:00:00Z", "absurd"),
        ("0001-01-01T00:00:00+14:00", "absurd"),
        ("9999-12-31T23:59:59-14:00", "absurd"),
        ("2026-11-24T08:00:00", "invalid"),
        ("2026-11-24", "invalid"),
        ("yesterday", "invalid"),
        ("2026-13-24T08:00:00Z", "invalid"),
        (1795507200, "wrong_type"),
    ],
)
def test_the_phones_time(moment: Any, code: str | None) -> None:
    intake = read(json.dumps({"reported_at": moment}).encode())
    flagged = [remark.code for remark in intake.needs_review if remark.field == "reported_at"]
    assert flagged == ([code] if code else [])
    assert (intake.reported_at is None) is bool(code)


@pytest.mark.parametrize(
    ("given_codes", "kept", "flagged"),
    [
        (["has_knife", "家暴", "has_knife"], ["has_knife", "domestic_violence"], False),
        (["has_knife", "laser"], ["has_knife"], True),
        ("有枪", ["has_gun"], True),
        ([None, 1, {}], [], True),
        ([], [], False),
        (None, [], False),
        (["has_gun"] * 30, ["has_gun"], True),
    ],
)
def test_quick_codes(given_codes: Any, kept: list[str], flagged: bool) -> None:
    intake = read(json.dumps({"quick_codes": given_codes}).encode())
    assert intake.quick_codes == kept
    assert ("quick_codes" in {remark.field for remark in intake.needs_review}) is flagged


@pytest.mark.parametrize(
    ("number", "kept", "flagged"),
    [
        ("138 0000 0009", "+8613800000009", False),
        ("+86-13800000009", "+8613800000009", False),
        ("0311-86012345", "+8631186012345", False),
        ("12", "12", True),
        ("call my mother", "call my mother", True),
        (13800000009, "+8613800000009", True),
        ("", None, False),
    ],
)
def test_the_contact_phone(number: Any, kept: str | None, flagged: bool) -> None:
    intake = read(json.dumps({"contact_phone": number}).encode())
    assert intake.contact_phone == kept
    assert ("contact_phone" in {remark.field for remark in intake.needs_review}) is flagged


class Breaks(io.RawIOBase):
    """A connection that breaks off after a few bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.left = [b'{"kind": "sil']

    def read(self, size: int = -1, /) -> bytes:
        if self.left:
            return self.left.pop()
        raise OSError("connection reset")


def test_a_connection_that_breaks_off_is_a_body_that_ends() -> None:
    taken = bodies.take(Breaks())
    assert (taken.head, taken.whole) == (b'{"kind": "sil', False)


def test_a_long_body_is_not_held_in_memory() -> None:
    taken = bodies.take(io.BytesIO(b"x" * 5_000_000))
    assert len(taken.head) == limits.BODY_BYTES
    other = bodies.take(io.BytesIO(b"x" * 4_999_999 + b"y"))
    assert other.head == taken.head
    assert other.sha256 != taken.sha256
