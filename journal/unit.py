"""The unit of work: one deed, one transaction.

Everything a deed changes, its audit records and its events are committed together or not at all. Events and audit
records are collected while the deed and the reactions to it run, and written at the end of the outermost deed:

1. the heads of the audit chains are locked in key order, the records are written;
2. the counter rows of the streams are locked in key order, the events are written;
3. COMMIT; then a wake-up without data, which may be lost.

So the counter rows are always locked last and in one order, whichever deeds and reactions took part, and two deeds can't
wait for each other there.
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
from journal.models import Stream, StreamEvent

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
    if _current.unit is not None and connection.in_atomic_block:
        with transaction.atomic(savepoint=False):
            yield
        return
    with transaction.atomic():
        _current.unit = _Unit()
        try:
            yield
            flush()
        finally:
            _current.unit = None


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
    names = sorted(by_stream)
    heads = lock_streams(names)
    at = clock.now()
    rows = []
    for name in names:
        head = heads[name]
        for event in by_stream[name]:
            head.offset += 1
            rows.append(StreamEvent(stream_id=name, offset=head.offset, name=event.wire_name, at=at, data=event.data()))
    Stream.objects.bulk_update(heads.values(), ["offset"])
    StreamEvent.objects.bulk_create(rows)
    transaction.on_commit(functools.partial(doorbell.ring, names), robust=True)


def lock_streams(names: list[str]) -> dict[str, Stream]:
    """The counter rows of sorted ``names``, locked in that order and made where missing."""
    query = Stream.objects.select_for_update().filter(name__in=names).order_by("name")
    heads = {head.name: head for head in query}
    missing = [name for name in names if name not in heads]
    if missing:
        Stream.objects.bulk_create([Stream(name=name) for name in missing], ignore_conflicts=True)
        heads = {head.name: head for head in query.all()}
    return {name: heads[name] for name in names}
