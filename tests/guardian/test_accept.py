"""``POST /contacts/{id}/accept``."""

from functools import partial

import pytest

from foundation import ids
from guardian.models import Contact
from journal import streams
from journal.models import AuditRecord, Deadline
from tests.guardian.calls import NOBODY, WEI, answer, asked, code, contacts, end, later
from tests.journal.together import together
from tests.personas import People, make_people

pytestmark = pytest.mark.django_db


def test_it_works(people: People) -> None:
    made = asked(people.fang, WEI, label="李伟")
    accepted = answer(people.wei, made["id"], "accept")
    assert accepted.status_code == 200
    assert contacts(people.wei) == [accepted.json()]
    assert (accepted.json()["state"], accepted.json()["expires_at"]) == ("accepted", None)
    (seen,) = contacts(people.fang)
    assert seen == made | {"state": "accepted", "expires_at": None}
    contact = Contact.objects.get()
    assert contact.invited == people.wei
    assert Deadline.objects.get().done_at is not None


def test_both_are_told(people: People) -> None:
    made = asked(people.fang, WEI)
    answer(people.wei, made["id"], "accept")
    for person in (people.fang, people.wei):
        event = streams.read(f"person:{person.id}", after=0)[-1]
        assert (event.name, event.data) == ("contact.accepted", {"contact_id": made["id"]})
    record = AuditRecord.objects.get(deed="contact.accepted")
    assert (record.actor_id, record.before, record.after) == (people.wei.id, "requested", "accepted")


def test_the_asker_can_not_agree_for_the_other(people: People) -> None:
    made = asked(people.fang, WEI)
    assert code(answer(people.fang, made["id"], "accept")) == (403, "forbidden")


def test_a_stranger_does_not_see_it(people: People) -> None:
    made = asked(people.fang, WEI)
    unseen = answer(people.min, made["id"], "accept").json()
    absent = answer(people.min, str(ids.new_id()), "accept").json()
    assert unseen | {"request_id": ""} == absent | {"request_id": ""}
    assert code(answer(people.min, "nonsense", "accept")) == (404, "not_found")


def test_twice(people: People) -> None:
    made = asked(people.fang, WEI)
    answer(people.wei, made["id"], "accept")
    assert code(answer(people.wei, made["id"], "accept")) == (409, "illegal_transition")


def test_after_declining(people: People) -> None:
    made = asked(people.fang, WEI)
    answer(people.wei, made["id"], "decline")
    assert code(answer(people.wei, made["id"], "accept")) == (409, "illegal_transition")


def test_too_late(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    made = asked(people.fang, WEI)
    later(monkeypatch, days=7)
    assert code(answer(people.wei, made["id"], "accept")) == (409, "illegal_transition")
    assert contacts(people.wei) == []


def test_after_it_was_withdrawn(people: People) -> None:
    made = asked(people.fang, WEI)
    end(people.fang, made["id"])
    assert code(answer(people.wei, made["id"], "accept")) == (404, "not_found")


def test_staff_have_no_contacts(people: People) -> None:
    made = asked(people.fang, NOBODY)
    assert code(answer(people.dispatcher, made["id"], "accept")) == (403, "forbidden")


@pytest.mark.django_db(transaction=True)
def test_accepting_and_withdrawing_at_once() -> None:
    """Whoever is first, the end is one of two consistent ones, and nothing fails."""
    people = make_people()
    for _ in range(5):
        contact_id = asked(people.fang, WEI)["id"]
        accepted, ended = together(2, partial(accept_or_withdraw, people, contact_id))
        assert ended == 204
        assert accepted in {200, 404}
        assert contacts(people.fang) == contacts(people.wei) == []


def accept_or_withdraw(people: People, contact_id: str, number: int) -> int:
    """The first of two threads accepts, the second withdraws."""
    given = end(people.fang, contact_id) if number else answer(people.wei, contact_id, "accept")
    status: int = given.status_code
    return status
