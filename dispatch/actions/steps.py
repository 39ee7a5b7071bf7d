"""The steps that every deed of this room takes: lock, allow, store, tell, and let what depends on it follow.

Locks are always taken in this order, so that two deeds can't wait for each other: the incident, its order, its units by
id, its reports. Functions here run inside a deed.
"""

import uuid
from typing import Any

from accounts.models import User
from dispatch.events import IncidentProgressed, UnitStatusChanged
from dispatch.models import Incident, Order, Unit
from dispatch.states import INCIDENT_STAMPS, ORDER_STAMPS, IncidentState, stage_of, steps_between, unit_status
from foundation import clock, http
from foundation.errors import Forbidden, NotFound
from journal import audit, unit
from reports.actions import record_progress

MOVED = ("state", "former_state", *INCIDENT_STAMPS.values(), "departed_at")
ORDER_MOVED = ("state", "former_state", *ORDER_STAMPS.values(), "ended_at")

# Only an incident at work follows its orders; one that is over does not.
FOLLOWING = frozenset(
    {
        IncidentState.ACCEPTED,
        IncidentState.DISPATCHED,
        IncidentState.RESPONDING,
        IncidentState.ON_SCENE,
        IncidentState.RESOLVED,
        IncidentState.FED_BACK,
    }
)
STEP_OF_REPORT = {IncidentState.DISPATCHED: "dispatched", IncidentState.ON_SCENE: "arrived"}


def locked_incident(actor: User, incident_id: uuid.UUID) -> Incident:
    """The incident, locked until the commit, with its agencies. `NotFound` where the actor may not see it."""
    seen = Incident.objects.visible_to(actor).select_related("agency", "responsible_agency")
    incident = seen.select_for_update(of=("self",)).filter(pk=incident_id).first()
    if incident is None:
        raise NotFound
    return incident


def locked_order(actor: User, order_id: uuid.UUID) -> Order:
    """The order and, before it, its incident (``order.incident``), both locked. `NotFound` where it may not be seen."""
    seen = Order.objects.visible_to(actor).filter(pk=order_id)
    incident_id = seen.values_list("incident_id", flat=True).first()
    if incident_id is None:
        raise NotFound
    incidents = Incident.objects.select_related("agency", "responsible_agency")
    incident = incidents.select_for_update(of=("self",)).get(pk=incident_id)
    order = seen.select_for_update(of=("self",)).first()
    if order is None:
        raise NotFound
    order.incident = incident
    return order


def allow(allowed: bool, row: Incident | Order, if_match: str | None) -> None:
    """Raise `Forbidden` unless the policy allowed it, `PreconditionFailed` where the row changed since it was read."""
    if not allowed:
        raise Forbidden
    http.matches(if_match, row)


def store(row: Incident | Order, *fields: str) -> None:
    """Save the fields and count the edit."""
    row.version += 1
    row.save(update_fields=[*dict.fromkeys(fields), "version"])


def record(
    actor: User,
    deed: str,
    row: Incident | Order,
    *,
    before: str = "",
    after: str = "",
    reason: str = "",
    **detail: Any,
) -> None:
    """Put a deed on the record, in the incident's thread."""
    incident_id = row.id if isinstance(row, Incident) else row.incident_id
    kind = "incident" if isinstance(row, Incident) else "order"
    audit.record(
        actor,
        deed,
        subject=(kind, row.id),
        thread=f"incident:{incident_id}",
        before=before,
        after=after,
        reason=reason,
        **detail,
    )


def order_streams(order: Order) -> tuple[str, ...]:
    """Where an order's events are said: wherever its incident's are, and at the unit."""
    return (*order.incident.streams, f"unit:{order.unit_id}")


def tell_reporters(actor: User, incident: Incident, step: str) -> None:
    """Let the reporters of this incident see that a step was reached; each step is told once."""
    for report_id in report_ids(incident):
        record_progress(actor, report_id=report_id, step=step)


def report_ids(incident: Incident) -> list[uuid.UUID]:
    """The incident's reports, in a fixed order."""
    return list(incident.links.order_by("report_id").values_list("report_id", flat=True))


def follow_orders(actor: User, incident: Incident) -> None:
    """Let the locked incident follow its orders, step by step along the table."""
    if incident.state not in FOLLOWING:
        return
    orders = Order.objects.filter(incident=incident, round=incident.round)
    current = IncidentState(incident.state)
    steps = steps_between(current, stage_of(current, [order.standing for order in orders]))
    if not steps:
        return
    for step in steps:
        before = incident.move_to(step)
        record(actor, "incident.progressed", incident, before=before, after=step)
    store(incident, *MOVED)
    unit.append(
        IncidentProgressed(incident_id=incident.id, state=incident.state, version=incident.version, former=current),
        *incident.streams,
    )
    for step in steps:
        if step in STEP_OF_REPORT:
            tell_reporters(actor, incident, STEP_OF_REPORT[step])


def follow_with_units(*unit_ids: uuid.UUID) -> None:
    """Let units follow their orders to another status."""
    for unit_id in sorted(set(unit_ids)):
        row = Unit.objects.select_related("agency").select_for_update(of=("self",)).get(pk=unit_id)
        active = Order.objects.filter(unit=row).active()
        status = unit_status(row.status, [order.standing for order in active])
        if status == row.status:
            continue
        row.status, row.status_at, row.version = status, clock.now(), row.version + 1
        row.save(update_fields=["status", "status_at", "version"])
        streams = [row.stream, *(f"agency:{code}" for code in row.agency.ancestor_codes)]
        unit.append(UnitStatusChanged(unit_id=row.id, status=status, version=row.version), *streams)
