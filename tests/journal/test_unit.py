"""Events get gapless offsets, in the deed's transaction; reactions run in it too."""

from dataclasses import dataclass

import pytest

from accounts.models import User
from journal import audit, streams, unit
from journal.events import Event, reacts_to
from journal.models import AuditRecord, StreamEvent

pytestmark = pytest.mark.django_db


@dataclass(frozen=True, kw_only=True, slots=True)
class KettleBoiled(Event):
    litres: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TeaMade(Event):
    cups: int


@reacts_to(KettleBoiled)
def make_tea(event: KettleBoiled) -> None:
    unit.append(TeaMade(cups=event.litres * 4), "tea:1")


@unit.deed
def boil(litres: int) -> None:
    audit.record(User.objects.system(), "kettle.boiled", subject=("kettle", 1), litres=litres)
    unit.append(KettleBoiled(litres=litres), "kettle:1", "kitchen:1")
    if litres > 9:
        raise ValueError("it boils over")


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
    with pytest.raises(ValueError, match="boils over"):
        boil(10)
    assert not StreamEvent.objects.exists()
    assert not AuditRecord.objects.exists()
    boil(1)
    assert streams.head_of("kettle:1").offset == 1


def test_an_event_outside_a_deed_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="deed"):
        unit.append(KettleBoiled(litres=1), "kettle:1")
