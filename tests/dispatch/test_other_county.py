"""Another county's dispatcher, and whoever else may not see it: 404 at every address of an incident or an order."""

import json
import uuid
from typing import Any

import pytest

from dispatch.models import Order
from tests.architecture.routes import ROUTES
from tests.dispatch.story import API, Story
from tests.personas import client_for

pytestmark = pytest.mark.django_db

# Addresses of the room with a row's id in them, from the list of all routes: a new one is tested without being named here.
ADDRESSES = sorted(
    (method, route)
    for route, methods in ROUTES.items()
    if route.startswith(("incidents/<", "orders/<"))
    for method in methods
)
BODIES: list[Any] = [{}, {"reason": "x", "approve": True}, {"class_code": 7}, []]


@pytest.mark.parametrize(("method", "route"), ADDRESSES)
def test_it_works(story: Story, method: str, route: str) -> None:
    """Whatever is sent along: what is wrong with a form is said to those who may see the row."""
    order = story.brought_to("issued")
    url = _url(route, order)
    people = story.people
    for other in (people.second_dispatcher, people.far_dispatcher, people.auditor, people.fang, people.wei):
        client = client_for(other)
        for body in BODIES:
            answer = client.generic(method, url, json.dumps(body), content_type="application/json")
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (other, body, answer.content)


def test_a_patrol_of_another_unit(story: Story) -> None:
    """It sees neither the order nor the incident, though it is of the same county."""
    order = story.brought_to("issued", "120")
    story.unit("110")  # the patrol's own
    client = client_for(story.people.patrol)
    for method, route in ADDRESSES:
        url = _url(route, order)
        assert client.generic(method, url, "{}", content_type="application/json").status_code == 404, (method, url)


def _url(route: str, order: Order) -> str:
    ids: dict[str, uuid.UUID] = {"<uuid:incident_id>": order.incident_id, "<uuid:order_id>": order.id}
    for name, value in ids.items():
        route = route.replace(name, str(value))
    return f"{API}/{route}"
