"""Events get gapless offsets, in the deed's transaction; reactions run in it too; nothing stays of what fails."""

import contextlib
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, transaction

from journal import audit, doorbell, streams, unit
from journal.models import AuditRecord, Stream, StreamEvent
from tests.journal.kitchen import COOK, KettleBoiled, TeaMade, boil

pytestmark = pytest.mark.django_db


class Bell:
    """A door that notes what it hears, and can be broken."""

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken
        self.heard: list[list[str]] = []

    def wake(self, streams: Sequence[str]) -> None:
        self.heard.append(list(streams))
        if self.broken:
            raise ConnectionError("the layer is gone")

    def show(self, stream: str, frame: dict[str, Any]) -> None:
        self.wake([stream])

    def recheck(self) -> None:
        self.wake([])


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> list[Bell]:
    """Two doors, the first of them broken."""
    made = [Bell(broken=True), Bell()]
    monkeypatch.setattr(doorbell, "_doors", made)
    return made


@contextlib.contextmanager
def nothing_stays() -> Iterator[None]:
    """What happens inside leaves no event and no record."""
    yield
    assert not StreamEvent.objects.exists()
    assert not AuditRecord.objects.exists()


def test_it_works() -> None:
    boil(1)
    boil(2)
    assert [(e.offset, e.name, e.data) for e in streams.read("kettle:1", after=0)] == [
        (1, "kettle.boiled", {"litres": 1}),
        (2, "kettle.boiled", {"litres": 2}),
    ]
    assert [e.data for e in streams.read("tea:1", after=1)] == [{"cups": 8}]
    assert streams.head_of("kitchen:1").offset == 2
    first, second = AuditRecord.objects.order_by("seq")
    assert second.previous == first.hash


def test_nothing_stays_of_a_deed_that_fails() -> None:
    with nothing_stays(), pytest.raises(ValueError, match="boils over"):
        boil(10)
    boil(1)
    assert streams.head_of("kettle:1").offset == 1


def test_an_error_in_a_reaction_takes_everything_back() -> None:
    with nothing_stays(), pytest.raises(OverflowError, match="pot"):
        boil(100)


def test_an_event_outside_a_deed_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="deed"):
        unit.append(KettleBoiled(litres=1), "kettle:1")
    boil(1)
    with pytest.raises(RuntimeError, match="deed"):
        audit.record(COOK, "late", subject=("kettle", 1))


def test_a_deed_inside_a_deed_is_one_unit() -> None:
    @unit.deed
    def breakfast(*, burnt: bool) -> None:
        boil(1)
        assert not StreamEvent.objects.exists(), "events are written at the end of the outermost deed"
        boil(2)
        if burnt:
            raise ValueError("start over")

    with nothing_stays(), pytest.raises(ValueError, match="start over"):
        breakfast(burnt=True)
    breakfast(burnt=False)
    assert streams.head_of("kettle:1").offset == 2


def test_a_deed_inside_may_fail_and_the_one_outside_go_on() -> None:
    @unit.deed
    def breakfast() -> None:
        unit.append(TeaMade(cups=0), "kettle:1")
        with contextlib.suppress(ValueError):
            spill()
        boil(1)

    @unit.deed
    def spill() -> None:
        Stream.objects.create(name="spilt")
        unit.append(TeaMade(cups=5), "kettle:1")
        unit.flush()
        boil(10)

    breakfast()
    assert [e.data for e in streams.read("kettle:1", after=0)] == [{"cups": 0}, {"litres": 1}]
    assert AuditRecord.objects.count() == 1
    assert not Stream.objects.filter(name="spilt").exists()


def test_a_swallowed_database_error_is_not_taken_for_success() -> None:
    Stream.objects.create(name="there")

    @unit.deed
    def careless() -> str:
        with contextlib.suppress(IntegrityError):
            Stream(name="there").save(force_insert=True)
        return "done"

    with pytest.raises(transaction.TransactionManagementError, match="swallowed"):
        careless()


