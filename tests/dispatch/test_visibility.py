"""Who sees what, on every route of the room: a route that is added is covered by itself."""

import re
import uuid
from typing import Any

import pytest

from accounts.models import Role, User
from dispatch import actions
from dispatch.models import Incident, Order
from dispatch.urls import urlpatterns
from tests.dispatch.calls import refused
from tests.dispatch.story import API, Story, accept_form, counts, feedback_form
from tests.personas import CITY, COUNTY, PROVINCE, STATION, client_for

pytestmark = pytest.mark.django_db

METHODS = ("get", "post", "put", "patch", "delete")
# What every form of the room finds its fields in.
BODY = {
    **accept_form(),
    **feedback_form(),
    "reason": "x",
    "ground": "mistaken",
    "approve": True,
    "text": "x",
    "up_to": 1,
    "unit_id": str(uuid.UUID(int=7)),
}


def calls() -> list[tuple[str, str]]:
    """Every method of every route."""
    return [
        (method, str(pattern.pattern))
        for pattern in urlpatterns
        for method in METHODS
        if hasattr(pattern.callback.view_class, method)  # type: ignore[attr-defined]  # set by as_view()
    ]


ALL = calls()
ROWS = [(method, route) for method, route in ALL if "<" in route]
# Deeds: what only reads answers those who see.
DEEDS = [(method, route) for method, route in ROWS if method != "get"]


def called(who: User, method: str, route: str, incident: Any, order: Any) -> Any:
    path = route.replace("<uuid:incident_id>", str(incident)).replace("<uuid:order_id>", str(order))
    assert not re.search(r"[<>]", path), path
    body = {"level": 1} if method == "patch" else BODY
    headers = {"If-Match": "*"} if method == "patch" else {}
    return getattr(client_for(who), method)(f"{API}/{path}", body if method != "get" else None, "json", headers=headers)


def test_there_are_routes() -> None:
    assert len(ALL) > 30
    assert ("post", "incidents/<uuid:incident_id>/claim") in DEEDS


@pytest.mark.parametrize(("method", "route"), ROWS)
@pytest.mark.parametrize("who", ["second_dispatcher", "far_dispatcher", "auditor", "fang"])
def test_what_one_may_not_see_is_not_there(story: Story, who: str, method: str, route: str) -> None:
    order = story.ordered()
    before = counts()
    person = getattr(story.people, who)
    unseen = refused(called(person, method, route, order.incident_id, order.id), 404, "not_found")
    missing = refused(called(person, method, route, uuid.UUID(int=7), uuid.UUID(int=7)), 404, "not_found")
    assert unseen | {"request_id": ""} == missing | {"request_id": ""}
    assert counts() == before


@pytest.mark.parametrize(("method", "route"), ALL)
def test_the_public_is_shown_no_door(story: Story, method: str, route: str) -> None:
    order = story.ordered()
    refused(called(story.people.fang, method, route, order.incident_id, order.id), 404, "not_found")


@pytest.mark.parametrize(("method", "route"), ROWS)
def test_the_province_sees_and_does_nothing(story: Story, method: str, route: str) -> None:
    order = story.ordered()
    before = counts()
    answer = called(story.people.province_dispatcher, method, route, order.incident_id, order.id)
    if method == "get":
        assert answer.status_code == 200, answer.content
    else:
        refused(answer, 403, "forbidden")
    assert counts() == before


@pytest.mark.parametrize(("method", "route"), DEEDS)
def test_a_patrol_does_what_the_unit_does_and_no_more(story: Story, method: str, route: str) -> None:
    order = story.ordered()
    answer = called(story.people.patrol, method, route, order.incident_id, order.id)
    own = {"sign", "depart", "arrive", "done", "feedback", "request-return"}
    if route.startswith("orders") and route.removeprefix("orders/<uuid:order_id>/") in own:
        assert answer.status_code in {200, 201, 409}, answer.content
    else:
        refused(answer, 403, "forbidden")


@pytest.mark.parametrize(("method", "route"), DEEDS)
def test_a_call_taker_takes_calls_and_no_more(story: Story, method: str, route: str) -> None:
    order = story.ordered()
    story.people.supervisor.roles = [Role.CALL_TAKER]
    story.people.supervisor.save()
    answer = called(story.people.supervisor, method, route, order.incident_id, order.id)
    taking = {"claim", "heartbeat", "release", "take-over", "accept", "messages", "messages/read"}
    if route.startswith("incidents") and route.removeprefix("incidents/<uuid:incident_id>/") in taking:
        assert answer.status_code in {200, 201, 409}, answer.content
    else:
        refused(answer, 403, "forbidden")


def test_a_city_sees_its_counties_and_a_station_its_own(story: Story) -> None:
    incident = story.accepted(responsible=STATION)
    other = story.accepted()
    seen = {
        agency: set(Incident.objects.visible_to(desk_of(story, agency)).values_list("id", flat=True))
        for agency in (PROVINCE, CITY, COUNTY, STATION)
    }
    assert seen == {
        PROVINCE: {incident.id, other.id},
        CITY: {incident.id, other.id},
        COUNTY: {incident.id, other.id},
        STATION: {incident.id},
    }


def test_the_system_sees_all_and_a_citizen_nothing(story: Story) -> None:
    order = story.ordered()
    system = User.objects.system()
    assert list(Incident.objects.visible_to(system)) == [order.incident]
    assert list(Order.objects.visible_to(system)) == [order]
    for nobody in (story.people.fang, story.people.auditor):
        assert not Incident.objects.visible_to(nobody).exists()
        assert not Order.objects.visible_to(nobody).exists()


def test_a_citizen_with_staff_s_marks_is_still_none(story: Story) -> None:
    order = story.ordered()
    fang = story.people.fang
    fang.roles, fang.agency_id, fang.unit_id = ["supervisor", "patrol"], PROVINCE, order.unit_id
    fang.save()
    assert not Incident.objects.visible_to(fang).exists()


def test_a_patrol_without_a_unit_sees_nothing(story: Story) -> None:
    story.ordered("120")
    assert story.people.patrol.unit_id is None
    assert not Incident.objects.visible_to(story.people.patrol).exists()
    assert not Order.objects.visible_to(story.people.patrol).exists()


def test_a_patrol_who_also_sits_at_the_desk_sees_both(story: Story) -> None:
    order = story.ordered()
    far = story.people.far_dispatcher
    far.roles, far.unit_id = ["dispatcher", "patrol"], order.unit_id
    far.save()
    assert list(Incident.objects.visible_to(far)) == [order.incident]
    assert actions.sign(far, order_id=order.id).state == "signed"


def desk_of(story: Story, agency: str) -> User:
    user = story.people.second_dispatcher
    user.agency_id = agency
    user.save()
    return User.objects.get(pk=user.pk)
