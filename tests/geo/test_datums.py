"""Coordinate types to WGS-84 and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.datums import COORD_TYPES, from_wgs84, outside_china, to_wgs84
from geo.distance import haversine_m

SHIFTED = ["gcj02", "bd09"]

# A degree inside the rectangle, so that a shifted point is still in it.
china = st.tuples(st.floats(73.1, 136.8), st.floats(1.9, 54.8))
hebei = st.tuples(st.floats(113.4, 119.9), st.floats(36.0, 42.7))
anywhere = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


def test_it_works() -> None:
    # Pairs that the widely used conversion libraries publish in their manuals.
    assert from_wgs84(116.404, 39.915, "gcj02") == pytest.approx((116.41024449916938, 39.91640428150164), abs=1e-12)
    wgs = to_wgs84(116.404, 39.915, "gcj02")
    assert from_wgs84(*wgs, "bd09") == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-12)
    assert to_wgs84(116.41036949371029, 39.92133699351021, "bd09") == pytest.approx(wgs, abs=1e-11)


@given(china, st.sampled_from(COORD_TYPES))
def test_there_and_back_is_below_a_millimetre(point: tuple[float, float], coord_type: str) -> None:
    back = to_wgs84(*from_wgs84(*point, coord_type), coord_type)
    assert haversine_m(*point, *back) < 0.0005
    forth = from_wgs84(*to_wgs84(*point, coord_type), coord_type)
    assert haversine_m(*point, *forth) < 0.0005


@given(hebei)
def test_the_shift_in_hebei_is_half_a_kilometre_to_the_east(point: tuple[float, float]) -> None:
    lon, lat = from_wgs84(*point, "gcj02")
    assert lon > point[0]
    assert 450 < haversine_m(*point, lon, point[1]) < 630
    north = haversine_m(*point, point[0], lat)
    assert north < (275 if lat > point[1] else 35)


@given(china, st.sampled_from(SHIFTED), st.floats(-1e-5, 1e-5), st.floats(-1e-5, 1e-5))
def test_near_points_stay_near(point: tuple[float, float], coord_type: str, dx: float, dy: float) -> None:
    near = (point[0] + dx, point[1] + dy)
    for move in (to_wgs84, from_wgs84):
        moved, moved_near = move(*point, coord_type), move(*near, coord_type)
        assert haversine_m(*moved, *moved_near) <= 1.1 * haversine_m(*point, *near) + 0.001


@given(anywhere.filter(lambda p: outside_china(*p)), st.sampled_from(COORD_TYPES))
def test_outside_china_all_types_are_equal(point: tuple[float, float], coord_type: str) -> None:
    assert to_wgs84(*point, coord_type) == point
    assert from_wgs84(*point, coord_type) == point


@given(anywhere)
def test_cgcs2000_is_wgs84(point: tuple[float, float]) -> None:
    assert to_wgs84(*point, "cgcs2000") == to_wgs84(*point, "wgs84") == point


@pytest.mark.parametrize("coord_type", ["", "WGS84", "utm"])
def test_an_unknown_type_is_an_error(coord_type: str) -> None:
    with pytest.raises(ValueError, match="unknown coordinate type"):
        to_wgs84(114.5, 38.0, coord_type)
    with pytest.raises(ValueError, match="unknown coordinate type"):
        from_wgs84(114.5, 38.0, coord_type)
