"""Several at once: one claim, one order per key, one end. Threads on whichever database the tests run on."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections, transaction

from accounts.models import User
from dispatch import actions
from dispatch.models import Incident, Order, Unit
from foundation.errors import DomainError
from journal import streams
from tests.dispatch.story import Story, accept_form
from tests.personas import COUNTY, make_people

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def story(transactional_db: None) -> Story:
    """People whose rows other threads can see."""
    return Story(make_people())


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Do them in a thread each, begun together; the results, or the codes of the errors."""
    start = threading.Barrier(len(deeds))
    results: list[Any] = [None] * len(deeds)

    def run(index: int) -> None:
        try:
            start.wait(timeout=20)
            results[index] = deeds[index]()
        except DomainError as error:
            results[index] = error.code
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    return results


def colleagues(story: Story, count: int) -> list[User]:
    return [
        User.objects.create_staff(f"colleague-{n}", "x", agency_id=COUNTY, roles=["dispatcher"], badge_number=f"c{n}")
        for n in range(count)
    ]


@pytest.mark.parametrize("turn", range(3))
def test_of_those_who_claim_at_once_one_gets_it(story: Story, turn: int) -> None:
    incident = story.queued()
    people = colleagues(story, 6)
    results = at_once(*(lambda who=who: actions.claim(who, incident_id=incident.id) for who in people))
    winners = [who for who, result in zip(people, results, strict=True) if isinstance(result, Incident)]
    assert len(winners) == 1
    assert sorted(str(result) for result in results if isinstance(result, str)) == ["already_claimed"] * 5
    incident.refresh_from_db()
    assert incident.claimed_by == winners[0]
    assert [event.name for event in streams.read(incident.stream, after=0)].count("incident.claimed") == 1


def test_the_same_order_sent_twice_at_once_is_one(story: Story) -> None:
    incident, unit = story.accepted(), story.unit()

    def issue() -> Any:
        return actions.issue_order(
            story.people.dispatcher,
            incident_id=incident.id,
            unit_id=unit.id,
            instruction="x",
            key="k",
            content={"a": 1},
            shape=lambda order: {"id": str(order.id)},
        )

    answers = at_once(issue, issue, issue)
    assert len({answer.body["id"] for answer in answers}) == 1
    assert sorted(answer.replayed for answer in answers) == [False, True, True]
    assert Order.objects.count() == 1


def test_two_desks_and_one_unit(story: Story) -> None:
    incidents = [story.accepted(), story.accepted()]
    unit = story.unit()

    def issue(incident: Incident) -> Any:
        return actions.issue_order(
            story.people.dispatcher,
            incident_id=incident.id,
            unit_id=unit.id,
            instruction="x",
            key=None,
            content={},
            shape=lambda order: {"id": str(order.id)},
        )

    results = at_once(*(lambda incident=incident: issue(incident) for incident in incidents))
    assert results.count("unit_busy") == 1
    assert Order.objects.count() == 1


def test_the_unit_signs_while_the_desk_cancels(story: Story) -> None:
    order = story.ordered()
    dispatcher, patrol = story.people.dispatcher, story.people.patrol
    at_once(
        lambda: actions.sign(patrol, order_id=order.id),
        lambda: actions.cancel(dispatcher, incident_id=order.incident_id, reason="x"),
    )
    order.refresh_from_db()
    incident = Incident.objects.get()
    # Whoever was second found the state that the first had left.
    assert (order.state, incident.state, Unit.objects.get().status) == ("cancelled", "cancelled", "available")


def test_two_edits_with_the_same_etag(story: Story) -> None:
    incident = story.accepted()
    tag = f'"{incident.version}"'
    results = at_once(
        *(
            lambda text=text: actions.edit(story.people.dispatcher, incident_id=incident.id, if_match=tag, address=text)
            for text in ("甲", "乙")
        )
    )
    assert results.count("precondition_failed") == 1
    incident.refresh_from_db()
    assert incident.version == 4


def test_orders_of_one_incident_finish_at_once(story: Story) -> None:
    first = story.brought_to("on_scene")
    orders = [first, *(story.brought_to("on_scene", name, first.incident) for name in ("120", "130", "140"))]
    results = at_once(
        *(lambda order=order: actions.finish(story.people.dispatcher, order_id=order.id) for order in orders)
    )
    assert all(isinstance(result, Order) for result in results), results
    assert Incident.objects.get().state == "resolved"
    assert [event.name for event in streams.read(first.incident.stream, after=0)].count("incident.progressed") == 4


@pytest.mark.postgres
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="row locks exist on PostgreSQL only")
def test_a_deed_waits_for_the_row_of_another(story: Story) -> None:
    incident = story.claimed()
    held, done = threading.Event(), threading.Event()
    order: list[str] = []

    def accept() -> None:
        held.wait(timeout=20)
        actions.accept(story.people.dispatcher, incident_id=incident.id, **accept_form())
        order.append("accepted")
        connections.close_all()
        done.set()

    thread = threading.Thread(target=accept)
    thread.start()
    with transaction.atomic():
        Incident.objects.select_for_update().get(pk=incident.id)
        held.set()
        assert not done.wait(timeout=1)
        order.append("let go")
    thread.join(timeout=20)
    assert order == ["let go", "accepted"]
    assert connection.vendor == "postgresql"
