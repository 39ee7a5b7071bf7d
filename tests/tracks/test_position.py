"""Reading a position as phones send it: nothing raises, what can be used is kept."""

import dataclasses
import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation import clock
from geo.datums import COORD_TYPES, from_wgs84
from geo.distance import haversine_m
from tracks.position import PROVIDERS, Parsed, Position, parse_position

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FULL = {
    "lon": 114.548,
    "lat": 38.048,
    "coord_type": "wgs84",
    "accuracy_m": 15,
    "confidence_pct": 68,
    "altitude_m": 72.5,
    "speed_mps": 1.2,
    "heading_deg": 270,
    "provider": "gps",
    "fix_time": "2026-11-24T19:59:58+08:00",
    "battery_pct": 55,
    "seq": 7,
}


def parse(raw: object, **options: Any) -> Parsed:
    return parse_position(raw, received_at=NOW, **options)


def read(**fields: object) -> tuple[Position, list[tuple[str, str]]]:
    """The position of `FULL` with other fields, and its errors."""
    parsed = parse({**FULL, **fields})
    assert parsed.position is not None
    return parsed.position, [(e.field, e.code) for e in parsed.errors]


def test_it_works() -> None:
    position, errors = read()
    assert errors == []
    assert position.as_json() == {
        **FULL,
        "fix_time": "2026-11-24T11:59:58Z",
        "received_at": "2026-11-24T12:00:00Z",
        "raw": {"lon": 114.548, "lat": 38.048, "coord_type": "wgs84"},
    }
    assert Position.from_json(json.loads(json.dumps(position.as_json()))) == position


@pytest.mark.parametrize("coord_type", COORD_TYPES)
def test_every_coordinate_type_becomes_wgs84_and_the_input_is_kept(coord_type: str) -> None:
    lon, lat = from_wgs84(114.548, 38.048, coord_type)
    position, errors = read(lon=lon, lat=lat, coord_type=coord_type)
    assert errors == []
    assert (position.lon, position.lat) == (114.548, 38.048)
    assert position.raw == {"lon": lon, "lat": lat, "coord_type": coord_type}
    assert position.as_json()["coord_type"] == "wgs84"


def test_unknown_is_null_and_zero_is_zero() -> None:
    bare, errors = read(**dict.fromkeys(set(FULL) - {"lon", "lat", "coord_type"}))
    assert errors == []
    for name in set(FULL) - {"lon", "lat", "coord_type"}:
        assert getattr(bare, name) is None
    zero, errors = read(accuracy_m=0, altitude_m=0, speed_mps=0, heading_deg=0, battery_pct=0, seq=0, confidence_pct=0)
    assert errors == []
    assert (zero.accuracy_m, zero.speed_mps, zero.heading_deg, zero.battery_pct, zero.seq) == (0, 0, 0, 0, 0)
    null_island = parse({"lon": 0, "lat": 0, "coord_type": "wgs84"})
    assert null_island.position is not None
    assert null_island.errors == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("accuracy_m", -1, "out_of_range"),
        ("accuracy_m", "good", "not_a_number"),
        ("accuracy_m", True, "not_a_number"),
        ("accuracy_m", [], "not_a_number"),
        ("accuracy_m", math.nan, "not_a_number"),
        ("accuracy_m", math.inf, "not_a_number"),
        ("accuracy_m", 10**400, "not_a_number"),
        ("accuracy_m", "1e999", "not_a_number"),
        ("accuracy_m", "１２", "not_a_number"),
        ("accuracy_m", "1_0", "not_a_number"),
        ("confidence_pct", 101, "out_of_range"),
        ("speed_mps", -1, "out_of_range"),
        ("heading_deg", 361, "out_of_range"),
        ("battery_pct", -0.1, "out_of_range"),
        ("altitude_m", 1e9, "out_of_range"),
        ("provider", "stars", "unknown"),
        ("provider", {}, "unknown"),
        ("fix_time", 1732449600, "not_a_time"),
        ("fix_time", "yesterday", "not_a_time"),
        ("fix_time", "2026-11-24", "not_a_time"),
        ("fix_time", "2026-11-24T12:00:00", "not_a_time"),
        ("fix_time", "2026-02-30T12:00:00Z", "not_a_time"),
        ("fix_time", "0001-01-01T00:00:00+14:00", "not_a_time"),
        ("fix_time", "9999-12-31T23:59:59-12:00", "not_a_time"),
        ("seq", 1.5, "not_a_number"),
        ("seq", "7", "not_a_number"),
        ("seq", False, "not_a_number"),
        ("seq", -1, "out_of_range"),
        ("seq", 2**63, "out_of_range"),
        ("seq", math.inf, "not_a_number"),
    ],
)
def test_a_bad_field_becomes_null_and_the_rest_is_kept(name: str, value: object, code: str) -> None:
    position, errors = read(**{name: value})
    assert errors == [(f"position.{name}", code)]
    assert getattr(position, name) is None
    assert position.battery_pct == (None if name == "battery_pct" else 55)


