"""Hebei's agencies as rows: who there is, below whom, and how they come into the database.

The province; its eleven cities; 雄安新区 as a twelfth bureau of a city's level; a command desk for each of the 167 counties
(辛集 and 定州 directly under the province); a bureau for each of the 23 development zones under its city; a station for
each township. Names: `geo.names`. Positions are made up: `geo.placing`.

How fast the police must come depends on the kind of area: streets are urban, towns and townships of a district or a zone
suburban, as is a county's seat (the town numbered 100), the rest rural. A desk is urban in a district, rural in a
county (县), suburban otherwise.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction

from geo import names, placing
from geo.areas import index
from geo.models import Agency, new_revision
from geo.townships import Township, townships
from geo.tree import PROVINCE, XIONGAN, ZONES, city_code, desk_code

# What the rules decide. Whether an agency is in service is the operator's, and so is a position that is not made up.
_DECIDED: Final = ("name", "level", "parent_id", "path", "area_code", "area_kind", "lon", "lat", "position_synthetic")
_WRITTEN: Final = (*(name.removesuffix("_id") for name in _DECIDED), "revision")


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many agencies were made, changed and found as they should be; how many of each level there are to be."""

    created: int
    changed: int
    unchanged: int
    levels: dict[str, int]


def load(counties: Collection[str] | None = None) -> Loaded:
    """Make or correct the agencies of the province; a second run changes nothing.

    ``counties`` (six digits; zones too) restricts it to those counties, their stations and what stands above them.
    `ValueError` for a code that Hebei does not have. Agencies that the rules do not know are left alone.
    """
    wanted = list(plan(counties))
    fields = ("code", *_DECIDED)
    with transaction.atomic():
        there = {row[0]: row for row in Agency.objects.values_list(*fields)}
        rows = [_with_real_position(agency, there.get(agency.code)) for agency in wanted]
        changed = [row for row in rows if tuple(getattr(row, name) for name in fields) != there.get(row.code)]
        for row in changed:
            row.revision = new_revision()
        Agency.objects.bulk_create(changed, update_conflicts=True, unique_fields=["code"], update_fields=_WRITTEN)
    created = sum(1 for row in changed if row.code not in there)
    levels = Counter(str(row.level) for row in rows)
    return Loaded(created, len(changed) - created, len(rows) - len(changed), dict(levels))


def _with_real_position(agency: Agency, there: tuple[Any, ...] | None) -> Agency:
    if there is not None:
        lon, lat, synthetic = there[-3:]
        if not synthetic:
            agency.lon, agency.lat, agency.position_synthetic = lon, lat, False
    return agency


def plan(counties: Collection[str] | None = None) -> Iterator[Agency]:
    """The agencies as the rules want them (not saved), the upper ones first."""
    by_county: dict[str, list[Township]] = {code: [] for code in (*index().by_code, *ZONES)}
    for row in townships():
        by_county[row.county].append(row)
    unknown = set(counties or ()) - set(by_county)
    if unknown:
        raise ValueError(f"no such county in Hebei: {', '.join(sorted(unknown))}")
    wanted = sorted(by_county if counties is None else set(counties))
    province = _agency(
        PROVINCE, names.PROVINCE_NAME, Agency.Level.PROVINCE, None, Agency.AreaKind.URBAN, placing.middle_of("130102")
    )
    yield province
    cities = {code: _city(code, province) for code in sorted({c for c in map(city_code, wanted) if c})}
    yield from cities.values()
    points = {
        code: point
        for around in {ZONES.get(c, c) for c in wanted}
        for code, point in placing.station_points(around).items()
    }
    for county in wanted:
        above = cities.get(city_code(county) or "", province)
        yield from _desk_and_stations(county, above, by_county[county], points)


def _city(code: str, province: Agency) -> Agency:
    if code == XIONGAN:
        return _agency(
            code, names.XIONGAN_NAME, Agency.Level.CITY, province, Agency.AreaKind.URBAN, placing.middle_of("130629")
        )
    seat = next(county for county in index().by_code if county[:4] == code[:4])
    name = names.city_name(index().cities[code[:6]].name)
    return _agency(code, name, Agency.Level.CITY, province, Agency.AreaKind.URBAN, placing.middle_of(seat))


def _desk_and_stations(
    county: str, above: Agency, rows: list[Township], points: dict[str, tuple[float, float]]
) -> Iterator[Agency]:
    with_station = [row for row in rows if row.has_station]
    city = index().cities[f"{county[:4]}00"].name
    if county in ZONES:
        name, kind = names.zone_name(rows[0].county_name, city), Agency.AreaKind.SUBURBAN
        first = next((points[row.code] for row in with_station), None)
        position = first or placing.middle_of(ZONES[county])
    else:
        county_name = index().areas[index().by_code[county]].name
        ambiguous = sum(1 for area in index().areas if area.name == county_name) > 1
        name, position = names.desk_name(county_name, city, ambiguous=ambiguous), placing.middle_of(county)
        kind = {"区": Agency.AreaKind.URBAN, "县": Agency.AreaKind.RURAL}.get(county_name[-1], Agency.AreaKind.SUBURBAN)
    desk = _agency(desk_code(county), name, Agency.Level.COUNTY, above, kind, position)
    yield desk
    station_names = names.station_names(with_station)
    for row in with_station:
        yield _agency(
            f"{row.code}000", station_names[row.code], Agency.Level.STATION, desk, _area_kind(row), points[row.code]
        )


def _area_kind(row: Township) -> Agency.AreaKind:
    if row.kind == "street":
        return Agency.AreaKind.URBAN
    in_town = row.county in ZONES or row.county_name.endswith("区") or row.code.endswith("100")
    return Agency.AreaKind.SUBURBAN if in_town else Agency.AreaKind.RURAL


def _agency(
    code: str,
    name: str,
    level: Agency.Level,
    parent: Agency | None,
    kind: Agency.AreaKind,
    position: tuple[float, float],
) -> Agency:
    return Agency(
        code=code,
        name=name,
        level=level,
        parent_id=parent.code if parent else None,
        path=f"{parent.path if parent else '/'}{code}/",
        area_code=code[:6],
        area_kind=kind,
        lon=position[0],
        lat=position[1],
    )
