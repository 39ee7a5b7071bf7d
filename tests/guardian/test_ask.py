"""``POST /contacts``: someone asks the person behind a number."""

import json
import re
import uuid
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.managers import phone_hash
from accounts.models import User
from guardian import limits
from guardian.models import Contact
from journal.models import AuditRecord, StreamEvent, UsedKey
from tests.guardian.story import MIN, NOBODY, URL, WEI, ask, asked, days_pass, heard, listed, state_of
from tests.personas import People, client_for

pytestmark = pytest.mark.django_db


def test_it_works(people: People) -> None:
    fang = client_for(people.fang)
    answer = ask(fang, "138 0000-0002", "老李")
    assert answer.status_code == 201
    body = answer.json()
    assert body["phone"] == "+8613800000002"
    assert (body["label"], body["display_name"]) == ("老李", "")
    assert (body["direction"], body["state"]) == ("outgoing", "requested")
    assert body["created_at"].endswith("Z")
    assert body["expires_at"] > body["created_at"]
    assert listed(fang) == [body]
    record = AuditRecord.objects.get(deed="contact.requested")
    assert (record.subject_kind, record.subject_id) == ("contact", body["id"])
    assert (heard(people.fang), heard(people.wei)) == (["contact.requested"], [])


def test_a_number_without_an_account_is_treated_as_any_other(people: People) -> None:
    people.wei.display_name = "李伟"
    people.wei.save(update_fields=["display_name"])
    fang = client_for(people.fang)
    ask(fang, MIN)  # so that both that follow find the streams and chains in place
    bodies, queries = [], []
    for phone in (WEI, NOBODY):
        with CaptureQueriesContext(
            connection,
        ) as context:
            answer = ask(fang, phone)
        assert answer.status_code == 201
        bodies.append(answer.json())
        queries.append([re.sub(r'"?s\d+_x\d+"?', "", query["sql"])[:40] for query in context.captured_queries])
    differ = {"id", "phone", "created_at", "expires_at"}
    known, unknown = ({name: value for name, value in body.items() if name not in differ} for body in bodies)
    assert known == unknown
    assert queries[0] == queries[1]
    in_list = {row["id"]: row for row in listed(fang)}
    assert [in_list[body["id"]] for body in bodies] == bodies
    assert [ask(fang, phone).status_code for phone in (WEI, NOBODY)] == [409, 409]
    assert set(Contact.objects.values_list("invited", flat=True)) == {None}


def test_who_registers_later_sees_it(people: People) -> None:
    contact = asked(client_for(people.fang), NOBODY)
    new = client_for(User.objects.citizen(f"+86{NOBODY}"))
    assert [row["id"] for row in listed(new)] == [contact]
    assert new.post(f"{URL}/{contact}/accept").status_code == 200


def test_the_number_and_the_label_lie_nowhere_in_clear(people: People) -> None:
    contact = asked(client_for(people.fang), WEI, "secret-label")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM guardian_contact")
        row = repr([bytes(cell) if isinstance(cell, memoryview) else cell for cell in cursor.fetchone()])
    told = [UsedKey.objects.get(object_id=contact).answer, row]
    told += [str(event.data) for event in StreamEvent.objects.all()]
    told += [str(record.detail) + record.subject_id for record in AuditRecord.objects.all()]
    assert not any("13800000002" in text or "secret-label" in text for text in told)


