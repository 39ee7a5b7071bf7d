"""Both, or one of them twice, at the same moment: one outcome."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections

from accounts.managers import phone_hash
from accounts.models import User
from foundation.errors import Conflict, DomainError, NotFound, TooMany
from guardian import actions, limits
from guardian.models import Contact
from journal.models import AuditRecord, StreamEvent
from tests.guardian.story import heard

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def fang() -> User:
    return User.objects.citizen("+8613800000001")


@pytest.fixture
def wei() -> User:
    return User.objects.citizen("+8613800000002")


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Each in a thread of its own, at the same moment: results or domain errors, in order."""
    results: list[Any] = [None] * len(works)
    barrier = threading.Barrier(len(works))

    def run(number: int) -> None:
        barrier.wait()
        try:
            results[number] = works[number]()
        except DomainError as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def request(asker: User, phone: str = "13800000002", key: str | None = None) -> Any:
    return actions.request(asker, phone=phone, label="", key=key, content={"phone": phone})


def a_contact(asker: User) -> uuid.UUID:
    return uuid.UUID(request(asker).body["id"])


def test_two_accepts(fang: User, wei: User) -> None:
    contact = a_contact(fang)
    results = at_once(*[lambda: actions.accept(wei, contact_id=contact)] * 4)
    assert [result.state for result in results] == ["accepted"] * 4
    assert heard(fang) == ["contact.requested", "contact.accepted"]
    assert heard(wei) == ["contact.accepted"]


@pytest.mark.parametrize("_round", range(5))
def test_accept_and_withdraw(fang: User, wei: User, _round: int) -> None:
    contact = a_contact(fang)
    accepted, ended = at_once(
        lambda: actions.accept(wei, contact_id=contact), lambda: actions.end(fang, contact_id=contact)
    )
    assert ended is None
    assert Contact.objects.get().state == "ended"
    agreed = [] if isinstance(accepted, NotFound) else ["contact.accepted"]
    assert heard(fang) == ["contact.requested", *agreed, "contact.ended"]
    assert heard(wei) == ([*agreed, "contact.ended"] if agreed else [])


@pytest.mark.parametrize("_round", range(5))
def test_accept_and_decline(fang: User, wei: User, _round: int) -> None:
    contact = a_contact(fang)
    results = at_once(lambda: actions.accept(wei, contact_id=contact), lambda: actions.decline(wei, contact_id=contact))
    assert sum(isinstance(result, Conflict) for result in results) == 1
    assert len(heard(wei)) == 1


def test_both_end_it(fang: User, wei: User) -> None:
    contact = a_contact(fang)
    actions.accept(wei, contact_id=contact)
    results = at_once(lambda: actions.end(fang, contact_id=contact), lambda: actions.end(wei, contact_id=contact))
    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, NotFound) for result in results) == 1
    assert StreamEvent.objects.filter(name="contact.ended").count() == 2


def test_the_same_number_under_many_keys(fang: User) -> None:
    results = at_once(*[lambda number=number: request(fang, key=f"k{number}") for number in range(6)])
    assert sum(isinstance(result, Conflict) for result in results) == 5
    assert Contact.objects.get().phone_hash == phone_hash("+8613800000002")


def test_the_same_key_many_times(fang: User) -> None:
    results = at_once(*[lambda: request(fang, key="k")] * 6)
    assert len({result.body["id"] for result in results}) == 1
    assert sum(not result.replayed for result in results) == 1


def test_the_cap_holds(fang: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "OPEN_REQUESTS", 3)
    results = at_once(*[lambda number=number: request(fang, f"1391111000{number}") for number in range(6)])
    assert sum(isinstance(result, TooMany) for result in results) == 3
    assert Contact.objects.count() == 3


def test_two_who_ask_and_accept_each_other(fang: User, wei: User) -> None:
    """The streams of both are locked in one order: no deadlock."""
    one = a_contact(fang)
    other = uuid.UUID(request(wei, "13800000001").body["id"])
    at_once(lambda: actions.accept(wei, contact_id=one), lambda: actions.accept(fang, contact_id=other))
    assert set(Contact.objects.values_list("state", flat=True)) == {"accepted"}


@pytest.mark.postgres
@pytest.mark.parametrize("_round", range(10))
def test_rows_are_locked_on_postgresql(fang: User, wei: User, _round: int) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs DATABASE_URL to name a PostgreSQL server")
    contact = a_contact(fang)
    at_once(
        lambda: actions.accept(wei, contact_id=contact),
        lambda: actions.end(fang, contact_id=contact),
        lambda: actions.end(wei, contact_id=contact),
        lambda: actions.decline(wei, contact_id=contact),
    )
    moves = AuditRecord.objects.filter(subject_id=str(contact)).order_by("id").values_list("before", "after")
    states = [""]
    for before, after in moves:
        assert before == states[-1]
        states.append(after)
    assert states[-1] == Contact.objects.get().state == "ended"
