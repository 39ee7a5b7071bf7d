"""Storing positions, exactly once, whatever the network does."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from foundation import clock, ids
from foundation.errors import FieldError, Invalid
from foundation.subjects import Subject
from geo.distance import haversine_m
from journal import unit
from tracks.events import FixesStored
from tracks.models import Fix, TrackHead, UnplacedFix
from tracks.plausibility import OUTVOTE, judge
from tracks.position import Position, parse_position

MAX_FIXES: Final = 500  # per request; announced in the client configuration
MAX_ORIGINAL: Final = 2048  # characters of ASCII JSON kept of an entry that was odd
MAX_SOURCE: Final = 80

# How often to report, in seconds. Half of the minute after which a report counts as stale is the longest.
INTERVAL_MOVING_S: Final = 3
INTERVAL_STILL_S: Final = 10
LOW_BATTERY_PCT: Final = 20
LOW_BATTERY_FACTOR: Final = 2
CRITICAL_BATTERY_PCT: Final = 5
INTERVAL_CRITICAL_S: Final = 30
MOVING_MPS: Final = 1.0
MOVING_M: Final = 20.0

# A point whose phone's clock is ahead is given our time; so long a better timed one is preferred to it.
CLOCK_OFF_YIELDS: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a batch. ``stored + duplicates`` and the entries without coordinates make up the batch.

    ``flagged`` counts the new entries with something wrong, stored or without coordinates. ``last_seq`` is the highest
    number of this source so far. ``newest`` is the current position if this batch changed it.
    """

    stored: int
    duplicates: int
    flagged: int
    last_seq: int | None
    next_interval_s: int
    newest: dict[str, Any] | None

    def as_json(self) -> dict[str, Any]:
        """The answer to ``POST …/fixes``."""
        return {
            "stored": self.stored,
            "duplicates": self.duplicates,
            "flagged": self.flagged,
            "last_seq": self.last_seq,
            "next_interval_s": self.next_interval_s,
        }


@unit.deed
def store_fixes(actor: Any, *, subject: Subject, source: str, fixes: object) -> Stored:
    """Store a batch of positions as a phone sent them: late, out of order, again, with bad points among them.

    Whether ``actor`` may write for the subject is checked by the room above that owns the subject; here it is not.
    ``source`` names the sending device within the subject (at most 80 characters): numbers count per source.

    A point is known by its ``seq``, without one by time and place; without a time too it can't be known again and is
    stored each time. Bad points are counted and kept, not refused. A missing ``coord_type`` counts as WGS-84, flagged.
    The batch itself must be a list of at most `MAX_FIXES` (`Invalid`). Positions are in no stream and not in the audit
    trail; `FixesStored` lets the rooms above show the newest one.
    """
    if not isinstance(fixes, list):
        raise Invalid.field("fixes", "not_a_list", "Must be a list of positions.")
    if len(fixes) > MAX_FIXES:
        raise Invalid.field("fixes", "too_many", f"At most {MAX_FIXES} positions in one request.")
    if not 0 < len(source) <= MAX_SOURCE:
        raise ValueError("source: 1 to 80 characters")
    now = clock.now()
    head = _locked_head(subject)
    rows, unplaced = _read(subject, source, fixes, now)
    new_rows = _new_rows(subject, source, rows)
    new_unplaced = _new_unplaced(subject, source, unplaced)
    new_rows.sort(key=_in_time)
    _judge(subject, head, new_rows)
    Fix.objects.bulk_create(new_rows)
    UnplacedFix.objects.bulk_create(new_unplaced)
    flagged = sum(1 for row in new_rows if row.flags) + len(new_unplaced)
    before = head.newest
    newest = _update_head(head, source, rows, new_rows, flagged, now)
    if new_rows:
        unit.append(FixesStored(subject_kind=subject.kind, subject_id=subject.id, stored=len(new_rows), newest=newest))
    return Stored(
        stored=len(new_rows),
        duplicates=len(fixes) - len(new_rows) - len(new_unplaced),
        flagged=flagged,
        last_seq=head.last_seq.get(source),
        next_interval_s=next_interval(head.newest, before),
        newest=newest,
    )


def next_interval(newest: dict[str, Any] | None, before: dict[str, Any] | None) -> int:
    """When to report again: every 3 s on the move, every 10 s at rest, half as often below 20 % battery, 30 s below 5 %."""
    if newest is None:
        return INTERVAL_MOVING_S
    battery = newest["battery_pct"]
    if battery is not None and battery <= CRITICAL_BATTERY_PCT:
        return INTERVAL_CRITICAL_S
    interval = INTERVAL_MOVING_S if _moving(newest, before) else INTERVAL_STILL_S
    return interval * LOW_BATTERY_FACTOR if battery is not None and battery <= LOW_BATTERY_PCT else interval


def _moving(newest: dict[str, Any], before: dict[str, Any] | None) -> bool:
    if newest["speed_mps"] is not None:
        return bool(newest["speed_mps"] >= MOVING_MPS)
    if before is None:
        return True
    return haversine_m(newest["lon"], newest["lat"], before["lon"], before["lat"]) > MOVING_M


