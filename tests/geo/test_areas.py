"""Which county is a point in, and which are near."""

import math
import threading

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.areas import Area, Index, area_at, areas_near, counties_geojson, index

hebei = st.tuples(st.floats(113.4, 119.9), st.floats(36.0, 42.7))


def on_ellipsoid_m(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """The straight line between two points on the WGS-84 ellipsoid; within 10 km equal to the way on the ground."""

    def xyz(lon: float, lat: float) -> tuple[float, float, float]:
        e2 = 0.00669437999014
        x, y = math.radians(lon), math.radians(lat)
        n = 6378137 / math.sqrt(1 - e2 * math.sin(y) ** 2)
        return n * math.cos(y) * math.cos(x), n * math.cos(y) * math.sin(x), n * (1 - e2) * math.sin(y)

    return math.dist(xyz(lon, lat), xyz(other_lon, other_lat))


def test_it_works() -> None:
    assert area_at(114.548, 38.048) == Area("130102", "长安区")
    assert area_at(116.4, 39.9) is None  # 北京, which Hebei surrounds
    assert area_at(116.8, 39.95) == Area("131082", "三河市")  # the part of Hebei that 北京 and 天津 surround


def test_there_are_167_counties_and_11_cities() -> None:
    assert len(index().areas) == 167
    assert sorted(index().cities) == [f"13{n:02}00" for n in range(1, 12)]
    assert {area.city_code for area in index().areas} == set(index().cities)


@given(hebei)
def test_a_look_up_finds_what_a_plain_search_finds(point: tuple[float, float]) -> None:
    found = [a for a, g in zip(index().areas, index().geometries, strict=True) if g.intersects(shapely.Point(point))]
    assert area_at(*point) == (found[0] if found else None)


def test_a_point_on_a_border_belongs_to_one_county_always_the_same() -> None:
    shared = index().geometry("130102").boundary.intersection(index().geometry("130108").boundary)
    lon, lat = shapely.get_coordinates(shared)[0]
    assert {area_at(lon, lat) for _ in range(5)} == {Area("130102", "长安区")}


@given(hebei, st.floats(1, 10_000))
def test_near_is_what_a_plain_search_finds_and_distances_are_true(point: tuple[float, float], radius: float) -> None:
    near = dict(areas_near(*point, radius))
    for area, geometry in zip(index().areas, index().geometries, strict=True):
        if geometry.intersects(shapely.Point(point)):
            assert near[area] == 0
            continue
        # The nearest point in a plane that is scaled for this latitude; then its true distance.
        scale = math.cos(math.radians(point[1]))
        flat = shapely.transform(geometry, lambda c, s=scale: c * (s, 1))
        foot = shapely.get_coordinates(shapely.shortest_line(shapely.Point(point[0] * scale, point[1]), flat))[1]
        true = on_ellipsoid_m(*point, foot[0] / scale, foot[1])
        if area in near:
            assert near[area] == pytest.approx(true, rel=0.002, abs=0.5)
        else:
            assert true > radius * 0.998
    assert list(near.values()) == sorted(near.values())


@pytest.mark.parametrize("point", [(0.0, 90.0), (180.0, -90.0), (-180.0, 0.0)])
def test_the_ends_of_the_earth_are_near_nothing(point: tuple[float, float]) -> None:
    assert area_at(*point) is None
    assert areas_near(*point, 20_000) == []


def test_threads_may_ask_at_once() -> None:
    """A fresh index, asked by eight threads before anyone else: GEOS must have nothing left to build."""
    fresh = Index()
    wanted = [(g.representative_point().x, g.representative_point().y) for g in fresh.geometries]
    wrong: list[int] = []

    def ask() -> None:
        wrong.extend(n for n, point in enumerate(wanted) if fresh.at(*point) != n)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_the_map_has_every_county_and_the_credit() -> None:
    drawn = counties_geojson()
    assert drawn["attribution"] == "天地图"
    assert len(drawn["features"]) == 167
    first = drawn["features"][0]
    assert first["properties"] == {"code": "130102", "name": "长安区", "city": "130100"}
    assert first["geometry"]["type"] == "MultiPolygon"
