"""The tables of product.md, walked pair by pair, and how incident and unit follow their orders."""

import itertools

import pytest

from dispatch.models import Incident, Order
from dispatch.states import (
    ACTIVE_ORDER,
    INCIDENT_MOVES,
    INCIDENT_STAMPS,
    ORDER_MOVES,
    IncidentState,
    OrderState,
    UnitStatus,
    stage_of,
    steps_between,
    unit_status,
)
from foundation.errors import IllegalTransition

# As product.md writes it, so that a slip in the code's table is a difference.
INCIDENT_TABLE = {
    "queued": "claimed cancelled invalid merged handed_over",
    "claimed": "queued accepted cancelled invalid merged handed_over",
    "accepted": "dispatched closed cancelled invalid merged handed_over",
    "dispatched": "responding accepted cancelled invalid merged",
    "responding": "on_scene accepted cancelled merged",
    "on_scene": "resolved accepted merged",
    "resolved": "fed_back dispatched merged",
    "fed_back": "closed resolved dispatched",
    "closed": "archived accepted",
    "archived": "",
    "cancelled": "queued",
    "invalid": "queued",
    "handed_over": "queued",
}
ORDER_TABLE = {
    "issued": "signed return_requested cancelled",
    "signed": "en_route on_scene return_requested cancelled",
    "en_route": "on_scene return_requested cancelled",
    "on_scene": "done",
    "done": "fed_back",
    "fed_back": "done",
    "returned": "",
    "cancelled": "",
}
MERGEABLE = [state for state, targets in INCIDENT_TABLE.items() if "merged" in targets.split()]
INCIDENT_PAIRS = list(itertools.product(IncidentState.values, repeat=2))
ORDER_PAIRS = list(itertools.product(OrderState.values, repeat=2))
WORKING = ["accepted", "dispatched", "responding", "on_scene", "resolved", "fed_back"]


@pytest.mark.parametrize(("old", "new"), INCIDENT_PAIRS)
def test_every_pair_of_an_incident(old: str, new: str) -> None:
    for former in MERGEABLE if old == "merged" else [""]:
        incident = Incident(state=old, former_state=former)
        allowed = new == former if old == "merged" else new in INCIDENT_TABLE[old].split()
        if not allowed:
            with pytest.raises(IllegalTransition):
                incident.move_to(IncidentState(new))
            assert (incident.state, incident.former_state) == (old, former)
            continue
        assert incident.move_to(IncidentState(new)) == old
        assert incident.state == new
        assert incident.former_state == (old if new == "merged" else "")
        stamped = {stamp for stamp in INCIDENT_STAMPS.values() if getattr(incident, stamp) is not None}
        assert stamped == {"received_at", *(stamp for state, stamp in INCIDENT_STAMPS.items() if state == new)}


@pytest.mark.parametrize(("old", "new"), ORDER_PAIRS)
def test_every_pair_of_an_order(old: str, new: str) -> None:
    for former in ["issued", "signed", "en_route"] if old == "return_requested" else [""]:
        order = Order(state=old, former_state=former)
        allowed = new in {"returned", former} if old == "return_requested" else new in ORDER_TABLE[old].split()
        if not allowed:
            with pytest.raises(IllegalTransition):
                order.move_to(OrderState(new))
            assert (order.state, order.former_state) == (old, former)
            continue
        assert order.move_to(OrderState(new)) == old
        assert order.state == new
        assert order.former_state == (old if new == "return_requested" else "")
        assert (order.ended_at is not None) == (new in {"returned", "cancelled"})


def test_the_tables_hold_every_state() -> None:
    assert set(INCIDENT_MOVES) == set(IncidentState)
    assert set(ORDER_MOVES) == set(OrderState)


def test_a_stamp_keeps_the_first_time() -> None:
    incident = Incident(state="queued")
    incident.move_to(IncidentState.CLAIMED)
    first = incident.answered_at
    incident.move_to(IncidentState.QUEUED)
    incident.move_to(IncidentState.CLAIMED)
    assert incident.answered_at == first is not None


def test_a_revival_takes_the_closing_time_back() -> None:
    incident = Incident(state="fed_back")
    incident.move_to(IncidentState.CLOSED)
    assert incident.closed_at is not None
    incident.move_to(IncidentState.ACCEPTED)
    assert incident.closed_at is None


def all_mixes() -> list[tuple[OrderState, ...]]:
    """Every mix of up to three orders, whose asked returns count with their former state."""
    states = [state for state in OrderState if state != OrderState.RETURN_REQUESTED]
    return [mix for size in range(4) for mix in itertools.combinations_with_replacement(states, size)]


@pytest.mark.parametrize("current", WORKING)
def test_the_incident_follows_its_orders(current: str) -> None:
    rank = {"accepted": 0, "issued": 1, "signed": 2, "en_route": 2, "on_scene": 3}
    stage = ["accepted", "dispatched", "responding", "on_scene"]
    for mix in all_mixes():
        result = stage_of(IncidentState(current), mix)
        active = [rank[state] for state in mix if state in ACTIVE_ORDER]
        finished = [state for state in mix if state in {"done", "fed_back"}]
        if active:
            least = stage[max(active)]
            fresh = current in {"accepted", "resolved", "fed_back"}
            expected = least if fresh else stage[max(*active, stage.index(current))]
        elif not finished:
            expected = "accepted"
        else:
            expected = "fed_back" if set(finished) == {"fed_back"} else "resolved"
        assert result == expected, (current, mix)


@pytest.mark.parametrize(("current", "target"), list(itertools.product(WORKING, repeat=2)))
def test_the_way_there_is_along_the_table(current: str, target: str) -> None:
    try:
        steps = steps_between(IncidentState(current), IncidentState(target))
    except IllegalTransition:
        pytest.fail("every working state leads to every other")
    assert (steps == []) == (current == target)
    way = [current, *steps]
    assert way[-1] == target
    assert all(new in INCIDENT_TABLE[old].split() for old, new in itertools.pairwise(way))


def test_there_is_no_way_out_of_the_archive() -> None:
    with pytest.raises(IllegalTransition):
        steps_between(IncidentState.ARCHIVED, IncidentState.ACCEPTED)


@pytest.mark.parametrize("current", UnitStatus.values)
def test_the_unit_follows_its_orders(current: str) -> None:
    expected = {"issued": "assigned", "signed": "assigned", "return_requested": "assigned"}
    expected |= {"en_route": "en_route", "on_scene": "on_scene"}
    for state in OrderState.values:
        result = unit_status(current, [state])
        if current == "emergency":
            assert result == "emergency"
        elif state in expected:
            assert result == expected[state]
        else:
            assert result == ("available" if current in {"assigned", "en_route", "on_scene"} else current)
    if current != "emergency":
        assert unit_status(current, ["issued", "on_scene", "en_route"]) == "on_scene"
