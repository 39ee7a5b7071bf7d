"""Positions are stored exactly once, late and bad ones too; the newest plausible one is “now”."""

import json
import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation import clock
from foundation.errors import Invalid
from foundation.subjects import Subject
from journal import events
from journal.events import reacts_to
from journal.models import AuditRecord, StreamEvent
from tests.personas import People
from tracks.actions import MAX_FIXES, MAX_ORIGINAL, Stored, next_interval, store_fixes
from tracks.events import FixesStored
from tracks.models import Fix, TrackHead, UnplacedFix, current_position, current_positions, heard_at, track

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
NOBODY = object()


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def subject() -> Subject:
    return Subject("report", uuid.uuid4())


def at(seconds: float) -> str:
    """A phone's time, relative to the moment of receiving."""
    return clock.rfc3339(NOW + timedelta(seconds=seconds))


def fix(seconds: float, **fields: Any) -> dict[str, Any]:
    """A point of a walk to the north: a metre a second."""
    lat = 38.048 + seconds * 0.000009
    return {"lon": 114.548, "lat": lat, "coord_type": "wgs84", "accuracy_m": 5, "fix_time": at(seconds), **fields}


def store(subject: Subject, *fixes: object, source: str = "app") -> Stored:
    return store_fixes(NOBODY, subject=subject, source=source, fixes=list(fixes))


def test_it_works(subject: Subject) -> None:
    done = store(subject, fix(-2, seq=1), fix(-1, seq=2, battery_pct=80))
    assert done.as_json() == {"stored": 2, "duplicates": 0, "flagged": 0, "last_seq": 2, "next_interval_s": 3}
    now = current_position(subject)
    assert now is not None
    assert now == done.newest
    assert (now["lon"], now["fix_time"], now["battery_pct"], now["seq"]) == (114.548, at(-1), 80, 2)
    assert now["received_at"] == "2026-11-24T12:00:00Z"
    assert now["raw"] == {"lon": 114.548, "lat": fix(-1)["lat"], "coord_type": "wgs84"}
    assert current_positions([subject, Subject("report", uuid.uuid4())]) == {subject: now}
    assert heard_at(subject) == NOW
    assert [point["seq"] for point in track(subject)] == [1, 2]
    assert [point["seq"] for point in track(subject, after=track(subject)[0]["id"])] == [2]


def test_a_thousand_fixes_late_shuffled_and_twice_are_stored_once(subject: Subject) -> None:
    walk = [fix(-1000 + n, seq=n) for n in range(1000)] * 2
    random.Random(110).shuffle(walk)
    done = [store(subject, *walk[n : n + 250]) for n in range(0, 2000, 250)]
    assert sum(d.stored for d in done) == 1000
    assert sum(d.duplicates for d in done) == 1000
    assert sum(d.flagged for d in done) == 0
    assert done[-1].last_seq == 999
    assert TrackHead.objects.get().stored == 1000
    assert (current_position(subject) or {})["seq"] == 999
    assert list(Fix.objects.of(subject).in_time().values_list("seq", flat=True)) == list(range(1000))


def test_without_numbers_time_and_place_tell_points_apart(subject: Subject) -> None:
    walk = [fix(-300 + n) for n in range(300)]
    random.Random(110).shuffle(walk)
    first = store(subject, *walk[:200], *walk[:50])
    assert (first.stored, first.duplicates, first.last_seq) == (200, 50, None)
    second = store(subject, *walk)
    assert (second.stored, second.duplicates) == (100, 200)
    same_time = {**walk[0], "lat": walk[0]["lat"] + 0.0001}
    assert store(subject, same_time).stored == 1
    # Another device saw the same.
    assert store(subject, *walk, source="watch").stored == 300


def test_without_number_and_time_only_one_batch_can_tell(subject: Subject) -> None:
    place = {"lon": 114.548, "lat": 38.048, "coord_type": "wgs84"}
    assert store(subject, place, place).as_json() == {
        "stored": 1, "duplicates": 1, "flagged": 0, "last_seq": None, "next_interval_s": 3,
    }  # fmt: skip
    assert store(subject, place).stored == 1


