"""GET /orders, GET /orders/{id}, GET /units."""

import uuid
from typing import Any

import pytest

from dispatch.models import Unit
from geo.models import Agency
from journal import streams
from tests.dispatch.calls import address, refused
from tests.dispatch.story import API, Story
from tests.personas import CITY, COUNTY, SECOND_COUNTY, STATION, client_for

pytestmark = pytest.mark.django_db


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_the_orders_of_a_unit(story: Story) -> None:
    first = story.brought_to("signed")
    second = story.ordered("120")
    desk, patrol = client_for(story.people.dispatcher), client_for(story.people.patrol)
    assert ids(desk.get(f"{API}/orders")) == [str(second.id), str(first.id)]
    assert ids(desk.get(f"{API}/orders", {"unit": str(first.unit_id)})) == [str(first.id)]
    assert ids(desk.get(f"{API}/orders", {"state": "issued"})) == [str(second.id)]
    assert ids(desk.get(f"{API}/orders", {"unit": str(uuid.uuid4())})) == []
    assert ids(patrol.get(f"{API}/orders")) == [str(first.id)]
    assert ids(client_for(story.people.far_dispatcher).get(f"{API}/orders")) == []
    assert ids(client_for(story.people.province_dispatcher).get(f"{API}/orders", {"state": "issued,signed"})) == [
        str(second.id),
        str(first.id),
    ]


@pytest.mark.parametrize(("name", "value"), [("unit", "x"), ("unit", "\x00"), ("state", "lost"), ("state", "\x00")])
def test_a_wrong_filter_is_named(story: Story, name: str, value: str) -> None:
    refused(client_for(story.people.dispatcher).get(f"{API}/orders", {name: value}), 400, "invalid", name)


def test_one_order(story: Story) -> None:
    order = story.brought_to("signed")
    answer = client_for(story.people.patrol).get(address(order))
    assert answer["ETag"] == '"2"'
    assert answer.json()["stream"] == streams.head_of(order.unit.stream).as_json()
    assert answer.json()["incident"]["class_name"] == "殴打他人"
    refused(client_for(story.people.far_dispatcher).get(address(order)), 404, "not_found")


def test_the_units_of_the_agency_and_below(story: Story) -> None:
    own, far = story.unit(), story.unit("119", SECOND_COUNTY)
    below = Unit.objects.create(call_sign="建北 1", agency=Agency.objects.get(pk=STATION), status="busy")
    desk, city = client_for(story.people.dispatcher), client_for(story.people.city_dispatcher)
    answer = desk.get(f"{API}/units")
    assert ids(answer) == [str(below.id), str(own.id)]
    seen = answer.json()["results"][1]
    assert (seen["call_sign"], seen["agency"]["code"], seen["base"], seen["position_at"]) == ("110", COUNTY, None, None)
    assert ids(city.get(f"{API}/units", {"agency": SECOND_COUNTY})) == [str(far.id)]
    assert len(ids(city.get(f"{API}/units", {"agency": CITY}))) == 3
    assert ids(desk.get(f"{API}/units", {"status": "busy,off_duty"})) == [str(below.id)]
    assert ids(client_for(story.people.patrol).get(f"{API}/units")) == [str(own.id)]
    assert ids(client_for(story.people.auditor).get(f"{API}/units")) == []


@pytest.mark.parametrize(("name", "value"), [("agency", "1"), ("agency", "\x00"), ("status", "asleep")])
def test_a_wrong_unit_filter_is_named(story: Story, name: str, value: str) -> None:
    refused(client_for(story.people.dispatcher).get(f"{API}/units", {name: value}), 400, "invalid", name)
