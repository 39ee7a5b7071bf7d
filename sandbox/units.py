"""The demo units: two patrol cars for each county, based at its stations."""

import uuid

from dispatch.models import Unit
from geo.models import Agency

PER_COUNTY = 2

# By the county desk's code and the number, from 1.
Units = dict[tuple[str, int], uuid.UUID]


def ensure() -> Units:
    """Make the units that are missing; the ids of all. What dispatchers did with those that exist is left alone."""
    desks = list(Agency.objects.filter(level=Agency.Level.COUNTY, is_active=True).order_by("code"))
    known = {(unit.agency_id, unit.call_sign): unit.id for unit in Unit.objects.filter(agency__in=desks)}
    wanted = {(desk.code, number): desk for desk in desks for number in range(1, PER_COUNTY + 1)}
    missing = {key: desk for key, desk in wanted.items() if (key[0], _call_sign(*key)) not in known}
    bases = _stations() if missing else {}
    made = Unit.objects.bulk_create(
        _unit(desk, number, bases.get(code, [])) for (code, number), desk in missing.items()
    )
    known |= {(unit.agency_id, unit.call_sign): unit.id for unit in made}
    return {key: known[key[0], _call_sign(*key)] for key in wanted}


def _call_sign(code: str, number: int) -> str:
    return f"巡警{code[:6]}-{number:02}"


def _stations() -> dict[str, list[Agency]]:
    """The stations of each county, nearest to its centre first as their codes go."""
    stations: dict[str, list[Agency]] = {}
    for station in Agency.objects.filter(level=Agency.Level.STATION, is_active=True).order_by("code"):
        stations.setdefault(station.parent_id or "", []).append(station)
    return stations


def _unit(desk: Agency, number: int, stations: list[Agency]) -> Unit:
    base = stations[(number - 1) % len(stations)] if stations else None
    place = base or desk
    return Unit(call_sign=_call_sign(desk.code, number), agency=desk, base=base, lon=place.lon, lat=place.lat)
