"""Distances on the ground, in metres, between WGS-84 points in degrees."""

import math
from typing import Final

EARTH_RADIUS_M: Final = 6371008.8  # mean radius, IUGG


def haversine_m(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """The great-circle distance; at most 0.4 % off the ellipsoid's in Hebei."""
    phi, other_phi = math.radians(lat), math.radians(other_lat)
    half_lat = math.sin((other_phi - phi) / 2)
    half_lon = math.sin(math.radians(other_lon - lon) / 2)
    a = half_lat * half_lat + math.cos(phi) * math.cos(other_phi) * half_lon * half_lon
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(a)))


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Metres per degree of longitude and of latitude at a latitude, on the WGS-84 ellipsoid.

    Good for flat geometry around a point: less than 0.2 % off at 10 km in Hebei.
    """
    phi = math.radians(lat)
    east = 111412.84 * math.cos(phi) - 93.5 * math.cos(3 * phi) + 0.118 * math.cos(5 * phi)
    north = 111132.92 - 559.82 * math.cos(2 * phi) + 1.175 * math.cos(4 * phi)
    return east, north
