"""POST /incidents/{id}/orders."""

import uuid
from typing import Any

import pytest

from dispatch.models import Order, Unit
from geo.models import Agency
from reports.models import Report
from tests.dispatch.calls import call, refused
from tests.dispatch.story import Story, counts, said
from tests.personas import COUNTY, SECOND_COUNTY, STATION

pytestmark = pytest.mark.django_db


def order_form(unit: Unit, **changes: Any) -> dict[str, Any]:
    return {"unit_id": str(unit.id), "instruction": "速往现场", **changes}


def test_it_works(story: Story) -> None:
    incident, unit = story.accepted(), story.unit()
    answer = call(story.people.dispatcher, incident, "orders", order_form(unit))
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert (body["state"], body["unit"]["call_sign"], body["incident"]["state"]) == ("issued", "110", "dispatched")
    incident.refresh_from_db()
    unit.refresh_from_db()
    assert incident.dispatched_at is not None
    assert unit.status == "assigned"
    assert said(unit.stream) == ["order.issued", "unit.status_changed"]
    assert said(incident.stream)[-2:] == ["order.issued", "incident.progressed"]
    assert [step["step"] for step in Report.objects.get().progress][-1] == "dispatched"


def test_the_same_key_makes_one_order(story: Story) -> None:
    incident, unit = story.accepted(), story.unit()
    first = call(story.people.dispatcher, incident, "orders", order_form(unit, client_uuid="k"))
    again = call(story.people.dispatcher, incident, "orders", order_form(unit, client_uuid="k"))
    assert (again.status_code, again["Idempotency-Replayed"], again.json()) == (201, "true", first.json())
    assert Order.objects.count() == 1
    other = call(story.people.dispatcher, incident, "orders", order_form(unit, client_uuid="k", instruction="慢"))
    assert refused(other, 422, "idempotency_conflict")["id"] == first.json()["id"]


def test_the_header_is_a_key_too(story: Story) -> None:
    incident, unit = story.accepted(), story.unit()
    for replayed in (False, True):
        answer = call(story.people.dispatcher, incident, "orders", order_form(unit), Idempotency_Key="k")
        assert answer.has_header("Idempotency-Replayed") == replayed
    assert Order.objects.count() == 1


def test_a_unit_at_work_needs_a_confirmation(story: Story) -> None:
    at_work = story.ordered()
    incident = story.accepted()
    before = counts()
    problem = refused(call(story.people.dispatcher, incident, "orders", order_form(at_work.unit)), 409, "unit_busy")
    assert problem["unit"] == {"id": str(at_work.unit_id), "status": "assigned", "orders": [str(at_work.id)]}
    assert counts() == before
    confirmed = order_form(at_work.unit, confirm_busy=True)
    assert call(story.people.dispatcher, incident, "orders", confirmed).status_code == 201


@pytest.mark.parametrize("status", ["busy", "off_duty", "emergency"])
def test_so_does_one_that_is_not_available(story: Story, status: str) -> None:
    unit = story.unit()
    Unit.objects.update(status=status)
    incident = story.accepted()
    refused(call(story.people.dispatcher, incident, "orders", order_form(unit)), 409, "unit_busy")
    assert call(story.people.dispatcher, incident, "orders", order_form(unit, confirm_busy=True)).status_code == 201


def test_a_unit_gets_one_order_per_incident(story: Story) -> None:
    order = story.ordered()
    again = call(story.people.dispatcher, order.incident, "orders", order_form(order.unit, confirm_busy=True))
    refused(again, 409, "already_ordered")


def test_several_units(story: Story) -> None:
    order = story.brought_to("on_scene")
    answer = call(story.people.dispatcher, order.incident, "orders", order_form(story.unit("120")))
    assert answer.json()["incident"]["state"] == "on_scene"


def test_another_order_after_all_was_done(story: Story) -> None:
    order = story.brought_to("done")
    answer = call(story.people.dispatcher, order.incident, "orders", order_form(story.unit("120")))
    assert answer.json()["incident"]["state"] == "dispatched"
    story.people.dispatcher.refresh_from_db()
    cancelled = call(story.people.dispatcher, Order.objects.latest("id"), "cancel", {"reason": "不需要"})
    assert cancelled.json()["incident"]["state"] == "resolved"


@pytest.mark.parametrize("state", ["queued", "claimed"])
def test_before_it_is_accepted(story: Story, state: str) -> None:
    incident = story.queued() if state == "queued" else story.claimed()
    answer = call(story.people.dispatcher, incident, "orders", order_form(story.unit()))
    refused(answer, 409, "illegal_transition")


@pytest.mark.parametrize("agency", [SECOND_COUNTY, "130100000000"])
def test_a_unit_of_others(story: Story, agency: str) -> None:
    unit = story.unit("119", agency)
    refused(call(story.people.dispatcher, story.accepted(), "orders", order_form(unit)), 400, "invalid", "unit_id")


def test_a_unit_of_an_agency_below(story: Story) -> None:
    unit = Unit.objects.create(call_sign="建北 1", agency=Agency.objects.get(pk=STATION))
    assert call(story.people.dispatcher, story.accepted(), "orders", order_form(unit)).status_code == 201


@pytest.mark.parametrize(
    "changes",
    [
        {"unit_id": "none"},
        {"unit_id": None},
        {"unit_id": str(uuid.uuid4())},
        {"instruction": 7},
        {"instruction": "a\x00"},
        {"instruction": "长" * 4001},
        {"confirm_busy": "yes"},
        {"confirm_busy": 1},
        {"client_uuid": "k" * 201},
        {"client_uuid": {"a": 1}},
    ],
)
def test_bad_input_names_the_field(story: Story, changes: dict[str, Any]) -> None:
    answer = call(story.people.dispatcher, story.accepted(), "orders", order_form(story.unit(), **changes))
    refused(answer, 400, "invalid", next(iter(changes)))


def test_a_call_taker_does_not_order(story: Story) -> None:
    incident, unit = story.accepted(), story.unit()
    story.people.dispatcher.roles = ["call_taker"]
    story.people.dispatcher.save()
    refused(call(story.people.dispatcher, incident, "orders", order_form(unit)), 403, "forbidden")


def test_a_stale_etag(story: Story) -> None:
    incident = story.accepted()
    answer = call(story.people.dispatcher, incident, "orders", order_form(story.unit()), If_Match='"1"')
    refused(answer, 412, "precondition_failed")
    assert incident.agency_id == COUNTY