def test_a_late_point_never_becomes_now(subject: Subject) -> None:
    now = store(subject, fix(-10, seq=9)).newest
    late = store(subject, fix(-40, seq=3), fix(-50, seq=2))
    assert (late.stored, late.newest, late.last_seq) == (2, None, 9)
    assert current_position(subject) == now


def test_a_clock_that_is_ahead_does_not_hold_now_for_ever(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    store(subject, fix(-10, seq=1))
    far = store(subject, fix(-5, seq=2, fix_time="2099-01-01T00:00:00Z"))
    assert (far.stored, far.flagged, far.newest) == (1, 1, None)  # kept, flagged, and a well timed one is preferred
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=5))
    only = store(subject, fix(0, seq=3, fix_time="2099-01-01T00:05:00Z"))
    assert only.newest is not None  # nothing better for five minutes
    assert only.newest["at"] == at(300)
    good = store(subject, fix(299, seq=4))
    assert good.newest is not None
    assert good.newest["seq"] == 4


def test_a_jump_is_flagged_and_not_shown(subject: Subject) -> None:
    store(subject, fix(-30, seq=1))
    done = store(subject, fix(-20, seq=2, lat=39.9), fix(-10, seq=3))
    assert (done.stored, done.flagged) == (2, 1)
    assert Fix.objects.get(seq=2).flags == ["speed"]
    assert current_position(subject) == done.newest
    assert done.newest is not None
    assert done.newest["seq"] == 3
    # The same, late and alone, between two good ones.
    assert store(subject, fix(-15, seq=4, lat=39.9)).flagged == 1


def test_a_wrong_first_point_is_outvoted(subject: Subject) -> None:
    store(subject, fix(-60, seq=0, lon=116.4, lat=39.9))
    flagged = [store(subject, fix(-50 + n, seq=n)).flagged for n in range(1, 6)]
    assert flagged == [1, 1, 0, 0, 0]
    assert (current_position(subject) or {})["seq"] == 5


def test_a_coarse_first_point_is_no_jump(subject: Subject) -> None:
    store(subject, fix(-60, seq=0, lat=38.4, accuracy_m=60_000, provider="cell"))
    assert store(subject, fix(-59, seq=1)).flagged == 0


@pytest.mark.parametrize(("lon", "lat", "flag"), [(0, 0, "zero_zero"), (-74.0, 40.7, "outside_china")])
def test_absurd_places_are_kept_and_flagged(subject: Subject, lon: float, lat: float, flag: str) -> None:
    done = store(subject, fix(-1, seq=1, lon=lon, lat=lat))
    assert (done.stored, done.flagged, done.newest) == (1, 1, None)
    assert Fix.objects.get().flags == [flag]
    assert current_position(subject) is None


BAD: list[object] = [
    None, 5, "x\x00\ud800", [], [[[]]], {}, {"lon": None, "lat": 1}, {"lon": float("nan"), "lat": 38, "coord_type": "wgs84"},
    {"lon": True, "lat": False}, {"lon": 999, "lat": 38}, {"lon": 10**400, "lat": 38}, {"lon": 114.5, "lat": "\x00"},
]  # fmt: skip


def test_what_has_no_place_is_counted_and_kept(subject: Subject) -> None:
    done = store(subject, *BAD, fix(-1, seq=1))
    assert (done.stored, done.duplicates, done.flagged) == (1, 0, len(BAD))
    assert UnplacedFix.objects.of(subject).count() == len(BAD)
    kept = [json.loads(original) for original in UnplacedFix.objects.of(subject).values_list("original", flat=True)]
    assert "x\x00\ud800" in kept
    again = store(subject, *BAD)
    assert (again.stored, again.duplicates, again.flagged) == (0, len(BAD), 0)
    big = store(subject, {"lon": "x" * 100_000})
    assert big.flagged == 1
    assert len(UnplacedFix.objects.of(subject).last().original) == MAX_ORIGINAL


