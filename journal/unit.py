"""The unit of work: one deed, one transaction.

Everything a deed changes, its audit records and its events are committed together or not at all. Events and audit
records are collected while the deed and the reactions to it run, and written at the end of the outermost deed:

1. the heads of the audit chains are locked in key order, the records are written;
2. the counter rows of the streams are locked in key order, the events are written;
3. COMMIT; then a wake-up without data, which may be lost.

So the counter rows are always locked last and in one order, whichever deeds and reactions took part, and two deeds can't
wait for each other there.

A deed that another deed calls joins its unit. If it fails, nothing of it stays, and the caller may catch the error and go on.
"""

import functools
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

from foundation import clock
from journal import doorbell
from journal.chain import Entry, write_entries
from journal.events import Event, react
from journal.models import Stream, StreamEvent, new_epoch

P = ParamSpec("P")
R = TypeVar("R")

# PostgreSQL: serialization failure, deadlock. The deed did nothing and may simply run again.
RETRYABLE_SQLSTATES = frozenset({"40001", "40P01"})
ATTEMPTS = 3


@dataclass
class _Unit:
    events: list[tuple[str, Event]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


class _Current(threading.local):
    unit: _Unit | None = None


_current = _Current()


@contextmanager
def unit_of_work() -> Iterator[None]:
    """Open a transaction, or join the one that a deed further out has opened."""
    if is_open():
        with _part_of(_unit()):
            yield
        return
    with transaction.atomic():
        _current.unit = _Unit()
        try:
            yield
            _refuse_broken()
            flush()
        finally:
            _current.unit = None


def is_open() -> bool:
    """Whether a deed is under way in this thread."""
    return _current.unit is not None and connection.in_atomic_block


@contextmanager
def _part_of(unit: _Unit) -> Iterator[None]:
    """A savepoint for the rows, and the same for what was collected: a caller may catch the error and go on."""
    events, entries = list(unit.events), list(unit.entries)
    try:
        with transaction.atomic():
            yield
            _refuse_broken()
    except BaseException:
        unit.events, unit.entries = events, entries
        raise


def _refuse_broken() -> None:
    """Django would roll back in silence here and let the deed look done."""
    if connection.needs_rollback:
        raise transaction.TransactionManagementError(
            "a query of this deed failed and the error was swallowed: wrap what may fail in transaction.atomic()"
        )


def deed(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function a deed: it runs in one unit of work, and again if the database asks for that (deadlock)."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, ATTEMPTS + 1):
            outermost = not connection.in_atomic_block
            try:
                with unit_of_work():
                    return function(*args, **kwargs)
            except OperationalError as error:
                state = getattr(error.__cause__, "sqlstate", None)
                if not outermost or state not in RETRYABLE_SQLSTATES or attempt == ATTEMPTS:
                    raise
                time.sleep(0.05 * attempt)
        raise AssertionError("unreachable")

    return run


def append(event: Event, *streams: str) -> None:
    """Say in each of the streams that something changed, and let the rooms above react at once.

    Must be called inside a deed. Without a stream the event only triggers reactions.
    """
    unit = _unit()
    unit.events.extend((name, event) for name in dict.fromkeys(streams))
    react(event)


def relay(event: Event, *streams: str) -> None:
    """Say in further streams what a room below has said; the reactions are not run again."""
    _unit().events.extend((name, event) for name in dict.fromkeys(streams))


def record_entry(entry: Entry) -> None:
    """Add an audit record to the unit of work (called by `journal.audit`)."""
    _unit().entries.append(entry)


def _unit() -> _Unit:
    if _current.unit is None:
        raise RuntimeError("events and audit records are written by deeds: decorate the action with @deed")
    return _current.unit


def flush() -> None:
    """Write what was collected so far. Runs by itself at the end; call it to learn the offsets before the commit."""
    unit = _unit()
    entries, unit.entries = unit.entries, []
    events, unit.events = unit.events, []
    if entries:
        write_entries(entries)
    if events:
        _write_events(events)


def _write_events(events: list[tuple[str, Event]]) -> None:
    by_stream: dict[str, list[Event]] = defaultdict(list)
    for name, event in events:
        by_stream[name].append(event)
    last = _advance({name: len(by_stream[name]) for name in sorted(by_stream)})
    at = clock.now()
    StreamEvent.objects.bulk_create(
        StreamEvent(stream_id=name, offset=offset, name=event.wire_name, at=at, data=event.data())
        for name, of_stream in by_stream.items()
        for offset, event in enumerate(of_stream, start=last[name] - len(of_stream) + 1)
    )
    transaction.on_commit(functools.partial(doorbell.ring, list(last)), robust=True)


def _advance(counts: dict[str, int]) -> dict[str, int]:
    """Move the counter rows on and return the new offsets; the rows stay locked until the commit.

    One statement makes or locks each row in the order of ``counts``. Locking those that exist and inserting the others
    afterwards would be two orders, and two deeds that both see a new stream first could wait for each other.
    """
    table, offset = connection.ops.quote_name(Stream._meta.db_table), connection.ops.quote_name("offset")
    rows = ", ".join(["(%s, %s, %s)"] * len(counts))
    values = [value for name, count in counts.items() for value in (name, new_epoch(), count)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (name, epoch, {offset}) VALUES {rows} "  # noqa: S608  # only quoted constants
            f"ON CONFLICT (name) DO UPDATE SET {offset} = {table}.{offset} + excluded.{offset} RETURNING name, {offset}",
            values,
        )
        return dict(cursor.fetchall())
