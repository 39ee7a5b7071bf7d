"""``POST /contacts``."""

import json
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from guardian.models import MAX_OPEN_REQUESTS, Contact
from journal import streams
from journal.models import AuditRecord, Deadline
from tests.guardian.calls import FANG, NOBODY, URL, WEI, answer, ask, asked, code, contacts, end, later
from tests.journal.together import together
from tests.personas import People, client_for

pytestmark = pytest.mark.django_db


def test_it_works(people: People) -> None:
    made = ask(people.fang, "138 0000 0002", label="李伟")
    assert made.status_code == 201
    body = made.json()
    assert {k: body[k] for k in ("phone", "label", "direction", "state")} == {
        "phone": WEI,
        "label": "李伟",
        "direction": "outgoing",
        "state": "requested",
    }
    assert body["created_at"].endswith("Z")
    assert body["expires_at"] > body["created_at"]
    assert contacts(people.fang) == [body]
    (seen,) = contacts(people.wei)
    assert seen == body | {"phone": "138****0001", "label": people.fang.display_name, "direction": "incoming"}
    assert contacts(people.min) == []


def test_it_is_on_the_record_without_the_number(people: People) -> None:
    made = asked(people.fang, NOBODY, label="妈妈")
    record = AuditRecord.objects.get(deed="contact.asked")
    assert (record.actor_id, record.subject_id, record.after) == (people.fang.id, made["id"], "requested")
    (event,) = streams.read(f"person:{people.fang.id}", after=0)
    assert (event.name, event.data) == ("contact.asked", {"contact_id": made["id"]})
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone, phone_hash, pair FROM guardian_contact")
        phone, *hashes = cursor.fetchone()
    assert b"139" not in bytes(phone)
    assert all(len(text) == 64 for text in hashes)


def test_a_number_that_registers_later_sees_it(people: People) -> None:
    made = asked(people.fang, NOBODY)
    newcomer = User.objects.citizen(NOBODY)
    assert [c["id"] for c in contacts(newcomer)] == [made["id"]]
    assert answer(newcomer, made["id"], "accept").status_code == 200


def test_the_same_key_gives_the_first_answer_again(people: People) -> None:
    first = ask(people.fang, WEI, client_uuid="k")
    again = ask(people.fang, WEI, client_uuid="k")
    assert again.content == first.content
    assert (first.headers.get("Idempotency-Replayed"), again["Idempotency-Replayed"]) == (None, "true")
    other = ask(people.fang, NOBODY, client_uuid="k")
    assert code(other) == (422, "idempotency_conflict")
    assert other.json()["id"] == first.json()["id"]
    assert Contact.objects.count() == 1


@pytest.mark.parametrize("phone", [FANG, "13800000001", "0086 138-0000-0001"])
def test_oneself(people: People, phone: str) -> None:
    refused = ask(people.fang, phone)
    assert code(refused) == (400, "invalid")
    assert [(e["field"], e["code"]) for e in refused.json()["errors"]] == [("phone", "own_number")]


def test_twice(people: People) -> None:
    first = asked(people.fang, WEI)
    refused = ask(people.fang, "+86 138 0000 0002", label="again")
    assert code(refused) == (409, "contact_exists")
    assert refused.json()["id"] == first["id"]


def test_someone_who_has_asked_already(people: People) -> None:
    theirs = asked(people.wei, FANG)
    refused = ask(people.fang, WEI)
    assert code(refused) == (409, "contact_exists")
    assert refused.json()["id"] == theirs["id"]
    assert [c["id"] for c in contacts(people.fang)] == [theirs["id"]]


@pytest.mark.parametrize("again", ["asker", "invited"])
def test_someone_who_has_agreed_already(people: People, again: str) -> None:
    made = asked(people.fang, WEI)
    answer(people.wei, made["id"], "accept")
    refused = ask(people.fang, WEI) if again == "asker" else ask(people.wei, FANG)
    assert code(refused) == (409, "contact_exists")


def test_only_so_many_may_wait(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [asked(people.fang, f"+86139000000{n:02d}") for n in range(MAX_OPEN_REQUESTS)]
    refused = ask(people.fang, WEI)
    assert code(refused) == (429, "too_many_open_requests")
    assert asked(people.wei, NOBODY), "the cap is each person's own"
    end(people.fang, made[0]["id"])
    assert asked(people.fang, WEI)
    assert ask(people.fang, NOBODY).status_code == 429
    later(monkeypatch, days=8)
    assert asked(people.fang, NOBODY), "what has lapsed does not count"


def test_those_who_agreed_do_not_count(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guardian.models.MAX_OPEN_REQUESTS", 1)
    answer(people.wei, asked(people.fang, WEI)["id"], "accept")
    assert asked(people.fang, NOBODY)


def test_again_after_it_lapsed(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    first = asked(people.fang, WEI)
    later(monkeypatch, days=7)
    second = asked(people.fang, WEI)
    assert [(c["id"], c["state"]) for c in contacts(people.fang)] == [
        (second["id"], "requested"),
        (first["id"], "expired"),
    ]
    assert [c["id"] for c in contacts(people.wei)] == [second["id"]]
    assert Deadline.objects.filter(kind="contact.expires").count() == 2


def test_staff_have_no_contacts(people: People) -> None:
    assert code(ask(people.dispatcher, WEI)) == (403, "forbidden")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["phone"]),
        ({"phone": "110"}, ["phone"]),
        ({"phone": "13900000000\x00"}, ["phone"]),
        ({"phone": "\ud800"}, ["phone"]),
        ({"phone": ["13900000000"]}, ["phone"]),
        ({"phone": None}, ["phone"]),
        ({"phone": "1" * 10_000}, ["phone"]),
        ({"phone": NOBODY, "label": "x" * 41}, ["label"]),
        ({"phone": NOBODY, "label": "a\x00"}, ["label"]),
        ({"phone": NOBODY, "label": {}}, ["label"]),
        ({"phone": "x", "label": None}, ["label", "phone"]),
        ({"phone": NOBODY, "client_uuid": 7}, ["client_uuid"]),
        ([], ["non_field_errors"]),
        ("13900000000", ["non_field_errors"]),
        (None, ["non_field_errors"]),
    ],
)
def test_bad_input_is_named(people: People, body: Any, fields: list[str]) -> None:
    refused = client_for(people.fang).post(URL, json.dumps(body), content_type="application/json")
    assert refused.status_code == 400
    assert sorted(e["field"] for e in refused.json()["errors"]) == fields
    assert not Contact.objects.exists()


def test_a_label_is_not_needed(people: People) -> None:
    made = client_for(people.fang).post(URL, {"phone": WEI}, format="json")
    assert (made.status_code, made.json()["label"]) == (201, "")


@pytest.mark.django_db(transaction=True)
def test_at_once_only_one_relation_comes_to_be() -> None:
    """Both ask each other, several times each, with keys of their own."""
    fang, wei = User.objects.citizen(FANG), User.objects.citizen(WEI)

    def work(number: int) -> int:
        status: int = (ask(fang, WEI) if number % 2 else ask(wei, FANG)).status_code
        return status

    assert sorted(together(6, work)) == [201, 409, 409, 409, 409, 409]
    assert Contact.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_at_once_the_cap_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guardian.models.MAX_OPEN_REQUESTS", 3)
    fang = User.objects.citizen(FANG)
    found = together(6, lambda n: ask(fang, f"+861390000000{n}").status_code)
    assert sorted(found) == [201, 201, 201, 429, 429, 429]
