"""A deadline happens once, at its time, and in the same transaction as what it causes."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from foundation import clock, ids
from foundation.subjects import Subject
from journal import deadlines, unit
from journal.models import Deadline

KIND = "test.rang"
rang: list[Deadline] = []
faults: list[Exception] = []


@deadlines.on_due(KIND)
def ring(deadline: Deadline) -> None:
    if faults:
        raise faults.pop()
    rang.append(deadline)


@unit.deed
def wind_up(subject: Subject, seconds: float, **data: Any) -> None:
    deadlines.set_due(KIND, subject, clock.now() + timedelta(seconds=seconds), **data)


@unit.deed
def stop(subject: Subject) -> None:
    deadlines.clear(subject, KIND)


@pytest.fixture(autouse=True)
def _fresh() -> None:
    rang.clear()
    faults.clear()


@pytest.fixture
def subject() -> Subject:
    return Subject("kettle", ids.new_id())


@pytest.mark.django_db
def test_it_works(subject: Subject) -> None:
    wind_up(subject, -1, cups=2)
    assert deadlines.sweep() == 1
    assert deadlines.sweep() == 0
    assert [(d.subject, d.data) for d in rang] == [(subject, {"cups": 2})]


@pytest.mark.django_db
def test_not_before_its_time(subject: Subject) -> None:
    wind_up(subject, 60)
    assert deadlines.sweep() == 0
    assert deadlines.next_due() is not None


@pytest.mark.django_db
def test_it_can_be_moved_cleared_and_set_again(subject: Subject) -> None:
    wind_up(subject, -1)
    wind_up(subject, 60)
    assert deadlines.sweep() == 0
    stop(subject)
    wind_up(subject, -1)
    stop(subject)
    assert deadlines.sweep() == 0
    wind_up(subject, -1)
    assert deadlines.sweep() == 1
    wind_up(subject, -1)
    assert deadlines.sweep() == 1
    assert Deadline.objects.count() == 1


@pytest.mark.django_db
def test_a_handler_that_fails_is_tried_again_and_stops_no_other(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    wind_up(subject, -2)
    wind_up(Subject("kettle", ids.new_id()), -1)
    faults.append(ValueError("no water"))
    assert deadlines.sweep() == 1
    row = Deadline.objects.get(subject_id=subject.id)
    assert row.done_at is None
    assert row.attempts == 1
    later = clock.now() + timedelta(seconds=10)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert deadlines.sweep() == 1


@pytest.mark.django_db(transaction=True)
def test_three_workers_do_each_deadline_once() -> None:
    subjects = [Subject("kettle", ids.new_id()) for _ in range(40)]
    for each in subjects:
        wind_up(each, -1)
    done: list[int] = []

    def work() -> None:
        try:
            done.append(sum(deadlines.sweep() for _ in range(5)))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(done) == 40
    assert sorted(d.subject_id for d in rang) == sorted(s.id for s in subjects)
