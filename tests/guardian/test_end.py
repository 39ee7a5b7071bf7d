"""``DELETE /contacts/{id}``."""

import pytest

from foundation import ids
from guardian.models import Contact
from journal import streams
from journal.models import AuditRecord
from tests.guardian.calls import FANG, WEI, answer, asked, code, contacts, end, later
from tests.personas import People

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["fang", "wei"])
def test_it_works(people: People, who: str) -> None:
    made = asked(people.fang, WEI)
    answer(people.wei, made["id"], "accept")
    person = getattr(people, who)
    ended = end(person, made["id"])
    assert (ended.status_code, ended.content) == (204, b"")
    assert contacts(people.fang) == contacts(people.wei) == []
    for each in (people.fang, people.wei):
        assert streams.read(f"person:{each.id}", after=0)[-1].name == "contact.ended"
    record = AuditRecord.objects.get(deed="contact.ended")
    assert (record.actor_id, record.before, record.after) == (person.id, "accepted", "ended")


def test_number_and_label_are_forgotten(people: People) -> None:
    made = asked(people.fang, WEI)
    end(people.fang, made["id"])
    contact = Contact.objects.get()
    assert (contact.state, contact.phone, contact.label) == ("ended", None, "")


def test_a_request_is_withdrawn(people: People) -> None:
    made = asked(people.fang, WEI)
    assert end(people.fang, made["id"]).status_code == 204
    assert contacts(people.fang) == contacts(people.wei) == []
    assert asked(people.fang, WEI)["id"] != made["id"]


def test_to_the_invited_it_means_to_decline(people: People) -> None:
    made = asked(people.fang, WEI)
    assert end(people.wei, made["id"]).status_code == 204
    assert contacts(people.wei) == []
    assert contacts(people.fang) == [made]
    assert Contact.objects.get().state == "declined"
    assert code(end(people.wei, made["id"])) == (404, "not_found")


def test_a_lapsed_request_can_be_put_away(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    made = asked(people.fang, WEI)
    later(monkeypatch, days=7)
    assert code(end(people.wei, made["id"])) == (404, "not_found")
    assert end(people.fang, made["id"]).status_code == 204
    assert contacts(people.fang) == []


def test_twice(people: People) -> None:
    made = asked(people.fang, WEI)
    end(people.fang, made["id"])
    assert code(end(people.fang, made["id"])) == (404, "not_found")


def test_a_stranger_can_not(people: People) -> None:
    made = asked(people.fang, WEI)
    assert code(end(people.min, made["id"])) == (404, "not_found")
    assert code(end(people.min, str(ids.new_id()))) == (404, "not_found")
    assert contacts(people.fang) == [made]


def test_staff_have_no_contacts(people: People) -> None:
    assert code(end(people.dispatcher, asked(people.fang, WEI)["id"])) == (403, "forbidden")


def test_afterwards_either_may_ask_again(people: People) -> None:
    made = asked(people.fang, WEI)
    answer(people.wei, made["id"], "accept")
    end(people.wei, made["id"])
    theirs = asked(people.wei, FANG)
    assert [c["id"] for c in contacts(people.fang)] == [theirs["id"]]
