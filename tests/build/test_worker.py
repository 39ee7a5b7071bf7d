"""The server's worker does its chores, and goes on after a failure."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import OperationalError

from accounts import sms
from foundation import clock, ids
from foundation.subjects import Subject
from journal import deadlines, unit
from police110 import worker

pytestmark = pytest.mark.django_db(transaction=True)
_rung = threading.Event()
PAUSE = 0.05


@deadlines.on_due("test.alarm_clock")
def ring(row: object) -> None:
    _rung.set()


# What the server does, before the tests below put something else in its place.
CHORES = [chore for chore, _ in worker.CHORES.values()]


@pytest.fixture(autouse=True)
def only_the_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    do(monkeypatch, deadlines.sweep)
    _rung.clear()


def do(monkeypatch: pytest.MonkeyPatch, chore: Callable[[], int]) -> None:
    """Let the worker have this chore alone, often."""
    monkeypatch.setattr(worker, "CHORES", {"chore": (chore, PAUSE)})


@unit.deed
def wind_up(after: timedelta) -> None:
    deadlines.set_due("test.alarm_clock", Subject("test", ids.new_id()), clock.now() + after)


def working() -> bool:
    return any(thread.name.startswith("worker-") for thread in threading.enumerate())


def test_it_works() -> None:
    assert [deadlines.sweep, sms.deliver_due] == CHORES
    wind_up(timedelta(0))
    with worker.working():
        assert _rung.wait(5)


def test_it_waits_for_what_is_not_due() -> None:
    wind_up(timedelta(hours=1))
    with worker.working():
        assert not _rung.wait(0.5)


def test_it_goes_on_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = threading.Event()

    def fail_first() -> int:
        if not failed.is_set():
            failed.set()
            raise OperationalError("the database is away")
        return deadlines.sweep()

    do(monkeypatch, fail_first)
    wind_up(timedelta(0))
    with worker.working():
        assert _rung.wait(5)
    assert failed.is_set()


def test_it_calls_again_at_once_while_there_is_more(monkeypatch: pytest.MonkeyPatch) -> None:
    left, emptied = [3, 2, 1, 0], threading.Event()

    def eat() -> int:
        eaten = left.pop(0) if left else 0
        if not left:
            emptied.set()
        return eaten

    do(monkeypatch, eat)
    monkeypatch.setitem(worker.CHORES, "chore", (eat, 0.4))
    with worker.working():
        assert emptied.wait(1.0)


def test_it_ends_with_its_block() -> None:
    with worker.working():
        assert working()
    assert not working()
