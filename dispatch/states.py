"""The states of incident, order and unit, the moves between them, and how one follows from another. Pure data and logic.

The tables are those of product.md, *States*. What they do not hold is an `IllegalTransition`.
"""

from collections.abc import Collection, Iterable
from typing import Final

from django.db import models

from foundation.errors import IllegalTransition


class IncidentState(models.TextChoices):
    """Where an incident (接警单) stands."""

    QUEUED = "queued", "待接警"
    CLAIMED = "claimed", "受理中"
    ACCEPTED = "accepted", "已接警"
    DISPATCHED = "dispatched", "已派警"
    RESPONDING = "responding", "已出警"
    ON_SCENE = "on_scene", "已到场"
    RESOLVED = "resolved", "现场处置完毕"
    FED_BACK = "fed_back", "已反馈"
    CLOSED = "closed", "已办结"
    ARCHIVED = "archived", "已归档"
    CANCELLED = "cancelled", "取消"
    INVALID = "invalid", "无效"
    MERGED = "merged", "合并"
    HANDED_OVER = "handed_over", "转出"


class OrderState(models.TextChoices):
    """Where an order (派警单) stands."""

    ISSUED = "issued", "已下达"
    SIGNED = "signed", "已签收"
    EN_ROUTE = "en_route", "已出警"
    ON_SCENE = "on_scene", "已到场"
    DONE = "done", "处置完毕"
    FED_BACK = "fed_back", "已反馈"
    RETURN_REQUESTED = "return_requested", "申请退单"
    RETURNED = "returned", "退单"
    CANCELLED = "cancelled", "已撤销"


class UnitStatus(models.TextChoices):
    """What a unit (警力) is doing."""

    AVAILABLE = "available", "待命"
    ASSIGNED = "assigned", "已受派"
    EN_ROUTE = "en_route", "出警途中"
    ON_SCENE = "on_scene", "现场"
    BUSY = "busy", "忙碌"
    OFF_DUTY = "off_duty", "下勤"
    EMERGENCY = "emergency", "遇险"


_I, _O = IncidentState, OrderState

# From `merged` an incident goes back to its former state only: `Incident.move_to` looks at that.
INCIDENT_MOVES: Final[dict[IncidentState, frozenset[IncidentState]]] = {
    _I.QUEUED: frozenset({_I.CLAIMED, _I.CANCELLED, _I.INVALID, _I.MERGED, _I.HANDED_OVER}),
    _I.CLAIMED: frozenset({_I.QUEUED, _I.ACCEPTED, _I.CANCELLED, _I.INVALID, _I.MERGED, _I.HANDED_OVER}),
    _I.ACCEPTED: frozenset({_I.DISPATCHED, _I.CLOSED, _I.CANCELLED, _I.INVALID, _I.MERGED, _I.HANDED_OVER}),
    _I.DISPATCHED: frozenset({_I.RESPONDING, _I.ACCEPTED, _I.CANCELLED, _I.INVALID, _I.MERGED}),
    _I.RESPONDING: frozenset({_I.ON_SCENE, _I.ACCEPTED, _I.CANCELLED, _I.MERGED}),
    _I.ON_SCENE: frozenset({_I.RESOLVED, _I.ACCEPTED, _I.MERGED}),
    _I.RESOLVED: frozenset({_I.FED_BACK, _I.DISPATCHED, _I.MERGED}),
    _I.FED_BACK: frozenset({_I.CLOSED, _I.RESOLVED, _I.DISPATCHED}),
    _I.CLOSED: frozenset({_I.ARCHIVED, _I.ACCEPTED}),
    _I.ARCHIVED: frozenset(),
    _I.CANCELLED: frozenset({_I.QUEUED}),
    _I.INVALID: frozenset({_I.QUEUED}),
    _I.MERGED: frozenset({_I.QUEUED, _I.CLAIMED, _I.ACCEPTED, _I.DISPATCHED, _I.RESPONDING, _I.ON_SCENE, _I.RESOLVED}),
    _I.HANDED_OVER: frozenset({_I.QUEUED}),
}

# From `return_requested` a refused return goes back to the former state only: `Order.move_to` looks at that.
ORDER_MOVES: Final[dict[OrderState, frozenset[OrderState]]] = {
    _O.ISSUED: frozenset({_O.SIGNED, _O.RETURN_REQUESTED, _O.CANCELLED}),
    _O.SIGNED: frozenset({_O.EN_ROUTE, _O.ON_SCENE, _O.RETURN_REQUESTED, _O.CANCELLED}),
    _O.EN_ROUTE: frozenset({_O.ON_SCENE, _O.RETURN_REQUESTED, _O.CANCELLED}),
    _O.ON_SCENE: frozenset({_O.DONE}),
    _O.DONE: frozenset({_O.FED_BACK}),
    _O.FED_BACK: frozenset({_O.DONE}),
    _O.RETURN_REQUESTED: frozenset({_O.RETURNED, _O.ISSUED, _O.SIGNED, _O.EN_ROUTE}),
    _O.RETURNED: frozenset(),
    _O.CANCELLED: frozenset(),
}

INCIDENT_STAMPS: Final[dict[IncidentState, str]] = {
    _I.QUEUED: "received_at",
    _I.CLAIMED: "answered_at",
    _I.ACCEPTED: "accepted_at",
    _I.DISPATCHED: "dispatched_at",
    _I.RESPONDING: "signed_at",
    _I.ON_SCENE: "arrived_at",
    _I.RESOLVED: "resolved_at",
    _I.FED_BACK: "fed_back_at",
    _I.CLOSED: "closed_at",
    _I.ARCHIVED: "archived_at",
}