def test_flush_gives_the_offsets_before_the_commit() -> None:
    @unit.deed
    def counted() -> int:
        unit.append(TeaMade(cups=1), "tea:2")
        unit.flush()
        first = streams.head_of("tea:2").offset
        unit.append(TeaMade(cups=2), "tea:2")
        return first

    assert counted() == 1
    assert [e.offset for e in streams.read("tea:2", after=0)] == [1, 2]


def test_relay_says_it_again_without_reactions() -> None:
    @unit.deed
    def echo() -> None:
        unit.relay(KettleBoiled(litres=3), "landing:1")

    echo()
    assert streams.head_of("landing:1").offset == 1
    assert streams.head_of("tea:1").offset == 0


def test_the_bell_rings_after_the_commit_and_a_broken_door_keeps_no_other_from_hearing(
    bells: list[Bell], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        boil(1)
        assert bells[1].heard == []
    assert bells[0].heard == bells[1].heard == [["kettle:1", "kitchen:1", "tea:1"]]
    doorbell.show("kettle:1", {})
    doorbell.recheck()
    assert bells[1].heard[1:] == [["kettle:1"], []]


def test_the_bell_is_silent_after_a_rollback(bells: list[Bell], django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True) as callbacks, pytest.raises(ValueError, match="boils"):
        boil(10)
    assert callbacks == []
    assert bells[1].heard == []


@pytest.mark.django_db(transaction=True)
def test_the_bell_rings_when_others_can_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[bool, int]] = []

    class Reader(Bell):
        def wake(self, streams: Sequence[str]) -> None:
            seen.append((unit.is_open(), StreamEvent.objects.count()))

    monkeypatch.setattr(doorbell, "_doors", [Reader()])
    boil(1)
    assert seen == [(False, 3)]


class Deadlock(Exception):
    """What a driver raises; Django wraps it."""

    sqlstate = "40P01"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("failures", "done"), [(2, True), (3, False)])
def test_a_deed_runs_again_after_a_deadlock(failures: int, done: bool) -> None:
    runs = []

    @unit.deed
    def unlucky() -> None:
        runs.append(1)
        unit.append(TeaMade(cups=1), "tea:3")
        unit.flush()
        if len(runs) <= failures:
            raise OperationalError("deadlock detected") from Deadlock()

    if done:
        unlucky()
    else:
        with pytest.raises(OperationalError):
            unlucky()
    assert len(runs) == 3
    assert StreamEvent.objects.count() == (1 if done else 0)


@pytest.mark.django_db(transaction=True)
def test_only_the_outermost_deed_runs_again() -> None:
    inner, outer = [], []

    @unit.deed
    def inside() -> None:
        inner.append(1)
        if len(inner) == 1:
            raise OperationalError("deadlock detected") from Deadlock()

    @unit.deed
    def outside() -> None:
        outer.append(1)
        inside()

    outside()
    assert (len(inner), len(outer)) == (2, 2)


@pytest.mark.django_db(transaction=True)
def test_other_database_errors_are_not_tried_again() -> None:
    runs = []

    @unit.deed
    def cut_off() -> None:
        runs.append(1)
        raise OperationalError("server closed the connection")

    with pytest.raises(OperationalError):
        cut_off()
    assert len(runs) == 1


def test_details_of_the_trail_are_plain() -> None:
    @unit.deed
    def note(**detail: Any) -> None:
        audit.record(COOK, "noted", subject=("kettle", 1), **detail)

    note(unit_id=uuid.UUID(int=7), at=datetime(2026, 1, 1, tzinfo=UTC), pair=(1, 2))
    assert AuditRecord.objects.get().detail == {
        "unit_id": "00000000-0000-0000-0000-000000000007",
        "at": "2026-01-01T00:00:00Z",
        "pair": [1, 2],
    }
    with pytest.raises(ValueError, match="JSON compliant"):
        note(value=float("nan"))
    with pytest.raises(TypeError, match="serializable"):
        note(value=object())
