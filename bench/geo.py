"""How long a look-up takes, against a plain search over all counties in the same run: ``python -m bench.geo``.

Both are asked the same random points in and around Hebei and must give the same answers. `route` needs agencies: it runs
on an SQLite database that is made here and goes afterwards.
"""

import os
import random
import tempfile
import time
from collections.abc import Callable
from typing import Any

POINTS = 5_000
PLAIN = 200  # the plain search is slow: fewer points must do
SEED = 110


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="police110-bench-") as data:
        os.environ.update(DATA=data, SANDBOX="1", DJANGO_SETTINGS_MODULE="police110.settings", LOG_LEVEL="WARNING")
        os.environ.pop("DATABASE_URL", None)
        import django  # noqa: PLC0415  # the environment must be set first

        django.setup()
        measure()


def measure() -> None:
    """Time the look-ups; Django is set up."""
    from django.core.management import call_command  # noqa: PLC0415  # as above

    from geo import areas, province, routing  # noqa: PLC0415  # as above

    begun = time.perf_counter()
    areas.index()
    print(f"index of 167 counties built in {(time.perf_counter() - begun) * 1000:.0f} ms")
    call_command("migrate", "geo", verbosity=0)
    for run in ("first", "second"):
        begun = time.perf_counter()
        done = province.load()
        print(f"{run} load of {sum(done.levels.values())} agencies: {(time.perf_counter() - begun) * 1000:.0f} ms")

    rng = random.Random(SEED)
    points = [(rng.uniform(113.4, 119.9), rng.uniform(36.0, 42.7)) for _ in range(POINTS)]
    plain_area = plain_area_at(areas)
    plain_route = plain_route_of(areas)
    same_area = all(areas.area_at(*p) == plain_area(*p) for p in points[:PLAIN])
    same_route = all(short(routing.route(*p)) == plain_route(*p) for p in points[:PLAIN])
    if not (same_area and same_route):
        raise SystemExit("the quick and the plain look-up do not agree")
    kept = routing.book()

    def without_query(lon: float, lat: float) -> object:
        return routing.route_by(kept, lon, lat)

    rows: list[tuple[str, Callable[..., Any], Callable[..., Any]]] = [
        ("area_at", areas.area_at, plain_area),
        ("route, without the query for the revision", without_query, plain_route),
        ("route", routing.route, plain_route),
    ]
    print(f"{'per look-up':<45}{'ours':>10}{'plain':>12}{'ratio':>9}")
    for name, ours, plain in rows:
        quick, slow = microseconds(ours, points), microseconds(plain, points[:PLAIN])
        print(f"{name:<45}{quick:>7.1f} us{slow:>9.0f} us{slow / quick:>8.0f}x")


def short(route: Any) -> tuple[str, str, list[str]] | None:
    """What the plain search gives of a route."""
    if route.outside:
        return None
    return route.area_code, route.station_code, [candidate.agency_code[:6] for candidate in route.candidates]


def microseconds(look_up: Callable[..., Any], points: list[tuple[float, float]]) -> float:
    """The mean time of one look-up."""
    begun = time.perf_counter()
    for lon, lat in points:
        look_up(lon, lat)
    return (time.perf_counter() - begun) / len(points) * 1e6


def plain_area_at(areas: Any) -> Callable[[float, float], Any]:
    """Ask every county in turn, unprepared, as one would write it first."""
    import shapely  # noqa: PLC0415  # as above

    both = areas.index().areas, areas.index().geometries
    counties = [(area, shapely.from_wkb(shapely.to_wkb(g))) for area, g in zip(*both, strict=True)]

    def look_up(lon: float, lat: float) -> Any:
        point = shapely.Point(lon, lat)
        return next((area for area, geometry in counties if geometry.intersects(point)), None)

    return look_up


def plain_route_of(areas: Any) -> Callable[[float, float], tuple[str, str, list[str]] | None]:
    """The same answer by plain means: every county's distance in turn, then the rows of the stations one by one."""
    import shapely  # noqa: PLC0415  # as above

    from geo.distance import haversine_m, metres_per_degree  # noqa: PLC0415  # as above
    from geo.models import Agency  # noqa: PLC0415  # as above
    from geo.routing import BORDER_M  # noqa: PLC0415  # as above

    counties = list(zip(areas.index().areas, areas.index().geometries, strict=True))

    def look_up(lon: float, lat: float) -> tuple[str, str, list[str]] | None:
        east, north = metres_per_degree(lat)
        flat = [(shapely.transform(g, lambda c: (c - (lon, lat)) * (east, north)), area) for area, g in counties]
        away = [(shapely.distance(geometry, shapely.Point(0, 0)), area.code) for geometry, area in flat]
        near = [code for distance, code in sorted(away) if distance <= BORDER_M]
        area = next((code for distance, code in away if distance == 0), None)
        if area is None:
            return None
        stations = Agency.objects.filter(parent_id=f"{area}000000", level="station")
        nearest = min(stations, key=lambda row: haversine_m(lon, lat, row.lon or 0, row.lat or 0))
        return area, nearest.code, [code for code in near if code != area]

    return look_up


if __name__ == "__main__":
    main()
