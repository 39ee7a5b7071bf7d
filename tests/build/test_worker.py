"""The server's worker does what is due, and goes on after a failure."""

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError

from foundation import clock, ids
from foundation.subjects import Subject
from journal import deadlines, unit
from police110 import worker

pytestmark = pytest.mark.django_db(transaction=True)
_rung = threading.Event()


@deadlines.on_due("test.alarm_clock")
def ring(row: object) -> None:
    _rung.set()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "PAUSE_SECONDS", 0.05)
    _rung.clear()


@unit.deed
def wind_up(after: timedelta) -> None:
    deadlines.set_due("test.alarm_clock", Subject("test", ids.new_id()), clock.now() + after)


def test_it_works() -> None:
    wind_up(timedelta(0))
    with worker.working():
        assert _rung.wait(5)


def test_it_waits_for_what_is_not_due() -> None:
    wind_up(timedelta(hours=1))
    with worker.working():
        assert not _rung.wait(0.5)


def test_it_goes_on_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    sweep, failed = deadlines.sweep, threading.Event()

    def fail_first() -> int:
        if not failed.is_set():
            failed.set()
            raise OperationalError("the database is away")
        return sweep()

    monkeypatch.setattr(deadlines, "sweep", fail_first)
    wind_up(timedelta(0))
    with worker.working():
        assert _rung.wait(5)
    assert failed.is_set()


def test_it_ends_with_its_block() -> None:
    with worker.working():
        assert any(thread.name == "worker" for thread in threading.enumerate())
    assert not any(thread.name == "worker" for thread in threading.enumerate())
