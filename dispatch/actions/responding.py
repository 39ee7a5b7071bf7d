"""The 派警单, from the unit's side: sign, set out, arrive, finish, ask to be relieved."""

import uuid

from accounts.models import User
from dispatch import policies
from dispatch.actions.ordering import facts
from dispatch.actions.steps import (
    ORDER_MOVED,
    allow,
    follow_orders,
    follow_with_units,
    locked_order,
    order_streams,
    record,
    store,
)
from dispatch.events import (
    OrderArrived,
    OrderDeparted,
    OrderDone,
    OrderEvent,
    OrderReturnRequested,
    OrderSigned,
)
from dispatch.models import Order
from dispatch.states import OrderState
from journal import unit


@unit.deed
def sign(actor: User, *, order_id: uuid.UUID, if_match: str | None = None) -> Order:
    """The unit has the order (签收)."""
    return _step(actor, order_id, if_match, OrderState.SIGNED, "order.signed", OrderSigned)


@unit.deed
def depart(actor: User, *, order_id: uuid.UUID, if_match: str | None = None) -> Order:
    """The unit sets out (出警)."""
    return _step(actor, order_id, if_match, OrderState.EN_ROUTE, "order.departed", OrderDeparted)


@unit.deed
def arrive(actor: User, *, order_id: uuid.UUID, if_match: str | None = None) -> Order:
    """The unit is there (到场)."""
    return _step(actor, order_id, if_match, OrderState.ON_SCENE, "order.arrived", OrderArrived)


@unit.deed
def finish(actor: User, *, order_id: uuid.UUID, if_match: str | None = None) -> Order:
    """The work on the scene is done (处置完毕); the feedback follows."""
    return _step(actor, order_id, if_match, OrderState.DONE, "order.done", OrderDone)


@unit.deed
def request_return(actor: User, *, order_id: uuid.UUID, reason: str, if_match: str | None = None) -> Order:
    """The unit asks to be relieved of the order (退单); the desk decides."""
    return _step(
        actor, order_id, if_match, OrderState.RETURN_REQUESTED, "order.return_requested", OrderReturnRequested, reason
    )


def _step(
    actor: User,
    order_id: uuid.UUID,
    if_match: str | None,
    state: OrderState,
    deed: str,
    event: type[OrderEvent],
    reason: str = "",
) -> Order:
    order = locked_order(actor, order_id)
    allow(policies.may_carry_out(actor, order), order, if_match)
    before = order.move_to(state)
    fields = list(ORDER_MOVED)
    if state == OrderState.RETURN_REQUESTED:
        order.return_reason = reason
        fields.append("return_reason")
    store(order, *fields)
    record(actor, deed, order, before=before, after=order.state, reason=reason)
    unit.append(event(**facts(order)), *order_streams(order))
    if state == OrderState.EN_ROUTE and order.incident.departed_at is None:
        order.incident.departed_at = order.departed_at
        order.incident.save(update_fields=["departed_at"])
    follow_orders(actor, order.incident)
    follow_with_units(order.unit_id)
    return order
