"""POST /orders/{id}/sign, /depart, /arrive, /done."""

import pytest

from dispatch.models import Incident, Order, Unit
from tests.dispatch.calls import call, refused
from tests.dispatch.story import Story, said

pytestmark = pytest.mark.django_db

STEPS = [
    # deed, from, to, event, stamp, incident, unit
    ("sign", "issued", "signed", "order.signed", "signed_at", "responding", "assigned"),
    ("depart", "signed", "en_route", "order.departed", "departed_at", "responding", "en_route"),
    ("arrive", "en_route", "on_scene", "order.arrived", "arrived_at", "on_scene", "on_scene"),
    ("done", "on_scene", "done", "order.done", "done_at", "resolved", "available"),
]


@pytest.mark.parametrize(("deed", "before", "after", "event", "stamp", "incident", "status"), STEPS)
def test_it_works(
    story: Story, deed: str, before: str, after: str, event: str, stamp: str, incident: str, status: str
) -> None:
    order = story.brought_to(before)
    answer = call(story.people.patrol, order, deed)
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["state"], body["incident"]["state"], body["unit"]["status"]) == (after, incident, status)
    assert body[stamp].endswith("Z")
    assert answer["ETag"] == f'"{order.version + 1}"'
    assert event in said(order.unit.stream)


@pytest.mark.parametrize("deed", [step[0] for step in STEPS])
def test_a_step_out_of_turn(story: Story, deed: str) -> None:
    order = story.ordered()
    if deed == "sign":
        call(story.people.patrol, order, "sign")
    refused(call(story.people.patrol, order, deed), 409, "illegal_transition")


@pytest.mark.parametrize("deed", [step[0] for step in STEPS])
def test_another_unit_s_order_does_not_exist(story: Story, deed: str) -> None:
    order = story.ordered()
    story.people.patrol.unit_id = story.unit("120").id
    story.people.patrol.save()
    refused(call(story.people.patrol, order, deed), 404, "not_found")


@pytest.mark.parametrize("deed", [step[0] for step in STEPS])
def test_a_stale_etag(story: Story, deed: str) -> None:
    order = story.ordered()
    refused(call(story.people.patrol, order, deed, If_Match='"0"'), 412, "precondition_failed")


def test_from_signed_to_the_scene(story: Story) -> None:
    order = story.brought_to("signed")
    assert call(story.people.patrol, order, "arrive").json()["departed_at"] is None
    incident = Incident.objects.get()
    assert (incident.state, incident.departed_at) == ("on_scene", None)


def test_the_incident_keeps_the_first_departure(story: Story) -> None:
    first = story.brought_to("en_route")
    story.brought_to("en_route", "120", first.incident)
    assert Incident.objects.get().departed_at == first.departed_at


def test_the_desk_does_it_for_a_unit_on_the_radio(story: Story) -> None:
    assert call(story.people.dispatcher, story.ordered(), "sign").status_code == 200


def test_an_incident_is_resolved_when_the_last_is_done(story: Story) -> None:
    first = story.brought_to("on_scene")
    second = story.brought_to("on_scene", "120", first.incident)
    assert call(story.people.patrol, first, "done").json()["incident"]["state"] == "on_scene"
    assert call(story.people.dispatcher, second, "done").json()["incident"]["state"] == "resolved"


def test_a_unit_with_two_orders_follows_the_furthest(story: Story) -> None:
    first = story.brought_to("on_scene")
    second = story.ordered(incident=story.accepted())
    assert Unit.objects.get().status == "on_scene"
    assert call(story.people.patrol, first, "done").json()["unit"]["status"] == "assigned"
    assert Order.objects.get(pk=second.pk).state == "issued"


def test_an_officer_in_danger_stays_so(story: Story) -> None:
    order = story.brought_to("on_scene")
    Unit.objects.update(status="emergency")
    assert call(story.people.patrol, order, "done").json()["unit"]["status"] == "emergency"
