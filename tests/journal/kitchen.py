"""A small room of its own whose deeds and events the tests of the journal use."""

import uuid
from dataclasses import dataclass, field

from journal import audit, unit
from journal.events import Event, reacts_to


@dataclass(frozen=True, kw_only=True, slots=True)
class KettleBoiled(Event):
    litres: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TeaMade(Event):
    cups: int


@dataclass(frozen=True, slots=True)
class Cook:
    """Someone to be named in the trail."""

    id: uuid.UUID = field(default_factory=lambda: uuid.UUID(int=1))
    kind: str = "system"
    audit_label: str = "cook"
    agency_code: str = ""


COOK = Cook()


@reacts_to(KettleBoiled)
def make_tea(event: KettleBoiled) -> None:
    if event.litres > 99:
        raise OverflowError("no pot is that large")
    unit.append(TeaMade(cups=event.litres * 4), "tea:1")


@unit.deed
def boil(litres: int, *streams: str) -> None:
    """Boil some water; more than nine litres boil over, more than 99 fail in the reaction."""
    audit.record(COOK, "kettle.boiled", subject=("kettle", 1), litres=litres)
    unit.append(KettleBoiled(litres=litres), *(streams or ("kettle:1", "kitchen:1")))
    if litres > 9:
        raise ValueError("it boils over")