def test_numbers_as_text_are_used_and_flagged() -> None:
    position, errors = read(lon="114.548", lat=" 38.048 ", accuracy_m="1.5e1")
    assert (position.lon, position.lat, position.accuracy_m) == (114.548, 38.048, 15)
    assert errors == [(f"position.{name}", "number_as_text") for name in ("lon", "lat", "accuracy_m")]
    assert position.raw["lon"] == "114.548"


@pytest.mark.parametrize(
    ("ahead", "codes"),
    [
        (timedelta(minutes=4), []),
        (timedelta(minutes=6), ["future"]),
        (timedelta(days=365 * 73), ["future"]),
        (-timedelta(days=6), []),
        (-timedelta(days=8), ["old"]),
        (-timedelta(days=365 * 56), ["old"]),
    ],
)
def test_a_clock_that_is_far_off_is_flagged_and_its_time_kept(ahead: timedelta, codes: list[str]) -> None:
    position, errors = read(fix_time=clock.rfc3339(NOW + ahead))
    assert position.fix_time == NOW + ahead
    assert errors == [("position.fix_time", code) for code in codes]


@pytest.mark.parametrize(
    ("value", "code"), [(None, "missing"), ("mars", "unknown"), (4490, "unknown"), ("\x00", "unknown")]
)
def test_without_a_coordinate_type_there_is_no_position_unless_allowed(value: object, code: str) -> None:
    raw = {**FULL, "coord_type": value}
    assert parse(raw).position is None
    tolerant = parse(raw, require_coord_type=False)
    assert tolerant.position is not None
    assert (tolerant.position.lon, tolerant.position.lat) == (114.548, 38.048)
    for parsed in (parse(raw), tolerant):
        assert [(e.field, e.code) for e in parsed.errors] == [("position.coord_type", code)]
    assert "\x00" not in json.dumps(tolerant.position.as_json())


@pytest.mark.parametrize("spelled", ["WGS84", "GCJ-02", " bd09 ", "Cgcs2000"])
def test_spellings_of_a_coordinate_type(spelled: str) -> None:
    assert read(coord_type=spelled)[1] == []


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"lon": None}, ("position.lon", "missing")),
        ({"lat": "north"}, ("position.lat", "not_a_number")),
        ({"lon": True}, ("position.lon", "not_a_number")),
        ({"lon": 181}, ("position.lon", "out_of_range")),
        ({"lat": -90.1}, ("position.lat", "out_of_range")),
        ({"lat": math.nan}, ("position.lat", "not_a_number")),
    ],
)
def test_without_a_place_there_is_no_position(fields: dict[str, object], error: tuple[str, str]) -> None:
    parsed = parse({**FULL, **fields})
    assert parsed.position is None
    assert [(e.field, e.code) for e in parsed.errors] == [error]


@pytest.mark.parametrize(
    ("raw", "code"), [(None, "missing"), ([], "not_an_object"), ("114,38", "not_an_object"), (1, "not_an_object")]
)
def test_what_is_no_object_is_no_position(raw: object, code: str) -> None:
    assert parse(raw) == Parsed(None, parse(raw).errors)
    assert [(e.field, e.code) for e in parse(raw).errors] == [("position", code)]


def test_the_caller_names_the_fields() -> None:
    assert [e.field for e in parse({**FULL, "seq": -1}, prefix="fixes.3").errors] == ["fixes.3.seq"]
    assert [e.field for e in parse({**FULL, "seq": -1}, prefix="").errors] == ["seq"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
odd = json_values | st.sampled_from(["114.5", 10**400, -0.0, "2026-11-24T12:00:00Z", *COORD_TYPES, *PROVIDERS])


@given(json_values | st.fixed_dictionaries({}, optional=dict.fromkeys(FULL, odd)), st.booleans())
def test_no_json_value_raises_and_what_comes_out_is_plain(raw: object, strict: bool) -> None:
    parsed = parse(raw, require_coord_type=strict)
    if parsed.position is None:
        assert parsed.errors
        return
    out = parsed.position.as_json()
    text = json.dumps(out, allow_nan=False)
    assert "\\u0000" not in text
    assert "\\ud8" not in text
    assert Position.from_json(json.loads(text)) == parsed.position
    assert all(value is None or not isinstance(value, bool) for value in out.values())


@given(st.floats(-180, 180), st.floats(-90, 90), st.sampled_from(COORD_TYPES))
def test_rounding_costs_a_centimetre_at_most(lon: float, lat: float, coord_type: str) -> None:
    x, y = from_wgs84(lon, lat, coord_type)
    parsed = parse({"lon": x, "lat": y, "coord_type": coord_type})
    if coord_type in {"wgs84", "cgcs2000"}:
        assert parsed.position is not None
        assert haversine_m(parsed.position.lon, parsed.position.lat, lon, lat) < 0.02


def test_a_position_can_not_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        read()[0].lon = 1.0  # type: ignore[misc]  # what the test is about
