"""Who answers for a place: the county's command desk 县局指挥中心, its nearest station 派出所, and the neighbours.

Routing never fails for a place. Without a usable position, and outside Hebei, the province's desk answers, with a
warning. Where an agency is missing or out of service the one above it answers.
"""

import math
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import numpy as np
from django.db import connection

from geo.areas import Area, area_at, areas_near
from geo.distance import metres_per_degree
from geo.errors import NoAgencies
from geo.models import Agency
from geo.tree import PROVINCE, answering_chain, desk_code

# Borders are generalised: 1.2 km off at the 90th percentile. Nearer than this, the neighbours stay candidates.
BORDER_M: Final = 1500.0
# An accuracy worse than this says nothing about neighbours any more.
MAX_RADIUS_M: Final = 20_000.0
# A write that forgot the revision (see `Agency.revision`) is noticed after this time.
MAX_AGE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """Another county's desk near the place, and how far its border is."""

    agency_code: str
    name: str
    distance_m: float


@dataclass(frozen=True, slots=True)
class Route:
    """Who answers for a place.

    ``agency_code`` is the desk; ``station_code`` the nearest station below it, if there is one; ``area_code`` the county
    (six digits), ``None`` outside the province. ``warning`` is for the dispatcher, empty when all is well;
    ``warning_code`` is ``no_position``, ``outside_province``, ``desk_missing`` or empty.
    """

    agency_code: str
    station_code: str | None = None
    candidates: tuple[Candidate, ...] = ()
    outside: bool = False
    warning: str = ""
    warning_code: str = ""
    area_code: str | None = None


WARNINGS: Final = {
    "no_position": "没有可用的位置，由省厅接警",
    "outside_province": "位置在河北省外，由省厅接警",
    "desk_missing": "所在县区的指挥中心未启用，由上级机关接警",
}


def route(lon: float | None, lat: float | None, accuracy_m: float | None = None) -> Route:
    """Who answers for a WGS-84 point; `NoAgencies` if there is no agency at all.

    The desk of the county that holds the point and its nearest station; as candidates, nearest first, the other desks
    whose county begins within the accuracy, and at least within 1.5 km.
    """
    return route_by(book(), lon, lat, accuracy_m)


def route_by(agencies: "Book", lon: float | None, lat: float | None, accuracy_m: float | None = None) -> Route:
    """The same by a given copy of the agencies, without asking the database whether it is right."""
    if lon is None or lat is None or not _on_earth(lon, lat):
        return Route(agencies.top, outside=True, warning=WARNINGS["no_position"], warning_code="no_position")
    area = area_at(lon, lat)
    near = areas_near(lon, lat, _radius(accuracy_m))
    if area is None:
        code = agencies.top
        return Route(
            code,
            candidates=agencies.candidates(near, code),
            outside=True,
            warning=WARNINGS["outside_province"],
            warning_code="outside_province",
        )
    code = agencies.answering(area.code)
    warning_code = "" if code == desk_code(area.code) else "desk_missing"
    return Route(
        code,
        station_code=agencies.nearest_station(area.code, lon, lat),
        candidates=agencies.candidates(near, code),
        warning=WARNINGS.get(warning_code, ""),
        warning_code=warning_code,
        area_code=area.code,
    )


def _on_earth(lon: float, lat: float) -> bool:
    return math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90


def _radius(accuracy_m: float | None) -> float:
    if accuracy_m is None or not math.isfinite(accuracy_m):
        return BORDER_M
    return min(max(accuracy_m, BORDER_M), MAX_RADIUS_M)


class _Stations:
    """The stations below one desk, as arrays."""

    def __init__(self, rows: list[tuple[str, float, float]]) -> None:
        self.codes = [code for code, _, _ in rows]
        self.points = np.array([(lon, lat) for _, lon, lat in rows])

    def nearest(self, lon: float, lat: float) -> str:
        away = (self.points - (lon, lat)) * metres_per_degree(lat)
        return self.codes[int(np.argmin(np.einsum("ij,ij->i", away, away)))]


class Book:
    """The agencies in service, as routing needs them. Never changed once built."""

    def __init__(self) -> None:
        fields = ("code", "name", "level", "path", "lon", "lat", "is_active")
        self.names: dict[str, str] = {}
        self._paths: dict[str, str] = {}
        stations: dict[str, list[tuple[str, float, float]]] = defaultdict(list)
        shortest: tuple[int, str] | None = None
        for code, name, level, path, lon, lat, active in Agency.objects.order_by("path").values_list(*fields):
            self._paths[code] = path
            if not active:
                continue
            self.names[code] = name
            shortest = min(shortest or (len(path), code), (len(path), code))
            if level == Agency.Level.STATION and lon is not None and lat is not None:
                stations[path.split("/")[-3]].append((code, lon, lat))
        if shortest is None:
            raise NoAgencies
        # Where the province itself is out of service, the highest agency there is.
        self.top = PROVINCE if PROVINCE in self.names else shortest[1]
        self._stations = {code: _Stations(found) for code, found in stations.items()}

    def answering(self, county: str) -> str:
        """The county's desk, or the first one above it that is in service."""
        path = self._paths.get(desk_code(county))
        chain = reversed(path.strip("/").split("/")) if path else answering_chain(county)
        return next((code for code in chain if code in self.names), self.top)

    def nearest_station(self, county: str, lon: float, lat: float) -> str | None:
        """The nearest station of the county, as the crow flies."""
        stations = self._stations.get(desk_code(county))
        return stations.nearest(lon, lat) if stations else None

    def candidates(self, near: list[tuple[Area, float]], answering: str) -> tuple[Candidate, ...]:
        """The desks in service of the areas, without the one that answers."""
        found = ((desk_code(area.code), distance) for area, distance in near)
        return tuple(
            Candidate(code, self.names[code], round(distance, 1))
            for code, distance in found
            if code != answering and code in self.names
        )


@dataclass(frozen=True, slots=True)
class _Kept:
    book: Book
    stamp: tuple[int, int]
    built: float


_lock = threading.Lock()
_kept: _Kept | None = None
_STAMP: Final = "SELECT COUNT(*), SUM(revision) FROM geo_agency"


def book() -> Book:
    """The agencies as this transaction sees them.

    Every write gives a row a new random revision, so one small query tells whether the kept copy is still what the
    database holds: after a change by another process, inside a transaction that has changed something, and after it was
    rolled back.
    """
    global _kept  # noqa: PLW0603  # one per process
    with connection.cursor() as cursor:
        cursor.execute(_STAMP)
        count, total = cursor.fetchone()
    stamp = (int(count), int(total or 0))
    kept = _kept
    if kept is None or kept.stamp != stamp or time.monotonic() - kept.built > MAX_AGE_S:
        with _lock:
            kept = _kept = _Kept(Book(), stamp, time.monotonic())
    return kept.book


def invalidate() -> None:
    """Forget the kept agencies. Needed only after a write that did not touch ``Agency.revision``."""
    global _kept  # noqa: PLW0603  # one per process
    _kept = None
