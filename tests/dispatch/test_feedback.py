"""POST /orders/{id}/feedback and /feedback/send-back."""

from typing import Any

import pytest

from dispatch import actions
from dispatch.models import Feedback, Incident, Order
from tests.dispatch.calls import address, call, refused
from tests.dispatch.story import Story, feedback_form, said
from tests.personas import client_for

pytestmark = pytest.mark.django_db


def test_it_works(story: Story) -> None:
    order = story.brought_to("done")
    answer = call(story.people.patrol, order, "feedback", feedback_form(deaths=None))
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert (body["order_id"], body["class_name"], body["injured"], body["deaths"]) == (
        str(order.id),
        "殴打他人",
        1,
        None,
    )
    assert body["by"] == str(story.people.patrol.id)
    assert Order.objects.get().state == "fed_back"
    assert Incident.objects.get().state == "fed_back"
    assert said(order.unit.stream)[-1] == "order.fed_back"


def test_the_same_key_makes_one(story: Story) -> None:
    order = story.brought_to("done")
    form = feedback_form()
    first, again = (call(story.people.patrol, order, "feedback", form) for _ in range(2))
    assert (again.json(), again["Idempotency-Replayed"]) == (first.json(), "true")
    other = call(story.people.patrol, order, "feedback", form | {"summary": "x"})
    assert refused(other, 422, "idempotency_conflict")["id"] == first.json()["id"]
    assert Feedback.objects.count() == 1


def test_every_done_order_needs_one(story: Story) -> None:
    first = story.brought_to("done")
    second = story.brought_to("done", "120", first.incident)
    call(story.people.patrol, first, "feedback", feedback_form())
    assert Incident.objects.get().state == "resolved"
    call(story.people.dispatcher, second, "feedback", feedback_form())
    assert Incident.objects.get().state == "fed_back"


@pytest.mark.parametrize("state", ["issued", "signed", "en_route", "on_scene", "fed_back"])
def test_only_what_is_done(story: Story, state: str) -> None:
    order = story.brought_to(state)
    refused(call(story.people.patrol, order, "feedback", feedback_form()), 409, "illegal_transition")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("result_code", "nothing"),
        ("result_code", ["mediated"]),
        ("class_code", "00000001"),
        ("class_code", ""),
        ("summary", ""),
        ("summary", "a\x00"),
        ("injured", -1),
        ("deaths", 10**30),
        ("detained", "many"),
    ],
)
def test_each_field_is_checked(story: Story, field: str, value: Any) -> None:
    order = story.brought_to("done")
    answer = call(story.people.patrol, order, "feedback", feedback_form(**{field: value}))
    refused(answer, 400, "invalid", field)
    assert not Feedback.objects.exists()


def test_it_is_sent_back(story: Story) -> None:
    order = story.brought_to("fed_back")
    answer = call(story.people.dispatcher, order, "feedback/send-back", {"reason": "经过不清"})
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["state"], body["incident"]["state"]) == ("done", "resolved")
    assert body["feedbacks"][0]["sent_back_reason"] == "经过不清"
    assert said(order.unit.stream)[-1] == "feedback.sent_back"
    call(story.people.patrol, order, "feedback", feedback_form())
    feedbacks = client_for(story.people.patrol).get(address(order)).json()["feedbacks"]
    assert [row["sent_back_at"] is None for row in feedbacks] == [False, True]
    assert Incident.objects.get().state == "fed_back"


def test_sending_back_needs_a_reason(story: Story) -> None:
    order = story.brought_to("fed_back")
    refused(call(story.people.dispatcher, order, "feedback/send-back"), 400, "invalid", "reason")


def test_the_unit_does_not_send_back(story: Story) -> None:
    order = story.brought_to("fed_back")
    refused(call(story.people.patrol, order, "feedback/send-back", {"reason": "x"}), 403, "forbidden")


def test_a_closed_incident_s_feedback_stands(story: Story) -> None:
    order = story.brought_to("fed_back")
    actions.close(story.people.dispatcher, incident_id=order.incident_id)
    answer = call(story.people.dispatcher, order, "feedback/send-back", {"reason": "x"})
    refused(answer, 409, "illegal_transition")
    actions.revive(story.people.supervisor, incident_id=order.incident_id, reason="复查")
    refused(call(story.people.dispatcher, order, "feedback/send-back", {"reason": "x"}), 409, "order_is_over")
