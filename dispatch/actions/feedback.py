"""The 反馈单: what came of an order; and the desk that wants it better."""

import uuid
from collections.abc import Callable
from typing import Any

from accounts.models import User
from dispatch import policies
from dispatch.actions.intake import check_class
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
from dispatch.errors import OrderIsOver
from dispatch.events import FeedbackSentBack, OrderFedBack
from dispatch.models import Feedback, Order
from dispatch.states import IncidentState, OrderState, check_incident_move
from foundation import clock
from foundation.errors import NotFound
from journal import unit
from journal.idempotency import Answer, once


def give_feedback(
    actor: User,
    *,
    order_id: uuid.UUID,
    form: dict[str, Any],
    if_match: str | None = None,
    key: str | None,
    content: Any,
    shape: Callable[[Feedback], dict[str, Any]],
) -> Answer:
    """Say what came of an order that is done, once per ``key``.

    ``form``: result_code, class_code, summary; injured, deaths, detained (numbers of persons, ``None`` for unknown).
    """
    if not Order.objects.visible_to(actor).filter(pk=order_id).exists():
        raise NotFound

    def make() -> tuple[object, Callable[[], dict[str, Any]]]:
        made = _give(actor, order_id=order_id, form=form, if_match=if_match)
        return made.id, lambda: shape(made)

    return once(owner=str(actor.id), scope=f"order.feedback:{order_id}", key=key, content=content, make=make)


@unit.deed
def _give(actor: User, *, order_id: uuid.UUID, form: dict[str, Any], if_match: str | None) -> Feedback:
    order = locked_order(actor, order_id)
    allow(policies.may_carry_out(actor, order), order, if_match)
    check_class(form["class_code"])
    before = order.move_to(OrderState.FED_BACK)
    store(order, *ORDER_MOVED)
    made = Feedback.objects.create(order=order, by=actor, **form)
    record(
        actor,
        "order.fed_back",
        order,
        before=before,
        after=order.state,
        feedback=str(made.id),
        result_code=made.result_code,
        class_code=made.class_code,
    )
    event = OrderFedBack(**facts(order), feedback_id=made.id, result_code=made.result_code)
    unit.append(event, *order_streams(order))
    follow_orders(actor, order.incident)
    follow_with_units(order.unit_id)
    return made


@unit.deed
def send_feedback_back(actor: User, *, order_id: uuid.UUID, reason: str, if_match: str | None = None) -> Order:
    """The desk wants another feedback: the order is `done` again, and an incident that was fed back `resolved`."""
    order = locked_order(actor, order_id)
    allow(policies.may_dispatch(actor, order.incident), order, if_match)
    before = order.move_to(OrderState.DONE)
    if order.round != order.incident.round:
        raise OrderIsOver("The order belongs to a round before the incident was revived.")
    if not order.incident.is_open:
        check_incident_move(order.incident.state, IncidentState.RESOLVED)
    store(order, *ORDER_MOVED)
    latest = order.feedbacks.order_by("-id").first()
    if latest is None:
        raise NotFound
    latest.sent_back_at, latest.sent_back_by, latest.sent_back_reason = clock.now(), actor, reason
    latest.save(update_fields=["sent_back_at", "sent_back_by", "sent_back_reason"])
    record(
        actor,
        "order.feedback_sent_back",
        order,
        before=before,
        after=order.state,
        reason=reason,
        feedback=str(latest.id),
    )
    unit.append(FeedbackSentBack(**facts(order), feedback_id=latest.id), *order_streams(order))
    follow_orders(actor, order.incident)
    return order
