"""``DELETE /contacts/{id}``: either side ends it."""

import uuid

import pytest

from guardian.models import Contact
from journal.models import AuditRecord
from tests.guardian.story import MIN, NOBODY, URL, agreed, asked, days_pass, heard, listed, state_of
from tests.personas import People, client_for

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["fang", "wei"])
def test_it_works(people: People, who: str) -> None:
    fang, wei = client_for(people.fang), client_for(people.wei)
    contact = agreed(fang, wei)
    assert (fang if who == "fang" else wei).delete(f"{URL}/{contact}").status_code == 204
    assert listed(fang) == listed(wei) == []
    assert heard(people.fang) == ["contact.requested", "contact.accepted", "contact.ended"]
    assert heard(people.wei) == ["contact.accepted", "contact.ended"]
    row = Contact.objects.get(id=contact)
    assert (row.state, row.phone, row.label) == ("ended", None, None)
    record = AuditRecord.objects.get(deed="contact.ended")
    assert (record.before, record.after, record.actor_id) == ("accepted", "ended", getattr(people, who).id)
    assert [client.delete(f"{URL}/{contact}").status_code for client in (fang, wei)] == [404, 404]


def test_one_can_ask_again_after_it(people: People) -> None:
    fang, wei = client_for(people.fang), client_for(people.wei)
    wei.delete(f"{URL}/{agreed(fang, wei)}")
    assert [row["id"] for row in listed(wei)] == [] != [asked(fang)]
    assert [row["state"] for row in listed(wei)] == ["requested"]


def test_the_asker_withdraws(people: People) -> None:
    fang, wei = client_for(people.fang), client_for(people.wei)
    contact = asked(fang)
    assert fang.delete(f"{URL}/{contact}").status_code == 204
    assert listed(fang) == listed(wei) == []
    assert heard(people.wei) == []


def test_the_other_removes_an_open_request(people: People) -> None:
    """It is a decline: if the asker's list lost it, that would tell that someone has the number."""
    fang, wei = client_for(people.fang), client_for(people.wei)
    contact = asked(fang)
    before = listed(fang)
    assert wei.delete(f"{URL}/{contact}").status_code == 204
    assert listed(fang) == before
    assert listed(wei) == []
    assert (state_of(contact), heard(people.fang)) == ("declined", ["contact.requested"])
    assert wei.delete(f"{URL}/{contact}").status_code == 404


def test_the_one_who_declined_is_left_alone(people: People) -> None:
    fang, wei = client_for(people.fang), client_for(people.wei)
    contact = asked(fang)
    wei.post(f"{URL}/{contact}/decline")
    assert fang.delete(f"{URL}/{contact}").status_code == 204
    assert listed(fang) == []
    assert heard(people.wei) == ["contact.declined"]


def test_expired_ones_and_those_to_nobody(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    fang = client_for(people.fang)
    contacts = [asked(fang, NOBODY), asked(fang, MIN)]
    days_pass(monkeypatch, 8)
    assert client_for(people.min).delete(f"{URL}/{contacts[1]}").status_code == 404
    assert [fang.delete(f"{URL}/{contact}").status_code for contact in contacts] == [204, 204]
    assert listed(fang) == []
    assert heard(people.min) == []


@pytest.mark.parametrize("name", [str(uuid.UUID(int=1)), "x", "%00"])
def test_unknown(people: People, name: str) -> None:
    assert client_for(people.fang).delete(f"{URL}/{name}").status_code == 404


def test_nobody_else(people: People) -> None:
    contact = agreed(client_for(people.fang), client_for(people.wei))
    assert client_for(people.min).delete(f"{URL}/{contact}").status_code == 404
    assert client_for(people.dispatcher).delete(f"{URL}/{contact}").status_code == 403
    assert state_of(contact) == "accepted"
