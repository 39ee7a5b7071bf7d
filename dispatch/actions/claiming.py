"""Claiming: one call-taker takes an incident, keeps it by a heartbeat, gives it back, or loses it on the record."""

import uuid
from typing import Any

from accounts.models import User
from dispatch import policies
from dispatch.actions.steps import MOVED, allow, locked_incident, record, store, tell_reporters
from dispatch.errors import AlreadyClaimed, ClaimNotStale, NotClaimHolder
from dispatch.events import ClaimReleased, ClaimTakenOver, IncidentClaimed
from dispatch.models import Incident
from dispatch.states import IncidentState
from foundation import clock
from foundation.errors import IllegalTransition, Invalid
from journal import unit

CLAIM = ("claimed_by", "claimed_at", "heartbeat_at")


def claim_facts(incident: Incident) -> dict[str, Any] | None:
    """Who holds the claim, since when, and whether the holder was heard of lately; ``None`` where nobody does."""
    if incident.state != IncidentState.CLAIMED or incident.claimed_by is None or incident.claimed_at is None:
        return None
    return {
        "by": {
            "id": str(incident.claimed_by_id),
            "name": incident.claimed_by.display_name or incident.claimed_by.username,
            "agency_code": incident.claimed_by.agency_code,
        },
        "since": clock.rfc3339(incident.claimed_at),
        "heartbeat_at": clock.rfc3339(incident.heartbeat_at) if incident.heartbeat_at else None,
        "stale": incident.claim_is_stale,
    }


@unit.deed
def claim(actor: User, *, incident_id: uuid.UUID, if_match: str | None = None) -> Incident:
    """Take an incident out of the queue. Of those who try at once one gets it; the others get `AlreadyClaimed`.

    The holder may claim again: it changes nothing. The first claim is the moment at which the report was answered.
    """
    incident = locked_incident(actor, incident_id)
    allow(policies.may_take_calls(actor, incident), incident, None)
    if incident.state == IncidentState.CLAIMED:
        if incident.claimed_by_id == actor.id:
            return incident
        raise AlreadyClaimed(claim=claim_facts(incident))
    allow(True, incident, if_match)
    before = incident.move_to(IncidentState.CLAIMED)
    _hold(actor, incident)
    store(incident, *MOVED, *CLAIM)
    record(actor, "incident.claimed", incident, before=before, after=incident.state)
    event = IncidentClaimed(
        incident_id=incident.id, state=incident.state, version=incident.version, by=actor.id, at=clock.now()
    )
    unit.append(event, *incident.streams)
    tell_reporters(actor, incident, "answered")
    return incident


@unit.deed
def heartbeat(actor: User, *, incident_id: uuid.UUID, if_match: str | None = None) -> Incident:
    """Say that the holder is still at it. Nothing visible changes, so there is no event, record or new version."""
    incident = locked_incident(actor, incident_id)
    allow(policies.may_take_calls(actor, incident), incident, if_match)
    _must_hold(actor, incident)
    incident.heartbeat_at = clock.now()
    incident.save(update_fields=["heartbeat_at"])
    return incident


@unit.deed
def release(actor: User, *, incident_id: uuid.UUID, reason: str = "", if_match: str | None = None) -> Incident:
    """Put the incident back into the queue. Only the holder does that."""
    incident = locked_incident(actor, incident_id)
    allow(policies.may_take_calls(actor, incident), incident, if_match)
    _must_hold(actor, incident)
    before = incident.move_to(IncidentState.QUEUED)
    incident.claimed_by = incident.claimed_at = incident.heartbeat_at = None
    store(incident, *MOVED, *CLAIM)
    record(actor, "incident.released", incident, before=before, after=incident.state, reason=reason)
    event = ClaimReleased(incident_id=incident.id, state=incident.state, version=incident.version, by=actor.id)
    unit.append(event, *incident.streams)
    return incident


@unit.deed
def take_over(actor: User, *, incident_id: uuid.UUID, reason: str = "", if_match: str | None = None) -> Incident:
    """Take a claim from another. A stale one: whoever takes calls here. One that is alive: a supervisor, with a reason."""
    incident = locked_incident(actor, incident_id)
    allow(policies.may_take_calls(actor, incident), incident, if_match)
    former = incident.claimed_by
    if incident.state != IncidentState.CLAIMED or former is None:
        raise IllegalTransition("The incident is not claimed.")
    if former == actor:
        return incident
    stale = incident.claim_is_stale
    if not stale:
        if not policies.may_supervise(actor, incident):
            raise ClaimNotStale(claim=claim_facts(incident))
        if not reason:
            raise Invalid.field("reason", "required", "Taking over a claim that is alive needs a reason.")
    _hold(actor, incident)
    store(incident, *CLAIM)
    record(
        actor,
        "incident.claim_taken_over",
        incident,
        before=incident.state,
        after=incident.state,
        reason=reason,
        former=str(former.id),
        stale=stale,
    )
    event = ClaimTakenOver(
        incident_id=incident.id,
        state=incident.state,
        version=incident.version,
        by=actor.id,
        former=former.id,
        at=clock.now(),
    )
    unit.append(event, *incident.streams)
    return incident


def _hold(actor: User, incident: Incident) -> None:
    incident.claimed_by = actor
    incident.claimed_at = incident.heartbeat_at = clock.now()


def _must_hold(actor: User, incident: Incident) -> None:
    if incident.state != IncidentState.CLAIMED or incident.claimed_by_id != actor.id:
        raise NotClaimHolder(claim=claim_facts(incident))
