"""Who answers for a place."""

import math

import pytest
from django.db import transaction

from geo import routing
from geo.distance import haversine_m
from geo.errors import NoAgencies
from geo.models import Agency
from geo.routing import route
from tests.personas import (
    CITY,
    COUNTY,
    FAR_COUNTY,
    PROVINCE,
    SECOND_COUNTY,
    People,
)

pytestmark = pytest.mark.django_db

HERE = (114.548, 38.048)  # well inside 长安区, as `IN_COUNTY`


def nearest_station(lon: float, lat: float, county: str = "130102") -> str:
    """What a plain search over the rows finds."""
    rows = Agency.objects.filter(level="station", area_code=county)
    return min(rows, key=lambda row: haversine_m(lon, lat, row.lon or 0, row.lat or 0)).code


def new_station(lon: float, lat: float) -> Agency:
    """One more station of 长安区."""
    code = "130102999000"
    path = f"/{PROVINCE}/{CITY}/{COUNTY}/{code}/"
    return Agency.objects.create(
        code=code, name="新建派出所", level="station", parent_id=COUNTY, path=path, area_code="130102", lon=lon, lat=lat
    )


def test_it_works(people: People) -> None:
    found = route(*HERE, 15)
    assert (found.agency_code, found.area_code) == (COUNTY, "130102")
    assert found.station_code == nearest_station(*HERE)
    assert not found.outside
    assert not found.warning
    assert route(114.462, 38.005).agency_code == SECOND_COUNTY


def test_every_station_is_the_nearest_where_it_stands(people: People) -> None:
    for station in Agency.objects.filter(level="station"):
        found = route(station.lon, station.lat)
        assert (found.agency_code, found.station_code) == (station.parent_id, station.code)


def test_near_a_border_the_neighbours_are_candidates(people: People) -> None:
    # 1.4 km from 桥西区, 2.9 km from 新华区 (which has no desk in the personas' province).
    assert [c.agency_code for c in route(114.52, 38.048).candidates] == [SECOND_COUNTY]
    candidate = route(114.52, 38.048).candidates[0]
    assert candidate.name
    assert 1300 < candidate.distance_m < 1500
    assert route(*HERE).candidates == ()
    assert [c.agency_code for c in route(*HERE, 10_000).candidates] == [SECOND_COUNTY]


def test_an_absurd_accuracy_does_not_make_the_whole_province_a_candidate(people: People) -> None:
    for accuracy in (math.inf, math.nan, 1e300, -5.0):
        assert FAR_COUNTY not in [c.agency_code for c in route(*HERE, accuracy).candidates]


@pytest.mark.parametrize(("lon", "lat"), [(116.4, 39.9), (0, 0), (180, -90), (122.0, 39.0), (-74.0, 40.7)])
def test_outside_the_province_the_province_answers_with_a_warning(people: People, lon: float, lat: float) -> None:
    found = route(lon, lat)
    assert (found.agency_code, found.station_code, found.outside) == (PROVINCE, None, True)
    assert found.warning_code == "outside_province"
    assert found.warning


@pytest.mark.parametrize(
    ("lon", "lat"), [(None, None), (114.5, None), (math.nan, 38.0), (114.5, math.inf), (500.0, 38.0)]
)
def test_without_a_usable_position_the_province_answers(people: People, lon: float | None, lat: float | None) -> None:
    found = route(lon, lat)
    assert (found.agency_code, found.outside, found.warning_code) == (PROVINCE, True, "no_position")


def test_a_desk_out_of_service_is_answered_for_by_the_one_above(people: People) -> None:
    assert route(*HERE).agency_code == COUNTY
    Agency.objects.filter(code=COUNTY).update(is_active=False)
    found = route(*HERE)
    assert (found.agency_code, found.warning_code) == (CITY, "desk_missing")
    city = Agency.objects.get(code=CITY)
    city.is_active = False
    city.save()
    assert route(*HERE).agency_code == PROVINCE


def test_a_desk_that_does_not_exist_is_answered_for_by_the_one_above(people: People) -> None:
    assert route(114.57, 38.15).area_code == "130123"
    assert route(114.57, 38.15).agency_code == CITY  # 正定 is not among the personas' agencies
    assert route(118.18, 39.63).agency_code == PROVINCE  # nor is 唐山


def test_without_the_province_the_highest_agency_answers(people: People) -> None:
    Agency.objects.filter(code=PROVINCE).update(is_active=False)
    assert route(None, None).agency_code == CITY


def test_an_empty_table_is_an_error_that_says_what_to_do(db: None) -> None:
    with pytest.raises(NoAgencies, match="load_province"):
        route(*HERE)


def test_a_change_is_seen_at_once_and_a_rollback_too(people: People) -> None:
    def desk() -> str:
        return route(*HERE).agency_code

    assert desk() == COUNTY
    with transaction.atomic():
        Agency.objects.filter(code=COUNTY).update(is_active=False)
        assert desk() == CITY
        transaction.set_rollback(True)
    assert desk() == COUNTY
    before = route(*HERE).station_code
    nearer = new_station(*HERE)
    assert route(*HERE).station_code == nearer.code
    nearer.delete()
    assert route(*HERE).station_code == before


@pytest.mark.parametrize("near", [True, False])
def test_what_one_test_left_is_not_seen_by_the_next(people: People, near: bool) -> None:
    """Both runs make a station with the same code; each must see its own."""
    new_station(*(HERE if near else (114.6, 38.1)))
    assert (route(*HERE).station_code == "130102999000") is near


def test_a_write_that_forgot_the_revision_is_seen_when_the_copy_is_old(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert route(*HERE).agency_code == COUNTY
    desk = Agency.objects.get(code=COUNTY)
    desk.is_active = False
    desk.save(update_fields=["is_active"])
    assert route(*HERE).agency_code == COUNTY
    monkeypatch.setattr(routing, "MAX_AGE_S", 0.0)
    assert route(*HERE).agency_code == CITY


def test_routing_costs_one_query(people: People, django_assert_num_queries: pytest.FixtureRequest) -> None:
    route(*HERE)
    with django_assert_num_queries(1):  # type: ignore[operator]  # pytest-django's fixture is a function
        route(*HERE, 500)