ORDER_STAMPS: Final[dict[OrderState, str]] = {
    _O.ISSUED: "issued_at",
    _O.SIGNED: "signed_at",
    _O.EN_ROUTE: "departed_at",
    _O.ON_SCENE: "arrived_at",
    _O.DONE: "done_at",
    _O.FED_BACK: "fed_back_at",
}

OPEN_INCIDENT: Final = frozenset(
    {_I.QUEUED, _I.CLAIMED, _I.ACCEPTED, _I.DISPATCHED, _I.RESPONDING, _I.ON_SCENE, _I.RESOLVED, _I.FED_BACK}
)
# An order at which somebody is at work, and one whose work is over with a result.
ACTIVE_ORDER: Final = frozenset({_O.ISSUED, _O.SIGNED, _O.EN_ROUTE, _O.ON_SCENE, _O.RETURN_REQUESTED})
FINISHED_ORDER: Final = frozenset({_O.DONE, _O.FED_BACK})
RECALLABLE_ORDER: Final = frozenset({_O.ISSUED, _O.SIGNED, _O.EN_ROUTE})

# What an incident becomes by the furthest of its active orders, in the order of progress.
_STAGES: Final = (_I.DISPATCHED, _I.RESPONDING, _I.ON_SCENE, _I.RESOLVED, _I.FED_BACK)
_STAGE_OF_ORDER: Final = {
    _O.ISSUED: _I.DISPATCHED,
    _O.SIGNED: _I.RESPONDING,
    _O.EN_ROUTE: _I.RESPONDING,
    _O.ON_SCENE: _I.ON_SCENE,
}


def check_incident_move(old: str, new: str, *, former: str = "") -> None:
    """Raise `IllegalTransition` unless an incident may move so; ``former`` is its state before it was merged."""
    allowed = new in INCIDENT_MOVES[IncidentState(old)] and (old != IncidentState.MERGED or new == former)
    if not allowed:
        raise IllegalTransition(f"An incident can't go from {old} to {new}.")


def check_order_move(old: str, new: str, *, former: str = "") -> None:
    """Raise `IllegalTransition` unless an order may move so; ``former`` is its state before a return was asked."""
    allowed = new in ORDER_MOVES[OrderState(old)]
    if old == OrderState.RETURN_REQUESTED and new != OrderState.RETURNED:
        allowed = allowed and new == former
    if not allowed:
        raise IllegalTransition(f"An order can't go from {old} to {new}.")


def stage_of(current: IncidentState, orders: Collection[OrderState]) -> IncidentState:
    """The state of an incident that follows its orders: that of the furthest live one.

    ``orders`` are the states of all orders of the present round; one whose return is asked counts with its former state.

    - Nobody is at work and nothing was done (none, or all returned or cancelled): ``accepted``.
    - Nobody is at work any more: ``resolved``, or ``fed_back`` once every done order has its feedback.
    - Somebody is at work: the furthest active order decides. An incident does not fall back meanwhile (a unit that
      signed is called off while another has still to sign: it stays ``responding``; the tables have no move back), but
      another order after ``resolved`` or ``fed_back`` starts again at the first active one's stage.
    """
    active = [_STAGE_OF_ORDER[state] for state in orders if state in _STAGE_OF_ORDER]
    if not active:
        finished = [state for state in orders if state in FINISHED_ORDER]
        if not finished:
            return IncidentState.ACCEPTED
        return IncidentState.FED_BACK if set(finished) == {OrderState.FED_BACK} else IncidentState.RESOLVED
    furthest = max(active, key=_STAGES.index)
    if current in {IncidentState.ACCEPTED, IncidentState.RESOLVED, IncidentState.FED_BACK}:
        return furthest
    return max(current, furthest, key=_STAGES.index)


def steps_between(current: IncidentState, target: IncidentState) -> list[IncidentState]:
    """The shortest way along the table from one working state to another; empty where they are the same.

    For example: a second order is called off and only the first, done long ago, is left: ``dispatched`` → ``responding``
    → ``on_scene`` → ``resolved``. Raises `IllegalTransition` where there is no way.
    """
    ways: list[list[IncidentState]] = [[current]]
    seen = {current}
    allowed = {IncidentState.ACCEPTED, *_STAGES}
    while ways:
        way = ways.pop(0)
        if way[-1] == target:
            return way[1:]
        for state in sorted((INCIDENT_MOVES[way[-1]] & allowed) - seen):
            seen.add(state)
            ways.append([*way, state])
    raise IllegalTransition(f"An incident can't go from {current} to {target}.")


def unit_status(current: str, active: Iterable[str]) -> str:
    """The status of a unit that follows its orders, given the states of those at which it is at work.

    An officer in danger stays so until somebody says otherwise; a unit without orders that was not at work (off duty,
    busy with something else) stays as it is.
    """
    states = set(active)
    if current == UnitStatus.EMERGENCY:
        return current
    if OrderState.ON_SCENE in states:
        return UnitStatus.ON_SCENE
    if OrderState.EN_ROUTE in states:
        return UnitStatus.EN_ROUTE
    if states & ACTIVE_ORDER:
        return UnitStatus.ASSIGNED
    at_work = {UnitStatus.ASSIGNED, UnitStatus.EN_ROUTE, UnitStatus.ON_SCENE}
    return UnitStatus.AVAILABLE if current in at_work else current
