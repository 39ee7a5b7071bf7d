"""POST /orders/{id}/request-return and /review-return."""

import pytest

from dispatch.models import Incident, Unit
from tests.dispatch.calls import call, refused
from tests.dispatch.story import Story, said

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", ["issued", "signed", "en_route"])
def test_it_works(story: Story, state: str) -> None:
    order = story.brought_to(state)
    asked = call(story.people.patrol, order, "request-return", {"reason": "车辆故障"})
    assert (asked.status_code, asked.json()["state"], asked.json()["return_reason"]) == (
        200,
        "return_requested",
        "车辆故障",
    )
    assert asked.json()["incident"]["state"] == {"issued": "dispatched"}.get(state, "responding")
    answer = call(story.people.dispatcher, order, "review-return", {"approve": True})
    assert (answer.json()["state"], answer.json()["incident"]["state"]) == ("returned", "accepted")
    assert answer.json()["ended_at"] is not None
    assert Unit.objects.get().status == "available"
    assert [name for name in said(order.unit.stream) if "return" in name] == [
        "order.return_requested",
        "order.returned",
    ]


@pytest.mark.parametrize("state", ["issued", "signed", "en_route"])
def test_a_refused_return_leaves_the_order_where_it_was(story: Story, state: str) -> None:
    order = story.brought_to(state)
    call(story.people.patrol, order, "request-return", {"reason": "远"})
    refused(call(story.people.dispatcher, order, "review-return", {"approve": False}), 400, "invalid", "reason")
    answer = call(story.people.dispatcher, order, "review-return", {"approve": False, "reason": "最近的是你"})
    assert answer.json()["state"] == state
    assert said(order.unit.stream)[-1] == "order.return_refused"


@pytest.mark.parametrize("state", ["on_scene", "done", "fed_back"])
def test_too_late(story: Story, state: str) -> None:
    order = story.brought_to(state)
    refused(call(story.people.patrol, order, "request-return", {"reason": "x"}), 409, "illegal_transition")


def test_a_return_needs_a_reason(story: Story) -> None:
    refused(call(story.people.patrol, story.ordered(), "request-return"), 400, "invalid", "reason")


@pytest.mark.parametrize("approve", [True, False])
def test_what_nobody_asked_is_not_reviewed(story: Story, approve: bool) -> None:
    answer = call(story.people.dispatcher, story.ordered(), "review-return", {"approve": approve, "reason": "x"})
    refused(answer, 409, "illegal_transition")


def test_the_unit_does_not_review_its_own_return(story: Story) -> None:
    order = story.ordered()
    call(story.people.patrol, order, "request-return", {"reason": "x"})
    refused(call(story.people.patrol, order, "review-return", {"approve": True}), 403, "forbidden")


def test_a_decision_is_needed(story: Story) -> None:
    order = story.ordered()
    call(story.people.patrol, order, "request-return", {"reason": "x"})
    refused(call(story.people.dispatcher, order, "review-return", {"reason": "x"}), 400, "invalid", "approve")


def test_another_unit_goes_on(story: Story) -> None:
    first = story.brought_to("signed")
    story.ordered("120", first.incident)
    call(story.people.patrol, first, "request-return", {"reason": "x"})
    call(story.people.dispatcher, first, "review-return", {"approve": True})
    assert Incident.objects.get().state == "responding"
