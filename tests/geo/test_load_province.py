"""The agencies of Hebei come into the database, and a second run changes nothing."""

import time
from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.areas import area_at, index
from geo.distance import haversine_m
from geo.models import Agency
from geo.placing import middle_of
from geo.province import load, plan
from geo.routing import route
from geo.townships import townships
from geo.tree import ZONES

pytestmark = pytest.mark.django_db


def test_it_works() -> None:
    done = load()
    assert done.levels == {"province": 1, "city": 12, "county": 190, "station": 2302}
    assert (done.created, done.changed, done.unchanged) == (2505, 0, 0)
    assert Agency.objects.count() == 2505
    for agency in Agency.objects.select_related("parent"):
        assert agency.path == (agency.parent.path if agency.parent else "/") + f"{agency.code}/"
        assert len(agency.code) == 12
        assert agency.area_code == agency.code[:6]
        assert agency.position_synthetic


def test_a_second_run_changes_nothing_and_is_fast() -> None:
    load()
    revisions = dict(Agency.objects.values_list("code", "revision"))
    begun = time.perf_counter()
    with CaptureQueriesContext(connection) as captured:
        done = load()
    # A tenth of a second where nothing else runs; the rest is margin for a busy machine.
    assert time.perf_counter() - begun < 5
    assert (done.created, done.changed, done.unchanged) == (0, 0, 2505)
    assert dict(Agency.objects.values_list("code", "revision")) == revisions
    assert len([query for query in captured if "SAVEPOINT" not in query["sql"]]) == 1


def test_what_was_changed_is_corrected_but_not_what_is_the_operators() -> None:
    load(["130102"])
    Agency.objects.filter(code="130102001000").update(name="?", parent_id="130000000000")
    Agency.objects.filter(code="130102002000").update(is_active=False)
    Agency.objects.filter(code="130102003000").update(lon=114.5, lat=38.05, position_synthetic=False)
    Agency.objects.create(code="130102W01000", name="城区警务站", level="base", path="/x/", area_code="130102")
    done = load(["130102"])
    assert (done.created, done.changed) == (0, 1)
    assert Agency.objects.get(code="130102001000").name == "建北派出所"
    assert not Agency.objects.get(code="130102002000").is_active
    surveyed = Agency.objects.get(code="130102003000")
    assert (surveyed.lon, surveyed.position_synthetic) == (114.5, False)
    assert Agency.objects.filter(level="base").count() == 1


def test_the_tree() -> None:
    parents = {agency.code: agency.parent_id for agency in plan()}
    assert parents["130102000000"] == "130100000000"
    assert parents["133100000000"] == "130000000000"
    assert {parents[f"{code}000000"] for code in ("130629", "130632", "130638")} == {"133100000000"}
    assert {parents[f"{code}000000"] for code in ("130181", "130682")} == {"130000000000"}
    assert {parents[f"{code}000000"] for code in ZONES} <= {f"13{n:02}00000000" for n in range(1, 12)}
    assert parents["130171010000"] == "130171000000"


def test_names_are_unique_below_each_agency_and_among_desks() -> None:
    rows = list(plan())
    assert max(Counter((row.parent_id, row.name) for row in rows).values()) == 1
    assert max(Counter(row.name for row in rows if row.level != "station").values()) == 1
    names = {row.code: row.name for row in rows}
    assert names["130102000000"] == "长安分局指挥中心"
    assert names["130104000000"] == "石家庄桥西分局指挥中心"
    assert names["130703000000"] == "张家口桥西分局指挥中心"
    assert names["130123000000"] == "正定县公安局指挥中心"
    assert names["130107000000"] == "井陉矿区分局指挥中心"
    assert names["130271000000"] == "唐山芦台经济开发区分局指挥中心"
    assert names["130102001000"] == "建北派出所"
    assert names["130102100000"] == "西兆通派出所"
    assert names["130973206000"] == "新村派出所"  # 新村回族乡
    assert names["130981100000"] == "泊镇派出所"
    assert "派出所" not in names.values()


def test_each_station_lies_inside_its_county_and_streets_nearer_the_middle() -> None:
    load()
    around: dict[str, list[tuple[float, bool]]] = {}
    places = set()
    for row in Agency.objects.filter(level="station"):
        county = ZONES.get(row.area_code, row.area_code)
        assert row.lon is not None
        assert row.lat is not None
        area = area_at(row.lon, row.lat)
        assert area is not None
        assert area.code == county
        places.add((row.lon, row.lat))
        street = row.area_kind == "urban"
        around.setdefault(county, []).append((haversine_m(row.lon, row.lat, *middle_of(county)), street))
    assert len(places) == 2302
    assert set(around) == set(index().by_code)
    for found in around.values():
        streets, others = [d for d, s in found if s], [d for d, s in found if not s]
        assert not streets or not others or max(streets) <= min(others) * 1.03  # ordered on a plane


def test_a_part_is_the_same_as_in_the_whole() -> None:
    whole = {a.code: (a.name, a.path, a.lon, a.lat, a.area_kind) for a in plan()}
    part = list(plan({"130102", "130171", "130629"}))
    assert {a.code: whole[a.code] for a in part} == {a.code: (a.name, a.path, a.lon, a.lat, a.area_kind) for a in part}
    assert {a.code for a in part if a.level == "city"} == {"130100000000", "133100000000"}
    assert {a.area_code for a in part if a.level == "station"} == {"130102", "130171", "130629"}


def test_every_township_has_a_station_and_industrial_parks_have_none() -> None:
    codes = {row.code for row in plan() if row.level == "station"}
    assert {f"{row.code}000" for row in townships() if row.kind != "other"} <= codes
    assert len([row for row in townships() if row.kind == "other" and row.has_station]) == 45
    assert "131182400000" not in codes  # a prison


def test_a_point_in_xiongan_goes_to_the_county_whose_parent_is_the_new_area() -> None:
    load()
    lon, lat = middle_of("130629")
    desk = Agency.objects.get(code=route(lon, lat).agency_code)
    assert (desk.code, desk.parent_id) == ("130629000000", "133100000000")


@pytest.fixture
def _province(db: None) -> None:
    load()


@pytest.mark.usefixtures("_province")
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(113.4, 119.9), st.floats(36.0, 42.7), st.none() | st.floats(allow_nan=True))
def test_every_point_goes_to_somebody(lon: float, lat: float, accuracy: float | None) -> None:
    found = route(lon, lat, accuracy)
    area = area_at(lon, lat)
    assert found.agency_code == (f"{area.code}000000" if area else "130000000000")
    assert found.outside is (area is None)
    assert bool(found.warning) is found.outside
    if area:
        assert found.station_code is not None
        assert found.station_code.startswith(area.code)
    assert found.agency_code not in [c.agency_code for c in found.candidates]
    assert [c.distance_m for c in found.candidates] == sorted(c.distance_m for c in found.candidates)


def test_a_county_that_hebei_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="110101"):
        load(["110101"])
    with pytest.raises(CommandError, match="110101"):
        call_command("load_province", "--county", "110101")
    assert not Agency.objects.exists()


def test_the_command_says_what_it_did() -> None:
    out = StringIO()
    call_command("load_province", "--county", "130102", stdout=out)
    assert "派出所 16" in out.getvalue()
    assert "created 19, changed 0, unchanged 0" in out.getvalue()
    call_command("load_province", "--county", "130102", stdout=out)
    assert "created 0, changed 0, unchanged 19" in out.getvalue()
