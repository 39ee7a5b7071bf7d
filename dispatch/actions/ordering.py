"""The 派警单, from the desk's side: issue, urge, review a return, call off."""

import uuid
from collections.abc import Callable
from typing import Any

from accounts.models import User
from dispatch import policies
from dispatch.actions.steps import (
    ORDER_MOVED,
    allow,
    follow_orders,
    follow_with_units,
    locked_incident,
    locked_order,
    order_streams,
    record,
    store,
)
from dispatch.errors import OrderIsOver, UnitBusy
from dispatch.events import OrderCancelled, OrderIssued, OrderReturned, OrderReturnRefused, OrderUrged
from dispatch.models import Incident, Order, Unit
from dispatch.states import ACTIVE_ORDER, IncidentState, OrderState, UnitStatus, check_incident_move
from foundation import clock
from foundation.errors import Conflict, Invalid, NotFound
from journal import unit
from journal.idempotency import Answer, once


def issue_order(
    actor: User,
    *,
    incident_id: uuid.UUID,
    unit_id: uuid.UUID,
    instruction: str,
    confirm_busy: bool = False,
    if_match: str | None = None,
    key: str | None,
    content: Any,
    shape: Callable[[Order], dict[str, Any]],
) -> Answer:
    """Send a unit, once per ``key``; ``shape`` makes the answer's body of the new order.

    The unit belongs to the actor's agency or one below (`Invalid` otherwise). One that is at work, off duty or busy
    needs ``confirm_busy`` (`UnitBusy` otherwise).
    """
    if not Incident.objects.visible_to(actor).filter(pk=incident_id).exists():
        raise NotFound

    def make() -> tuple[object, Callable[[], dict[str, Any]]]:
        order = _issue(
            actor,
            incident_id=incident_id,
            unit_id=unit_id,
            instruction=instruction,
            confirm_busy=confirm_busy,
            if_match=if_match,
        )
        return order.id, lambda: shape(order)

    return once(owner=str(actor.id), scope=f"incident.order:{incident_id}", key=key, content=content, make=make)


@unit.deed
def _issue(
    actor: User,
    *,
    incident_id: uuid.UUID,
    unit_id: uuid.UUID,
    instruction: str,
    confirm_busy: bool,
    if_match: str | None,
) -> Order:
    incident = locked_incident(actor, incident_id)
    allow(policies.may_dispatch(actor, incident), incident, if_match)
    if incident.state not in {IncidentState.DISPATCHED, IncidentState.RESPONDING, IncidentState.ON_SCENE}:
        check_incident_move(incident.state, IncidentState.DISPATCHED)
    sent = _unit_for(actor, incident, unit_id, confirm_busy=confirm_busy)
    order = Order.objects.create(
        incident=incident, unit=sent, round=incident.round, instruction=instruction, issued_by=actor
    )
    record(actor, "order.issued", order, after=order.state, unit=str(sent.id), confirmed_busy=confirm_busy)
    unit.append(OrderIssued(**facts(order)), *order_streams(order))
    follow_orders(actor, incident)
    follow_with_units(sent.id)
    sent.refresh_from_db(fields=["status"])
    return order


def _unit_for(actor: User, incident: Incident, unit_id: uuid.UUID, *, confirm_busy: bool) -> Unit:
    seen = Unit.objects.visible_to(actor)
    found = seen.select_related("agency").select_for_update(of=("self",)).filter(pk=unit_id).first()
    if found is None:
        raise Invalid.field("unit_id", "unknown", "Your agency has no such unit.")
    at_work = list(Order.objects.filter(unit=found).active().values_list("id", "incident_id"))
    if any(incident_id == incident.id for _, incident_id in at_work):
        raise Conflict("The unit has an order for this incident already.", code="already_ordered")
    if (at_work or found.status != UnitStatus.AVAILABLE) and not confirm_busy:
        raise UnitBusy(unit={"id": str(found.id), "status": found.status, "orders": [str(id_) for id_, _ in at_work]})
    return found


def facts(order: Order) -> dict[str, Any]:
    """What every event of an order says."""
    return {
        "order_id": order.id,
        "incident_id": order.incident_id,
        "unit_id": order.unit_id,
        "state": order.state,
        "version": order.version,
    }


@unit.deed
def urge(actor: User, *, order_id: uuid.UUID, if_match: str | None = None) -> Order:
    """Tell the unit that the desk is waiting (催办): to sign, to set out, to arrive, or for its feedback."""
    order = locked_order(actor, order_id)
    allow(policies.may_dispatch(actor, order.incident), order, if_match)
    if order.state not in ACTIVE_ORDER and order.state != OrderState.DONE:
        raise OrderIsOver
    order.urged_at, order.urge_count = clock.now(), min(order.urge_count + 1, 32000)
    store(order, "urged_at", "urge_count")
    record(actor, "order.urged", order, before=order.state, after=order.state, count=order.urge_count)
    unit.append(OrderUrged(**facts(order), count=order.urge_count), *order_streams(order))
    return order


@unit.deed
def review_return(
    actor: User, *, order_id: uuid.UUID, approve: bool, reason: str = "", if_match: str | None = None
) -> Order:
    """Decide about a return that was asked: the order is returned, or stands as before. A refusal needs a reason."""
    order = locked_order(actor, order_id)
    allow(policies.may_dispatch(actor, order.incident), order, if_match)
    if not approve and not reason:
        raise Invalid.field("reason", "required", "Refusing a return needs a reason.")
    # Where no return was asked the table has no move to `returned`, and that is the answer for a refusal as well.
    asked = order.state == OrderState.RETURN_REQUESTED
    before = order.move_to(OrderState(order.former_state) if asked and not approve else OrderState.RETURNED)
    store(order, *ORDER_MOVED)
    deed = "order.returned" if approve else "order.return_refused"
    record(actor, deed, order, before=before, after=order.state, reason=reason)
    event = OrderReturned(**facts(order)) if approve else OrderReturnRefused(**facts(order))
    unit.append(event, *order_streams(order))
    follow_orders(actor, order.incident)
    follow_with_units(order.unit_id)
    return order


@unit.deed
def cancel_order(actor: User, *, order_id: uuid.UUID, reason: str, if_match: str | None = None) -> Order:
    """Call the unit off before it is there."""
    order = locked_order(actor, order_id)
    allow(policies.may_dispatch(actor, order.incident), order, if_match)
    call_off(actor, order, reason, OrderState.CANCELLED)
    follow_orders(actor, order.incident)
    follow_with_units(order.unit_id)
    return order


def call_off(actor: User, order: Order, reason: str, state: OrderState) -> None:
    """End a locked order by the desk's will: cancelled, or returned where that was asked."""
    before = order.move_to(state)
    order.cancel_reason = reason
    store(order, *ORDER_MOVED, "cancel_reason")
    returned = state == OrderState.RETURNED
    deed = "order.returned" if returned else "order.cancelled"
    record(actor, deed, order, before=before, after=order.state, reason=reason)
    event = OrderReturned(**facts(order)) if returned else OrderCancelled(**facts(order))
    unit.append(event, *order_streams(order))
