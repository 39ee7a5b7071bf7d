"""POST /incidents/{id}/cancel, /invalidate, /close, /archive, /revive."""

from typing import Any

import pytest

from dispatch import actions
from dispatch.models import Incident, Order, Unit
from journal.models import AuditRecord
from reports.models import Report
from tests.dispatch.calls import call, refused
from tests.dispatch.story import Story, said

pytestmark = pytest.mark.django_db


def in_state(story: Story, state: str) -> Incident:
    """An incident that has come to a working state."""
    match state:
        case "queued":
            return story.queued()
        case "claimed":
            return story.claimed()
        case "accepted":
            return story.accepted()
    orders = {"dispatched": "issued", "responding": "en_route", "on_scene": "on_scene", "resolved": "done"}
    return Incident.objects.get(pk=story.brought_to(orders.get(state, state)).incident_id)


@pytest.mark.parametrize("state", ["queued", "claimed", "accepted", "dispatched", "responding"])
def test_cancelling_works(story: Story, state: str) -> None:
    incident = in_state(story, state)
    answer = call(story.people.dispatcher, incident, "cancel", {"reason": "报警人撤回"})
    assert (answer.status_code, answer.json()["state"], answer.json()["claim"]) == (200, "cancelled", None)
    assert said(incident.stream)[-1] == "incident.cancelled"
    record = AuditRecord.objects.get(deed="incident.cancelled")
    assert (record.before, record.after, record.reason) == (state, "cancelled", "报警人撤回")
    assert Report.objects.get().state == "closed"
    assert Report.objects.get().answered_at is not None
    assert answer.json()["answered_at"] is not None
    assert set(Order.objects.values_list("state", flat=True)) <= {"cancelled"}
    assert set(Unit.objects.values_list("status", flat=True)) <= {"available"}


def test_an_asked_return_is_granted_when_the_incident_is_cancelled(story: Story) -> None:
    order = story.ordered()
    actions.request_return(story.people.patrol, order_id=order.id, reason="x")
    call(story.people.dispatcher, order.incident, "cancel", {"reason": "x"})
    assert Order.objects.get().state == "returned"


@pytest.mark.parametrize("state", ["on_scene", "resolved", "fed_back"])
def test_what_has_begun_is_not_cancelled(story: Story, state: str) -> None:
    refused(call(story.people.dispatcher, in_state(story, state), "cancel", {"reason": "x"}), 409, "illegal_transition")


def test_cancelling_needs_a_reason(story: Story) -> None:
    refused(call(story.people.dispatcher, story.queued(), "cancel"), 400, "invalid", "reason")


def test_a_call_taker_does_not_cancel(story: Story) -> None:
    story.people.dispatcher.roles = ["call_taker"]
    story.people.dispatcher.save()
    refused(call(story.people.dispatcher, story.queued(), "cancel", {"reason": "x"}), 403, "forbidden")


@pytest.mark.parametrize("ground", ["false_report", "harassment"])
def test_an_offence_names_its_article(story: Story, ground: str) -> None:
    incident = story.claimed()
    problem = refused(
        call(story.people.dispatcher, incident, "invalidate", {"ground": ground}), 400, "invalid", "legal_ground"
    )
    assert "第二十九条" in problem["errors"][0]["detail"]
    body = {"ground": ground, "legal_ground": "治安管理处罚法（2025年修订）第二十九条"}
    assert call(story.people.dispatcher, incident, "invalidate", body).json()["state"] == "invalid"
    incident.refresh_from_db()
    assert (incident.ground, incident.legal_ground) == (ground, body["legal_ground"])
    assert said(incident.stream)[-1] == "incident.invalidated"
    assert Report.objects.get().state == "closed"


def test_a_mistake_is_no_offence(story: Story) -> None:
    answer = call(story.people.dispatcher, story.claimed(), "invalidate", {"ground": "mistaken"})
    assert answer.json()["state"] == "invalid"


@pytest.mark.parametrize("ground", ["duplicate", "repeated", "重复"])
def test_a_repeated_report_is_a_merge(story: Story, ground: str) -> None:
    problem = refused(
        call(story.people.dispatcher, story.claimed(), "invalidate", {"ground": ground}), 400, "invalid", "ground"
    )
    assert problem["errors"][0]["code"] == "use_merge"


