"""``POST /contacts/{id}/accept`` and ``/decline``: the other person answers."""

import uuid

import pytest

from journal.models import AuditRecord
from tests.guardian.story import URL, agreed, asked, days_pass, heard, listed, state_of
from tests.personas import People, client_for

pytestmark = pytest.mark.django_db


def test_it_works(people: People) -> None:
    fang, wei = client_for(people.fang), client_for(people.wei)
    contact = asked(fang)
    answer = wei.post(f"{URL}/{contact}/accept")
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["direction"]) == ("accepted", "incoming")
    assert [answer.json()] == listed(wei)
    assert heard(people.fang) == ["contact.requested", "contact.accepted"]
    assert heard(people.wei) == ["contact.accepted"]
    record = AuditRecord.objects.get(deed="contact.accepted")
    assert (record.before, record.after, record.actor_id) == ("requested", "accepted", people.wei.id)


def test_a_decline_is_not_told(people: People) -> None:
    fang, wei = client_for(people.fang), client_for(people.wei)
    contact = asked(fang)
    before = listed(fang)
    answer = wei.post(f"{URL}/{contact}/decline")
    assert (answer.status_code, answer.json()["state"]) == (200, "declined")
    assert listed(fang) == before
    assert listed(wei) == []
    assert heard(people.fang) == ["contact.requested"]
    assert heard(people.wei) == ["contact.declined"]
    record = AuditRecord.objects.get(deed="contact.declined")
    assert (record.before, record.after) == ("requested", "declined")


@pytest.mark.parametrize("deed", ["accept", "decline"])
def test_twice_is_as_once(people: People, deed: str) -> None:
    wei = client_for(people.wei)
    contact = asked(client_for(people.fang))
    first, second = (wei.post(f"{URL}/{contact}/{deed}") for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert len(heard(people.wei)) == 1


@pytest.mark.parametrize(("first", "second"), [("accept", "decline"), ("decline", "accept")])
def test_the_first_answer_stands(people: People, first: str, second: str) -> None:
    wei = client_for(people.wei)
    contact = asked(client_for(people.fang))
    wei.post(f"{URL}/{contact}/{first}")
    answer = wei.post(f"{URL}/{contact}/{second}")
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition")
    assert state_of(contact) == {"accept": "accepted", "decline": "declined"}[first]


@pytest.mark.parametrize("deed", ["accept", "decline"])
def test_too_late(people: People, monkeypatch: pytest.MonkeyPatch, deed: str) -> None:
    contact = asked(client_for(people.fang))
    days_pass(monkeypatch, 7)
    answer = client_for(people.wei).post(f"{URL}/{contact}/{deed}")
    assert (answer.status_code, answer.json()["code"]) == (409, "request_expired")
    assert state_of(contact) == "requested"


@pytest.mark.parametrize("deed", ["accept", "decline"])
def test_only_the_one_who_was_asked(people: People, deed: str) -> None:
    fang = client_for(people.fang)
    contact = asked(fang)
    assert fang.post(f"{URL}/{contact}/{deed}").status_code == 404
    assert client_for(people.min).post(f"{URL}/{contact}/{deed}").status_code == 404
    assert client_for(people.dispatcher).post(f"{URL}/{contact}/{deed}").status_code == 403
    assert state_of(contact) == "requested"


@pytest.mark.parametrize("deed", ["accept", "decline"])
def test_what_has_ended_is_gone(people: People, deed: str) -> None:
    fang, wei = client_for(people.fang), client_for(people.wei)
    contact = agreed(fang, wei)
    fang.delete(f"{URL}/{contact}")
    assert wei.post(f"{URL}/{contact}/{deed}").status_code == 404


@pytest.mark.parametrize("deed", ["accept", "decline"])
@pytest.mark.parametrize("name", [str(uuid.UUID(int=1)), "x", "%00", "1" * 300])
def test_unknown(people: People, deed: str, name: str) -> None:
    assert client_for(people.wei).post(f"{URL}/{name}/{deed}").status_code == 404


def test_a_body_is_not_needed_nor_read(people: People) -> None:
    contact = asked(client_for(people.fang))
    answer = client_for(people.wei).generic("POST", f"{URL}/{contact}/accept", "{", content_type="application/json")
    assert answer.status_code == 200
