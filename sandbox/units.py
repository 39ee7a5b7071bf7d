"""The sandbox's units (警力): a car at every station, a motorcycle and a foot patrol at every county's desk."""

from collections.abc import Iterable, Iterator

from django.db.models import F

from dispatch.models import Unit
from foundation import clock
from geo.models import Agency


def ensure() -> dict[str, list[Unit]]:
    """Make the units that are missing; those of each county's desk by its code, in the order of their numbers.

    Units that are there are left as they are, but for the time of their position where they stand at their base.
    """
    known = {(unit.agency_id, unit.call_sign): unit for unit in Unit.objects.all()}
    found: dict[str, list[Unit]] = {}
    fresh = []
    for desk, bases in _desks():
        found[desk.code] = []
        for wanted in _plan(desk, bases):
            unit = known.get((desk.code, wanted.call_sign))
            if unit is None:
                unit = wanted
                fresh.append(wanted)
            found[desk.code].append(unit)
    Unit.objects.bulk_create(fresh)
    at_base = Unit.objects.filter(lon=F("base__lon"), lat=F("base__lat"))
    Unit.objects.filter(pk__in=at_base.values("pk")).update(position_at=clock.now())
    return found


def _desks() -> Iterator[tuple[Agency, list[Agency]]]:
    """Every county's desk with its stations."""
    stations: dict[str, list[Agency]] = {}
    for station in Agency.objects.filter(level=Agency.Level.STATION, is_active=True).order_by("code"):
        stations.setdefault(station.parent_id or "", []).append(station)
    for desk in Agency.objects.filter(level=Agency.Level.COUNTY, is_active=True).order_by("code"):
        yield desk, stations.get(desk.code, [])


def _plan(desk: Agency, stations: Iterable[Agency]) -> Iterator[Unit]:
    """The units of one desk (长安01, 长安02, …), not saved."""
    name = desk.name.removesuffix("指挥中心").removesuffix("公安局").removesuffix("分局")
    places = [(station, Unit.Kind.CAR) for station in stations]
    places += [(desk, Unit.Kind.MOTORCYCLE), (desk, Unit.Kind.FOOT)]
    for number, (base, kind) in enumerate(places, 1):
        at = None if base.lon is None else clock.now()
        yield Unit(
            call_sign=f"{name}{number:02}",
            kind=kind,
            agency=desk,
            base=base,
            lon=base.lon,
            lat=base.lat,
            position_at=at,
        )
