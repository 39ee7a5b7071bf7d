"""``POST /contacts/{id}/decline``: the asker can't tell it from silence."""

import pytest

from guardian.models import Contact
from journal import deadlines, streams
from journal.models import AuditRecord
from tests.guardian.calls import FANG, WEI, answer, ask, asked, code, contacts, end, later
from tests.personas import People

pytestmark = pytest.mark.django_db


def test_it_works(people: People) -> None:
    made = asked(people.fang, WEI)
    declined = answer(people.wei, made["id"], "decline")
    assert (declined.status_code, declined.json()["state"]) == (200, "declined")
    assert contacts(people.wei) == []
    assert contacts(people.fang) == [made], "to the asker nothing has happened"
    assert [e.name for e in streams.read(f"person:{people.fang.id}", after=0)] == ["contact.asked"]
    assert [e.name for e in streams.read(f"person:{people.wei.id}", after=0)] == ["contact.declined"]
    record = AuditRecord.objects.get(deed="contact.declined")
    assert (record.actor_id, record.before, record.after) == (people.wei.id, "requested", "declined")


def test_the_asker_can_not(people: People) -> None:
    assert code(answer(people.fang, asked(people.fang, WEI)["id"], "decline")) == (403, "forbidden")


def test_a_stranger_can_not(people: People) -> None:
    assert code(answer(people.min, asked(people.fang, WEI)["id"], "decline")) == (404, "not_found")


def test_after_agreeing_one_parts_instead(people: People) -> None:
    made = asked(people.fang, WEI)
    answer(people.wei, made["id"], "accept")
    assert code(answer(people.wei, made["id"], "decline")) == (409, "illegal_transition")


def test_twice(people: People) -> None:
    made = asked(people.fang, WEI)
    answer(people.wei, made["id"], "decline")
    assert code(answer(people.wei, made["id"], "decline")) == (409, "illegal_transition")


def test_it_expires_as_silence_does(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    declined, silent = asked(people.fang, WEI), asked(people.fang, "+8613911112222")
    answer(people.wei, declined["id"], "decline")
    later(monkeypatch, days=7)
    assert [c["state"] for c in contacts(people.fang)] == ["expired", "expired"]
    assert deadlines.sweep() == 2
    assert [c["state"] for c in contacts(people.fang)] == ["expired", "expired"]
    told = [(e.name, e.data["contact_id"]) for e in streams.read(f"person:{people.fang.id}", after=2)]
    assert sorted(told) == sorted(("contact.expired", made["id"]) for made in (declined, silent))


def test_asking_again_is_refused_as_it_is_while_a_request_waits(people: People) -> None:
    made = asked(people.fang, WEI)
    answer(people.wei, made["id"], "decline")
    refused = ask(people.fang, WEI)
    assert code(refused) == (409, "contact_exists")
    assert refused.json()["id"] == made["id"]


def test_nobody_is_pestered(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """Withdrawing and asking again reaches someone who has declined only when the first request would have lapsed."""
    made = asked(people.fang, WEI)
    answer(people.wei, made["id"], "decline")
    end(people.fang, made["id"])
    again = asked(people.fang, WEI)
    assert again["state"] == "requested"
    assert contacts(people.fang) == [again]
    assert contacts(people.wei) == []
    end(people.fang, again["id"])
    later(monkeypatch, days=7)
    last = asked(people.fang, WEI)
    assert [c["id"] for c in contacts(people.wei)] == [last["id"]]


def test_one_who_has_declined_may_ask(people: People) -> None:
    made = asked(people.fang, WEI)
    answer(people.wei, made["id"], "decline")
    theirs = asked(people.wei, FANG)
    assert [c["id"] for c in contacts(people.fang)] == [theirs["id"]]
    assert answer(people.fang, theirs["id"], "accept").status_code == 200
    assert Contact.objects.get(pk=made["id"]).state == "ended"
