"""The sandbox's units: a car at every station, and two more units at every county's desk."""

from datetime import timedelta

import pytest

from dispatch.models import Unit
from dispatch.states import UnitStatus
from foundation import clock
from geo.models import Agency
from sandbox import units
from tests.personas import CITY, COUNTY, make_agencies

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def agencies() -> None:
    make_agencies()


def stations_of_county() -> list[Agency]:
    return list(Agency.objects.filter(level=Agency.Level.STATION, parent_id=COUNTY).order_by("code"))


def test_it_works() -> None:
    crews = units.ensure()
    stations = stations_of_county()
    assert len(crews[COUNTY]) == len(stations) + 2
    assert crews[COUNTY][0].call_sign == "长安01"
    car, base = Unit.objects.get(call_sign="长安01"), stations[0]
    assert (car.base, car.agency_id, car.kind, car.status) == (base, COUNTY, "car", UnitStatus.AVAILABLE)
    assert (car.lon, car.lat) == (base.lon, base.lat)
    assert car.position_at is not None
    assert CITY not in crews


def test_again_makes_none() -> None:
    first, again = units.ensure(), units.ensure()
    assert [unit.pk for unit in first[COUNTY]] == [unit.pk for unit in again[COUNTY]]
    assert Unit.objects.count() == sum(len(crew) for crew in first.values())


def test_what_a_unit_does_is_left_alone() -> None:
    units.ensure()
    long_ago = clock.now() - timedelta(hours=3)
    Unit.objects.filter(call_sign="长安01").update(status=UnitStatus.ON_SCENE, lon=114.6, position_at=long_ago)
    units.ensure()
    car = Unit.objects.get(call_sign="长安01")
    assert (car.status, car.lon, car.position_at) == (UnitStatus.ON_SCENE, 114.6, long_ago)


def test_a_unit_at_its_base_is_there_now() -> None:
    units.ensure()
    Unit.objects.update(position_at=clock.now() - timedelta(days=3))
    units.ensure()
    assert not Unit.objects.filter(position_at__lt=clock.now() - timedelta(minutes=1)).exists()


def test_an_agency_without_a_place_has_units_without_one() -> None:
    Agency.objects.filter(pk=stations_of_county()[0].pk).update(lon=None, lat=None)
    units.ensure()
    assert Unit.objects.get(call_sign="长安01").position_at is None