def test_a_bad_field_costs_only_itself_and_the_entry_is_kept(subject: Subject) -> None:
    sent = fix(-1, seq=1, accuracy_m="good\x00", speed_mps=-1, coord_type=None)
    done = store(subject, sent)
    assert (done.stored, done.flagged) == (1, 1)
    row = Fix.objects.get()
    assert sorted(row.flags) == ["accuracy_m.not_a_number", "coord_type.missing", "speed_mps.out_of_range"]
    assert (row.accuracy_m, row.speed_mps, row.plausible) == (None, None, True)
    assert json.loads(row.original) == sent


@pytest.mark.parametrize("fixes", [None, {}, "[]", 7])
def test_what_is_no_list_is_refused_by_name(subject: Subject, fixes: object) -> None:
    with pytest.raises(Invalid) as refused:
        store_fixes(NOBODY, subject=subject, source="app", fixes=fixes)
    assert [(e.field, e.code) for e in refused.value.errors] == [("fixes", "not_a_list")]
    assert not TrackHead.objects.exists()


def test_too_many_are_refused_by_name(subject: Subject) -> None:
    with pytest.raises(Invalid) as refused:
        store(subject, *[None] * (MAX_FIXES + 1))
    assert [(e.field, e.code) for e in refused.value.errors] == [("fixes", "too_many")]


def test_an_empty_batch_is_fine(subject: Subject) -> None:
    assert store(subject).as_json() == {
        "stored": 0, "duplicates": 0, "flagged": 0, "last_seq": None, "next_interval_s": 3,
    }  # fmt: skip


def test_subjects_and_sources_do_not_mix(subject: Subject, people: People) -> None:
    journey = Subject("journey", subject.id)
    store(subject, fix(-5, seq=5))
    assert store(journey, fix(-5, seq=1)).last_seq == 1
    assert store(subject, fix(-4, seq=1), source="watch").last_seq == 1
    assert store(subject, fix(-4, seq=4)).last_seq == 5
    assert len(track(subject)) == 3
    assert len(track(journey)) == 1


def test_the_rooms_above_are_told_and_no_stream_or_trail_is_written(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[FixesStored] = []
    monkeypatch.setitem(events._reactions, FixesStored, [])
    reacts_to(FixesStored)(told.append)
    done = store(subject, fix(-5, seq=1), None)
    store(subject, fix(-5, seq=1))
    assert told == [FixesStored(subject_kind="report", subject_id=subject.id, stored=1, newest=done.newest)]
    assert not StreamEvent.objects.exists()
    assert not AuditRecord.objects.exists()


def queries_of(subject: Subject, fixes: list[object]) -> list[str]:
    """The statements of one batch; on SQLite an INSERT that its limit of parameters splits counts once."""
    with CaptureQueriesContext(connection) as captured:
        store(subject, *fixes)
    starts = [" ".join(query["sql"].split()[:3]) for query in captured if "SAVEPOINT" not in query["sql"]]
    if connection.vendor == "postgresql":
        return starts
    return [s for n, s in enumerate(starts) if n == 0 or s != starts[n - 1] or "INSERT" not in s]


def test_the_number_of_queries_does_not_depend_on_the_size(subject: Subject) -> None:
    store(subject, fix(-900, seq=0))
    few = queries_of(subject, [fix(-500, seq=1), fix(-499), None])
    many: list[object] = [fix(-400 + n, seq=n + 10) for n in range(300)]
    many += [fix(-90 + n / 10) for n in range(100)] + [{"lon": n} for n in range(90)]
    assert queries_of(subject, many) == few
    assert len(few) <= 9


@pytest.mark.parametrize(
    ("speed", "battery", "seconds"),
    [(5, 90, 3), (0, 90, 10), (5, 20, 6), (0, 15, 20), (5, 5, 30), (0, 0, 30), (5, None, 3)],
)
def test_the_phone_is_told_when_to_report_again(speed: float, battery: float | None, seconds: int) -> None:
    assert next_interval({"speed_mps": speed, "battery_pct": battery}, None) == seconds


def test_at_rest_is_seen_without_a_speed() -> None:
    here = {"lon": 114.548, "lat": 38.048, "speed_mps": None, "battery_pct": None}
    assert next_interval(here, {**here, "lat": 38.0481}) == 10
    assert next_interval(here, {**here, "lat": 38.049}) == 3
    assert next_interval(None, None) == 3
