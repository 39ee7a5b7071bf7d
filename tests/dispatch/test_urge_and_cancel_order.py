"""POST /orders/{id}/urge and /cancel."""

import pytest

from dispatch.models import Incident, Unit
from journal import streams
from tests.dispatch.calls import call, refused
from tests.dispatch.story import Story, said

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", ["issued", "signed", "en_route", "on_scene", "done"])
def test_urging_works(story: Story, state: str) -> None:
    order = story.brought_to(state)
    for count in (1, 2):
        answer = call(story.people.dispatcher, order, "urge")
        assert (answer.status_code, answer.json()["urge_count"], answer.json()["state"]) == (200, count, state)
    assert streams.read(order.unit.stream, after=0)[-1].data["count"] == 2


def test_nothing_is_left_to_urge(story: Story) -> None:
    refused(call(story.people.dispatcher, story.brought_to("fed_back"), "urge"), 409, "order_is_over")


def test_a_unit_does_not_urge_itself(story: Story) -> None:
    refused(call(story.people.patrol, story.ordered(), "urge"), 403, "forbidden")


@pytest.mark.parametrize("state", ["issued", "signed", "en_route"])
def test_cancelling_works(story: Story, state: str) -> None:
    order = story.brought_to(state)
    answer = call(story.people.dispatcher, order, "cancel", {"reason": "误派"})
    body = answer.json()
    assert (body["state"], body["cancel_reason"], body["incident"]["state"]) == ("cancelled", "误派", "accepted")
    assert Unit.objects.get().status == "available"
    assert "order.cancelled" in said(order.unit.stream)


@pytest.mark.parametrize("state", ["on_scene", "done", "fed_back"])
def test_too_late_to_call_off(story: Story, state: str) -> None:
    order = story.brought_to(state)
    refused(call(story.people.dispatcher, order, "cancel", {"reason": "x"}), 409, "illegal_transition")


def test_calling_off_needs_a_reason(story: Story) -> None:
    refused(call(story.people.dispatcher, story.ordered(), "cancel", {"reason": "  "}), 400, "invalid", "reason")


def test_a_unit_does_not_cancel_its_order(story: Story) -> None:
    refused(call(story.people.patrol, story.ordered(), "cancel", {"reason": "x"}), 403, "forbidden")


def test_the_incident_stays_where_the_others_are(story: Story) -> None:
    first = story.brought_to("en_route")
    second = story.ordered("120", first.incident)
    call(story.people.dispatcher, second, "cancel", {"reason": "x"})
    assert Incident.objects.get().state == "responding"
