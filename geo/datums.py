"""Coordinate types in use in China, to and from WGS-84. Degrees throughout, longitude first.

- ``wgs84``: what a GPS chip gives.
- ``cgcs2000``: the national geodetic system (EPSG:4490). Its ellipsoid differs from WGS-84's by a tenth of a millimetre
  and its frame by centimetres: at the precision of a phone they are equal, so nothing is done.
- ``gcj02``: what map SDKs in China give (高德, 腾讯): WGS-84 shifted by a smooth function. Over Hebei that is 460 to 620 m
  east (530 in the middle) and -25 to 260 m north (115). By convention there is no shift outside a rectangle around China.
- ``bd09``: 百度's further shift of GCJ-02.

The published formulas lead from WGS-84 to the others. The way back is found by fixed point iteration, which is exact to
the last digits of a float where the published closed forms are metres off.
"""

import math
from collections.abc import Callable
from typing import Final

COORD_TYPES: Final = ("wgs84", "cgcs2000", "gcj02", "bd09")

# The ellipsoid (Krasovsky 1940) in which the shift of GCJ-02 was written down.
_A: Final = 6378245.0
_EE: Final = 0.00669342162296594323
_BD: Final = math.pi * 3000 / 180

# The shifts change by less than 2 % of the way moved, so each round gains almost two digits; ten are enough for all.
_ROUNDS: Final = 20
_CLOSE: Final = 1e-13

Point = tuple[float, float]


def outside_china(lon: float, lat: float) -> bool:
    """Whether a point lies outside the rectangle in which GCJ-02 is shifted."""
    return not (72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271)


def to_wgs84(lon: float, lat: float, coord_type: str) -> Point:
    """A point of any coordinate type as WGS-84. Outside China all types are equal. `ValueError` for an unknown type."""
    if coord_type not in COORD_TYPES:
        raise ValueError(f"unknown coordinate type: {coord_type!r}")
    if coord_type in {"wgs84", "cgcs2000"} or outside_china(lon, lat):
        return lon, lat
    if coord_type == "bd09":
        lon, lat = _inverse(_bd09_from_gcj02, lon, lat)
    return _inverse(_gcj02_from_wgs84, lon, lat)


def from_wgs84(lon: float, lat: float, coord_type: str) -> Point:
    """A WGS-84 point in another coordinate type. Outside China all types are equal. `ValueError` for an unknown type."""
    if coord_type not in COORD_TYPES:
        raise ValueError(f"unknown coordinate type: {coord_type!r}")
    if coord_type in {"wgs84", "cgcs2000"} or outside_china(lon, lat):
        return lon, lat
    lon, lat = _gcj02_from_wgs84(lon, lat)
    return _bd09_from_gcj02(lon, lat) if coord_type == "bd09" else (lon, lat)


def _inverse(forward: Callable[[float, float], Point], lon: float, lat: float) -> Point:
    """The point that ``forward`` shifts to the given one."""
    x, y = lon, lat
    for _ in range(_ROUNDS):
        there_x, there_y = forward(x, y)
        step_x, step_y = lon - there_x, lat - there_y
        x, y = x + step_x, y + step_y
        if abs(step_x) < _CLOSE and abs(step_y) < _CLOSE:
            break
    return x, y


def _gcj02_from_wgs84(lon: float, lat: float) -> Point:
    x, y = lon - 105.0, lat - 35.0
    ripple = (20 * math.sin(6 * x * math.pi) + 20 * math.sin(2 * x * math.pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + ripple
    north += (20 * math.sin(y * math.pi) + 40 * math.sin(y / 3 * math.pi)) * 2 / 3
    north += (160 * math.sin(y / 12 * math.pi) + 320 * math.sin(y / 30 * math.pi)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + ripple
    east += (20 * math.sin(x * math.pi) + 40 * math.sin(x / 3 * math.pi)) * 2 / 3
    east += (150 * math.sin(x / 12 * math.pi) + 300 * math.sin(x / 30 * math.pi)) * 2 / 3
    phi = math.radians(lat)
    w = 1 - _EE * math.sin(phi) ** 2
    meridian = _A * (1 - _EE) / (w * math.sqrt(w))
    parallel = _A / math.sqrt(w) * math.cos(phi)
    return lon + math.degrees(east / parallel), lat + math.degrees(north / meridian)


def _bd09_from_gcj02(lon: float, lat: float) -> Point:
    radius = math.hypot(lon, lat) + 0.00002 * math.sin(lat * _BD)
    angle = math.atan2(lat, lon) + 0.000003 * math.cos(lon * _BD)
    return radius * math.cos(angle) + 0.0065, radius * math.sin(angle) + 0.006