def _locked_head(subject: Subject) -> TrackHead:
    """The subject's head, locked and made where missing: batches of one subject wait for each other here."""
    query = TrackHead.objects.of(subject).select_for_update()
    head: TrackHead | None = query.first()
    if head is None:
        fresh = TrackHead(subject_kind=subject.kind, subject_id=subject.id)
        TrackHead.objects.bulk_create([fresh], ignore_conflicts=True)
        head = query.get()
    return head


def _read(subject: Subject, source: str, fixes: list[object], now: datetime) -> tuple[list[Fix], list[UnplacedFix]]:
    rows: list[Fix] = []
    unplaced: list[UnplacedFix] = []
    own = {"subject_kind": subject.kind, "subject_id": subject.id, "source": source, "received_at": now}
    for entry in fixes:
        parsed = parse_position(entry, received_at=now, require_coord_type=False, prefix="")
        flags = _flags(parsed.errors)
        original = _as_text(entry) if flags else ""
        if parsed.position is None:
            unplaced.append(UnplacedFix(original=original, digest=ids.digest(original), flags=flags, **own))
        else:
            rows.append(Fix(original=original, flags=flags, **_columns(parsed.position, now), **own))
    return rows, unplaced


def _flags(errors: Iterable[FieldError]) -> list[str]:
    return [f"{error.field}.{error.code}" if error.field else error.code for error in errors]


def _columns(position: Position, now: datetime) -> dict[str, Any]:
    columns = {name: getattr(position, name) for name in Position.__slots__ if name not in {"received_at", "raw"}}
    # Nothing was taken after we received it: a clock that is ahead must not hold the newest place for ever.
    at = min(position.fix_time, now) if position.fix_time else now
    return {**columns, "at": at, "raw": dict(position.raw)}


def _as_text(entry: object) -> str:
    """The entry as ASCII JSON, so that every database can keep it, cut to `MAX_ORIGINAL`."""
    try:
        return json.dumps(entry)[:MAX_ORIGINAL]
    except (RecursionError, TypeError, ValueError):
        return '"unreadable"'


def _new_rows(subject: Subject, source: str, rows: list[Fix]) -> list[Fix]:
    """Those that are not stored yet, each once. Exact, because the head is locked."""
    known = Fix.objects.of(subject).filter(source=source)
    seen: set[tuple[object, ...]] = set()
    numbers = [row.seq for row in rows if row.seq is not None]
    if numbers:
        seen.update((seq,) for seq in known.filter(seq__in=numbers).values_list("seq", flat=True))
    times = {row.fix_time for row in rows if row.seq is None and row.fix_time is not None}
    if times:
        found = known.filter(seq__isnull=True, fix_time__in=times)
        seen.update(found.values_list("fix_time", "lon", "lat"))
    new = []
    for row in rows:
        # Without a number and a time, only the same batch can tell that it is the same point.
        key = (row.seq,) if row.seq is not None else (row.fix_time, row.lon, row.lat)
        if key not in seen:
            seen.add(key)
            new.append(row)
    return new


def _new_unplaced(subject: Subject, source: str, unplaced: list[UnplacedFix]) -> list[UnplacedFix]:
    by_digest = {entry.digest: entry for entry in unplaced}
    if by_digest:
        known = UnplacedFix.objects.of(subject).filter(source=source, digest__in=list(by_digest))
        for digest in known.values_list("digest", flat=True):
            del by_digest[digest]
    return list(by_digest.values())


def _in_time(fix: Fix) -> tuple[datetime, datetime, int]:
    return fix.at, fix.fix_time or fix.at, fix.seq or 0


def _judge(subject: Subject, head: TrackHead, new_rows: list[Fix]) -> None:
    """Flag what can't be true, against the points before the first new one."""
    if not new_rows:
        return
    recent: list[Fix] = []
    anchor: Fix | None = None
    if head.stored:
        before = Fix.objects.of(subject).filter(at__lte=new_rows[0].at).order_by("-at", "-id")
        recent = list(before[:OUTVOTE])
        anchor = next((fix for fix in recent if fix.plausible), None) or before.plausible().first()
    judge(new_rows, anchor=anchor, recent=recent[::-1])


def _update_head(
    head: TrackHead, source: str, rows: list[Fix], new_rows: list[Fix], flagged: int, now: datetime
) -> dict[str, Any] | None:
    """Count, and move the current position on if a newer plausible one came; that one is returned."""
    changed: Fix | None = None
    for fix in new_rows:
        if fix.plausible and _is_newer(fix, head):
            changed = fix
            head.newest_at, head.newest_clock_off = fix.at, _clock_off(fix)
    if changed is not None:
        head.newest = changed.as_json()
    numbers = [row.seq for row in rows if row.seq is not None]
    if numbers:
        head.last_seq[source] = max(head.last_seq.get(source, 0), *numbers)
    head.stored += len(new_rows)
    head.flagged += flagged
    head.heard_at = now
    head.save(update_fields=["newest", "newest_at", "newest_clock_off", "last_seq", "stored", "flagged", "heard_at"])
    return head.newest if changed is not None else None


def _clock_off(fix: Fix) -> bool:
    return "fix_time.future" in fix.flags


def _is_newer(fix: Fix, head: TrackHead) -> bool:
    if head.newest_at is None:
        return True
    off = _clock_off(fix)
    if off == head.newest_clock_off:
        return bool(fix.at >= head.newest_at)
    return bool(fix.at > head.newest_at + (CLOCK_OFF_YIELDS if off else -CLOCK_OFF_YIELDS))
