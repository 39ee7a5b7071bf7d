"""How an incident ends, and begins again: cancel, invalidate, close, archive, revive."""

import uuid
from typing import Any

from accounts.models import User
from dispatch import policies
from dispatch.actions.claiming import CLAIM
from dispatch.actions.ordering import call_off
from dispatch.actions.steps import (
    MOVED,
    allow,
    follow_with_units,
    locked_incident,
    record,
    report_ids,
    store,
    tell_reporters,
)
from dispatch.classes import NEEDS_LEGAL_GROUND, Ground
from dispatch.events import (
    IncidentArchived,
    IncidentCancelled,
    IncidentClosed,
    IncidentInvalidated,
    IncidentRevived,
)
from dispatch.models import Incident, Order
from dispatch.states import IncidentState, OrderState
from foundation import clock
from foundation.errors import IllegalTransition, Invalid
from journal import unit
from reports.actions import reopen

REVIVED = {
    IncidentState.CANCELLED: IncidentState.QUEUED,
    IncidentState.INVALID: IncidentState.QUEUED,
    IncidentState.CLOSED: IncidentState.ACCEPTED,
}


@unit.deed
def cancel(actor: User, *, incident_id: uuid.UUID, reason: str, if_match: str | None = None) -> Incident:
    """Cancel an incident (取消), with its orders. Whoever cancels from the queue has looked at it: it is answered."""
    incident = locked_incident(actor, incident_id)
    allow(policies.may_dispatch(actor, incident), incident, if_match)
    before = _end(actor, incident, IncidentState.CANCELLED, reason)
    record(actor, "incident.cancelled", incident, before=before, after=incident.state, reason=reason)
    unit.append(IncidentCancelled(**_facts(incident)), *incident.streams)
    return incident


@unit.deed
def invalidate(
    actor: User,
    *,
    incident_id: uuid.UUID,
    ground: Ground,
    legal_ground: str = "",
    reason: str = "",
    if_match: str | None = None,
) -> Incident:
    """Mark an incident as false, harassing or mistaken. Nothing is deleted.

    False reports and harassment are offences (治安管理处罚法, 2025 revision, art. 29): the article is named.
    """
    incident = locked_incident(actor, incident_id)
    allow(policies.may_dispatch(actor, incident), incident, if_match)
    if ground in NEEDS_LEGAL_GROUND and not legal_ground:
        raise Invalid.field(
            "legal_ground", "required", "谎报、骚扰须注明法律依据，例如：治安管理处罚法（2025年修订）第二十九条。"
        )
    incident.ground, incident.legal_ground = ground, legal_ground
    before = _end(actor, incident, IncidentState.INVALID, reason)
    record(
        actor,
        "incident.invalidated",
        incident,
        before=before,
        after=incident.state,
        reason=reason,
        ground=str(ground),
        legal_ground=legal_ground,
    )
    unit.append(IncidentInvalidated(**_facts(incident), ground=ground), *incident.streams)
    return incident


@unit.deed
def close(
    actor: User, *, incident_id: uuid.UUID, summary: str = "", reason: str = "", if_match: str | None = None
) -> Incident:
    """Close a reviewed incident (办结). Without any order it needs the reason why none was needed."""
    incident = locked_incident(actor, incident_id)
    allow(policies.may_dispatch(actor, incident), incident, if_match)
    if incident.state == IncidentState.ACCEPTED and not reason:
        raise Invalid.field("reason", "required", "Closing without an order needs a reason.")
    before = incident.move_to(IncidentState.CLOSED)
    incident.closing_summary, incident.reason = summary, reason
    store(incident, *MOVED, "closing_summary", "reason")
    record(actor, "incident.closed", incident, before=before, after=incident.state, reason=reason)
    unit.append(IncidentClosed(**_facts(incident)), *incident.streams)
    tell_reporters(actor, incident, "closed")
    return incident


@unit.deed
def archive(actor: User, *, incident_id: uuid.UUID, if_match: str | None = None) -> Incident:
    """Archive a closed incident (归档): it is read-only for ever."""
    incident = locked_incident(actor, incident_id)
    allow(policies.may_dispatch(actor, incident), incident, if_match)
    before = incident.move_to(IncidentState.ARCHIVED)
    store(incident, *MOVED)
    record(actor, "incident.archived", incident, before=before, after=incident.state)
    unit.append(IncidentArchived(**_facts(incident)), *incident.streams)
    return incident


@unit.deed
def revive(actor: User, *, incident_id: uuid.UUID, reason: str, if_match: str | None = None) -> Incident:
    """Open an incident again (复活): a closed one is accepted, a cancelled or invalid one queued. A new round begins."""
    incident = locked_incident(actor, incident_id)
    allow(policies.may_supervise(actor, incident), incident, if_match)
    target = REVIVED.get(IncidentState(incident.state))
    if target is None:
        raise IllegalTransition(f"An incident that is {incident.state} can't be revived.")
    before = incident.move_to(target)
    incident.round += 1
    incident.reason = incident.ground = incident.legal_ground = ""
    if target == IncidentState.QUEUED:
        incident.claimed_by = incident.claimed_at = incident.heartbeat_at = None
    store(incident, *MOVED, *CLAIM, "round", "reason", "ground", "legal_ground")
    record(actor, "incident.revived", incident, before=before, after=incident.state, reason=reason)
    unit.append(IncidentRevived(**_facts(incident), former=before), *incident.streams)
    for report_id in report_ids(incident):
        reopen(actor, report_id=report_id)
    return incident


def _end(actor: User, incident: Incident, state: IncidentState, reason: str) -> IncidentState:
    """Move to an end that is none of the police's doing; call off who is under way and tell the reporters."""
    before = incident.move_to(state)
    incident.reason = reason
    if incident.answered_at is None:
        incident.answered_at = clock.now()
    store(incident, *MOVED, "reason", "ground", "legal_ground")
    orders = list(Order.objects.filter(incident=incident).active().select_for_update(of=("self",)).order_by("id"))
    for order in orders:
        order.incident = incident
        asked = order.state == OrderState.RETURN_REQUESTED
        call_off(actor, order, reason, OrderState.RETURNED if asked else OrderState.CANCELLED)
    follow_with_units(*(order.unit_id for order in orders))
    tell_reporters(actor, incident, "closed")
    return before


def _facts(incident: Incident) -> dict[str, Any]:
    return {"incident_id": incident.id, "state": incident.state, "version": incident.version}
