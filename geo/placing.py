"""Made-up positions of desks and stations: there are no free real ones, so these are plausible and always the same.

The stations of a county, and of the zones that lie in it, are spread evenly over its area, a little inside the border;
streets get the places nearest to the middle, then towns, then the rest.
"""

import functools
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.areas import index
from geo.townships import Township, townships

Point = tuple[float, float]

_ORDER: Final = {"street": 0, "town": 1, "township": 2, "other": 3}
_INSET_DEG: Final = 0.002  # about 200 m
_DECIMALS: Final = 6
# Steps of the R2 sequence (Roberts 2018), which fills the unit square evenly at every length.
_STEPS: Final = np.array((0.7548776662466927, 0.5698402909980532))


@functools.cache
def middle_of(county: str) -> Point:
    """The middle of a county with a boundary: its centroid, or a point inside where that lies outside."""
    geometry = index().geometry(county)
    middle = geometry.centroid
    if not geometry.contains(middle):
        middle = geometry.representative_point()
    return round(middle.x, _DECIMALS), round(middle.y, _DECIMALS)


def station_points(county: str) -> dict[str, Point]:
    """The position of each station inside a county's boundary, by township code. Does not depend on what is loaded."""
    here = sorted(_townships_around().get(county, ()), key=lambda row: (_ORDER[row.kind], row.code))
    points = _spread(index().geometry(county), len(here))
    away = np.hypot(
        *((points - middle_of(county)).T * np.array((0.78, 1.0))[:, None])
    )  # 0.78: cosine of Hebei's latitude
    nearest_first = points[np.argsort(away, kind="stable")]
    return {row.code: (float(x), float(y)) for row, (x, y) in zip(here, nearest_first, strict=True)}


@functools.cache
def _townships_around() -> dict[str, list[Township]]:
    found: dict[str, list[Township]] = {}
    for row in townships():
        if row.has_station:
            found.setdefault(row.around, []).append(row)
    return found


def _spread(geometry: shapely.MultiPolygon, count: int) -> NDArray[np.float64]:
    """``count`` points inside the geometry, evenly spread."""
    inner = geometry.buffer(-_INSET_DEG)
    area = geometry if inner.is_empty else inner
    shapely.prepare(area)
    west, south, east, north = area.bounds
    tries = 8 * count + 64
    while True:
        unit = (0.5 + np.arange(tries)[:, None] * _STEPS) % 1.0
        points = np.round((west, south) + unit * (east - west, north - south), _DECIMALS)
        inside: NDArray[np.float64] = points[shapely.contains_xy(area, points)]
        if len(inside) >= count:
            return inside[:count]
        tries *= 4