@pytest.mark.parametrize("ground", [None, "", "boredom", ["mistaken"], {"a": 1}, 7])
def test_a_ground_that_is_none(story: Story, ground: Any) -> None:
    answer = call(story.people.dispatcher, story.claimed(), "invalidate", {"ground": ground})
    refused(answer, 400, "invalid", "ground")


def test_who_has_set_out_found_it_valid(story: Story) -> None:
    incident = in_state(story, "responding")
    refused(call(story.people.dispatcher, incident, "invalidate", {"ground": "mistaken"}), 409, "illegal_transition")


def test_closing_works(story: Story) -> None:
    incident = in_state(story, "fed_back")
    answer = call(story.people.dispatcher, incident, "close", {"summary": "已回访"})
    assert (answer.json()["state"], Report.objects.get().state) == ("closed", "closed")
    assert said(incident.stream)[-1] == "incident.closed"


def test_closing_without_an_order_needs_a_reason(story: Story) -> None:
    incident = story.accepted()
    refused(call(story.people.dispatcher, incident, "close", {"summary": "x"}), 400, "invalid", "reason")
    assert call(story.people.dispatcher, incident, "close", {"reason": "咨询"}).json()["state"] == "closed"


@pytest.mark.parametrize("state", ["queued", "claimed", "dispatched", "responding", "on_scene", "resolved"])
def test_what_is_not_over_is_not_closed(story: Story, state: str) -> None:
    refused(call(story.people.dispatcher, in_state(story, state), "close", {"reason": "x"}), 409, "illegal_transition")


def test_archiving_works(story: Story) -> None:
    incident = in_state(story, "fed_back")
    refused(call(story.people.dispatcher, incident, "archive"), 409, "illegal_transition")
    call(story.people.dispatcher, incident, "close")
    assert call(story.people.dispatcher, incident, "archive").json()["state"] == "archived"
    assert said(incident.stream)[-1] == "incident.archived"
    refused(call(story.people.supervisor, incident, "revive", {"reason": "x"}), 409, "illegal_transition")


def test_reviving_a_closed_incident(story: Story) -> None:
    incident = in_state(story, "fed_back")
    call(story.people.dispatcher, incident, "close")
    answer = call(story.people.supervisor, incident, "revive", {"reason": "新线索"})
    body = answer.json()
    assert (body["state"], body["closed_at"]) == ("accepted", None)
    assert body["fed_back_at"] is not None
    assert said(incident.stream)[-1] == "incident.revived"
    assert Report.objects.get().state == "answered"
    again = story.ordered("120", incident)
    call(story.people.dispatcher, again, "cancel", {"reason": "x"})
    # The order of the first round is fed back, but it is not this round's.
    assert Incident.objects.get().state == "accepted"
    call(story.people.dispatcher, incident, "close", {"reason": "核实完毕"})
    assert Report.objects.get().state == "closed"


@pytest.mark.parametrize("ending", ["cancel", "invalidate"])
def test_reviving_what_was_no_case(story: Story, ending: str) -> None:
    incident = story.claimed()
    call(story.people.dispatcher, incident, ending, {"reason": "x", "ground": "mistaken"})
    answer = call(story.people.supervisor, incident, "revive", {"reason": "又来电"})
    assert (answer.json()["state"], answer.json()["claim"]) == ("queued", None)
    incident.refresh_from_db()
    assert (incident.reason, incident.ground, incident.round) == ("", "", 2)
    assert call(story.people.dispatcher, incident, "claim").status_code == 200


@pytest.mark.parametrize("state", ["queued", "claimed", "accepted", "on_scene", "fed_back"])
def test_what_lives_is_not_revived(story: Story, state: str) -> None:
    answer = call(story.people.supervisor, in_state(story, state), "revive", {"reason": "x"})
    refused(answer, 409, "illegal_transition")


def test_a_supervisor_revives(story: Story) -> None:
    incident = story.claimed()
    call(story.people.dispatcher, incident, "cancel", {"reason": "x"})
    refused(call(story.people.dispatcher, incident, "revive", {"reason": "x"}), 403, "forbidden")
    refused(call(story.people.supervisor, incident, "revive"), 400, "invalid", "reason")


@pytest.mark.parametrize("deed", ["cancel", "invalidate", "close", "archive", "revive"])
def test_a_stale_etag(story: Story, deed: str) -> None:
    body = {"reason": "x", "ground": "mistaken"}
    answer = call(story.people.supervisor, story.claimed(), deed, body, If_Match='"99"')
    refused(answer, 412, "precondition_failed")
