"""Every deed that changes something visible says so: in the incident's stream, and in the trail."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from dispatch import actions, events
from dispatch.models import Incident
from journal import streams
from journal.events import Event
from journal.models import AuditRecord, StreamEvent
from tests.dispatch.story import ASSAULT, Story, accept_form, report_to, said

pytestmark = pytest.mark.django_db

Deed = Callable[[Story], Incident]
# What shows nothing new: a heartbeat, a look, and the conversation, whose events are the reports room's.
SILENT = {"heartbeat", "look_at", "list_messages", "mark_read", "write_message"}


def order_deed(state: str, name: str, event: str, **kwargs: Any) -> tuple[Deed, str]:
    """A deed on an order that has come to a state."""

    def do(story: Story) -> Incident:
        order = story.brought_to(state)
        getattr(actions, name)(story.people.dispatcher, order_id=order.id, **kwargs)
        return order.incident

    return do, event


def incident_deed(state: str, name: str, event: str, **kwargs: Any) -> tuple[Deed, str]:
    """A deed on an incident that has come to a state."""

    def do(story: Story) -> Incident:
        incident: Incident = getattr(story, state)()
        getattr(actions, name)(story.people.supervisor, incident_id=incident.id, **kwargs)
        return incident

    return do, event


def received(story: Story) -> Incident:
    report_to(story.people.fang)
    return Incident.objects.get()


def released(story: Story) -> Incident:
    incident = story.claimed()
    return actions.release(story.people.dispatcher, incident_id=incident.id)


def accepted(story: Story) -> Incident:
    return story.accepted()


def issued(story: Story) -> Incident:
    return story.ordered().incident


def fed_back(story: Story) -> Incident:
    return story.brought_to("fed_back").incident


def archived(story: Story) -> Incident:
    incident = story.brought_to("fed_back").incident
    actions.close(story.people.dispatcher, incident_id=incident.id)
    return actions.archive(story.people.dispatcher, incident_id=incident.id)


def revived(story: Story) -> Incident:
    incident = story.queued()
    actions.cancel(story.people.dispatcher, incident_id=incident.id, reason="x")
    return actions.revive(story.people.supervisor, incident_id=incident.id, reason="x")


def reviewed(story: Story) -> Incident:
    order = story.ordered()
    actions.request_return(story.people.patrol, order_id=order.id, reason="x")
    actions.review_return(story.people.dispatcher, order_id=order.id, approve=True)
    return order.incident


DEEDS: dict[str, tuple[Deed, str]] = {
    "receive": (received, "incident.received"),
    "claim": incident_deed("queued", "claim", "incident.claimed"),
    "release": (released, "claim.released"),
    "take_over": incident_deed("claimed", "take_over", "claim.taken_over", reason="x"),
    "accept": (accepted, "incident.accepted"),
    "edit": incident_deed("accepted", "edit", "incident.changed", if_match="*", level=1),
    "issue_order": (issued, "order.issued"),
    "sign": order_deed("issued", "sign", "order.signed"),
    "depart": order_deed("signed", "depart", "order.departed"),
    "arrive": order_deed("en_route", "arrive", "order.arrived"),
    "finish": order_deed("on_scene", "finish", "order.done"),
    "give_feedback": (fed_back, "order.fed_back"),
    "send_feedback_back": order_deed("fed_back", "send_feedback_back", "feedback.sent_back", reason="x"),
    "urge": order_deed("issued", "urge", "order.urged"),
    "request_return": order_deed("issued", "request_return", "order.return_requested", reason="x"),
    "review_return": (reviewed, "order.returned"),
    "cancel_order": order_deed("issued", "cancel_order", "order.cancelled", reason="x"),
    "cancel": incident_deed("queued", "cancel", "incident.cancelled", reason="x"),
    "invalidate": incident_deed("queued", "invalidate", "incident.invalidated", ground="mistaken"),
    "close": incident_deed("accepted", "close", "incident.closed", reason="x"),
    "archive": (archived, "incident.archived"),
    "revive": (revived, "incident.revived"),
}


def test_every_deed_is_in_the_table() -> None:
    assert set(DEEDS) | SILENT == set(actions.__all__)


@pytest.mark.parametrize("name", sorted(DEEDS))
def test_every_deed_says_so(story: Story, name: str) -> None:
    do, event = DEEDS[name]
    incident = do(story)
    names = said(incident.stream)
    assert event in names
    assert event in said("agency:130102000000")
    # Nothing is said of what is not on the record as well.
    assert AuditRecord.objects.filter(thread=f"incident:{incident.id}", kind="change").count() >= len(
        [name for name in names if not name.startswith("unit.")]
    )


def test_every_event_has_a_deed(story: Story) -> None:
    kinds = [kind for _, kind in inspect.getmembers(events, inspect.isclass) if issubclass(kind, Event)]
    own = {kind.wire_name for kind in kinds} - {"", "incident.event", "order.event"}
    followed = {"incident.progressed", "unit.status_changed", "order.return_refused"}
    assert own == {event for _, event in DEEDS.values()} | followed


def test_the_version_is_that_of_the_row(story: Story) -> None:
    order = story.brought_to("fed_back")
    incident = Incident.objects.get()
    last = [e for e in streams.read(incident.stream, after=0) if e.name == "incident.progressed"][-1]
    assert (last.data["version"], last.data["state"], last.data["former"]) == (incident.version, "fed_back", "resolved")
    last = [e for e in streams.read(incident.stream, after=0) if e.name.startswith("order.")][-1]
    assert (last.data["version"], last.data["unit_id"]) == (order.version, str(order.unit_id))


def test_events_and_records_carry_no_words(story: Story) -> None:
    incident = story.accepted()
    actions.edit(
        story.people.dispatcher, incident_id=incident.id, if_match="*", **accept_form(summary="密语", address="密址")
    )
    story.fed_back(story.brought_to("done", incident=incident))
    told = str(list(StreamEvent.objects.values_list("data", flat=True)))
    trail = str(list(AuditRecord.objects.values_list("detail", flat=True)))
    for words in ("密语", "密址", "邻居", "有人砸门", "6789", "已调解"):
        assert words not in told
        assert words not in trail
    assert ASSAULT in trail