def test_again_with_the_same_key(people: People) -> None:
    fang = client_for(people.fang)
    key = str(uuid.uuid4())
    first, second = (ask(fang, client_uuid=key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second["Idempotency-Replayed"] == "true"
    assert Contact.objects.count() == 1
    other = ask(fang, MIN, client_uuid=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_conflict")


def test_the_first_answer_stays_when_it_was_withdrawn(people: People) -> None:
    fang = client_for(people.fang)
    body = {"phone": WEI, "label": "老李"}
    first = fang.post(URL, body, format="json", headers={"Idempotency-Key": "k"})
    fang.delete(f"{URL}/{first.json()['id']}")
    again = fang.post(URL, body, format="json", headers={"Idempotency-Key": "k"})
    assert again.json() == first.json()
    assert listed(fang) == []


def test_a_number_once_at_a_time(people: People) -> None:
    fang = client_for(people.fang)
    contact = asked(fang)
    answer = ask(fang, "+86 138 0000 0002", "again")
    assert (answer.status_code, answer.json()["code"], answer.json()["id"]) == (409, "contact_exists", contact)


def test_the_database_holds_one_live_contact_per_number(people: People) -> None:
    asked(client_for(people.fang))
    with pytest.raises(IntegrityError), transaction.atomic():
        Contact.objects.create(
            asker=people.fang, phone="+8613800000002", phone_hash=phone_hash("+8613800000002"), label=""
        )


def test_two_who_ask_each_other_learn_nothing_of_it(people: People) -> None:
    """A masked number could be guessed in full by asking, if the answer told."""
    fang, wei = client_for(people.fang), client_for(people.wei)
    asked(fang)
    assert ask(wei, "13800000001").json()["state"] == "requested"
    assert sorted(row["direction"] for row in listed(wei)) == ["incoming", "outgoing"]


def test_after_it_expired_one_can_ask_again(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    fang = client_for(people.fang)
    first = asked(fang)
    days_pass(monkeypatch, 7)
    assert [row["state"] for row in listed(fang)] == ["expired"]
    second = asked(fang)
    assert [row["id"] for row in listed(fang)] == [second]
    old = Contact.objects.get(id=first)
    assert (old.state, old.phone, old.label) == ("expired", None, None)
    assert AuditRecord.objects.filter(deed="contact.expired", subject_id=first).exists()


def test_a_declined_request_can_not_be_pressed(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """Withdrawing and asking again does not reach the one who declined, for seven days; the asker sees no difference."""
    fang, wei = client_for(people.fang), client_for(people.wei)
    first = asked(fang)
    wei.post(f"{URL}/{first}/decline")
    fang.delete(f"{URL}/{first}")
    answer = ask(fang)
    assert (answer.status_code, answer.json()["state"]) == (201, "requested")
    assert listed(fang) == [answer.json()]
    assert listed(wei) == []
    assert heard(people.wei) == ["contact.declined"]
    days_pass(monkeypatch, 7.5)
    second = asked(fang)
    assert [row["id"] for row in listed(wei)] == [second]


def test_too_many_open_requests(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "OPEN_REQUESTS", 2)
    fang, wei = client_for(people.fang), client_for(people.wei)
    first = asked(fang, WEI)
    asked(fang, MIN)
    wei.post(f"{URL}/{first}/decline")
    answer = ask(fang, NOBODY)  # a declined one still counts
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_open_requests")
    assert 0 < int(answer["Retry-After"]) <= 7 * 24 * 3600
    fang.delete(f"{URL}/{first}")
    assert ask(fang, NOBODY).status_code == 201


def test_what_was_accepted_or_expired_does_not_count(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "OPEN_REQUESTS", 1)
    fang, wei = client_for(people.fang), client_for(people.wei)
    wei.post(f"{URL}/{asked(fang, WEI)}/accept")
    expiring = asked(fang, MIN)
    assert ask(fang, NOBODY).status_code == 429
    days_pass(monkeypatch, 7)
    assert ask(fang, NOBODY).status_code == 201
    assert state_of(expiring) == "requested"


def test_the_cap_is_fifty() -> None:
    assert limits.OPEN_REQUESTS == 50


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"label": "x"}, "phone"),
        ({"phone": "", "label": "x"}, "phone"),
        ({"phone": "110", "label": "x"}, "phone"),
        ({"phone": "1390000\x000000", "label": "x"}, "phone"),
        ({"phone": "\ud800", "label": "x"}, "phone"),
        ({"phone": ["13800000002"], "label": "x"}, "phone"),
        ({"phone": "1" * 5000, "label": "x"}, "phone"),
        ({"phone": "13800000001", "label": "x"}, "phone"),
        ({"phone": "+86 138 0000 0001", "label": "x"}, "phone"),
        ({"phone": WEI, "label": "x" * 41}, "label"),
        ({"phone": WEI, "label": "a\x00b"}, "label"),
        ({"phone": WEI, "label": "a\nb"}, "label"),
        ({"phone": WEI, "label": "a\u202eb"}, "label"),
        ({"phone": WEI, "label": "\udfff"}, "label"),
        ({"phone": WEI, "label": {}}, "label"),
        ({"phone": WEI, "label": None}, "label"),
        ({"phone": WEI, "client_uuid": "a\x00b"}, "client_uuid"),
        ([1], "non_field_errors"),
    ],
)
def test_what_is_wrong_is_named(people: People, body: Any, field: str) -> None:
    answer = client_for(people.fang).post(URL, json.dumps(body), content_type="application/json")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Contact.objects.exists()


def test_citizens_only(people: People, api: Any) -> None:
    assert ask(client_for(people.dispatcher)).status_code == 403
    assert ask(api).status_code == 401
