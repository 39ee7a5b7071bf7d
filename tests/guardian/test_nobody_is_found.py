"""Trying numbers tells nothing: not by the answer, the list, the stream, the work done, nor by asking again."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from journal import streams
from tests.guardian.calls import MIN, NOBODY, WEI, answer, ask, asked, code, contacts, end, later
from tests.personas import People, client_for

pytestmark = pytest.mark.django_db

# Of the three, one has no account, one has not answered and one has declined.
Cases = dict[str, dict[str, Any]]


@pytest.fixture
def cases(people: People) -> Cases:
    made = {
        "absent": asked(people.fang, NOBODY),
        "silent": asked(people.fang, WEI),
        "declined": asked(people.fang, MIN),
    }
    answer(people.min, made["declined"]["id"], "decline")
    return made


def likeness(contact: dict[str, Any]) -> dict[str, Any]:
    """Without what differs between any two requests."""
    return {k: v for k, v in contact.items() if k not in {"id", "phone", "created_at", "expires_at"}}


def all_alike(things: Any) -> bool:
    first, *others = things
    return all(other == first for other in others)


def shape(queries: CaptureQueriesContext) -> list[str]:
    """The statements without their values."""
    plain = re.compile(r"'[^']*'|\\x[0-9a-f]+|\b[0-9a-f]{32}\b|\d+(\.\d+)?|X[0-9a-f]*|NULL|\{[^}]*\}")
    return [re.sub(r"::\w+", "", plain.sub("?", query["sql"])) for query in queries]


def test_the_answer_and_the_list(people: People, cases: Cases) -> None:
    assert all_alike(likeness(made) for made in cases.values())
    assert all_alike(likeness(shown) for shown in contacts(people.fang))
    assert all_alike(set(shown) for shown in contacts(people.fang))
    assert [shown["id"] for shown in contacts(people.fang)] == [made["id"] for made in cases.values()][::-1]


def test_the_stream(people: People, cases: Cases) -> None:
    assert [e.data["contact_id"] for e in streams.read(f"person:{people.fang.id}", after=0)] == [
        made["id"] for made in cases.values()
    ]


def test_asking_again(people: People, cases: Cases) -> None:
    refusals = [ask(people.fang, phone) for phone in (NOBODY, WEI, MIN)]
    assert all_alike(code(refused) for refused in refusals)
    assert [refused.json()["id"] for refused in refusals] == [made["id"] for made in cases.values()]


def test_the_asker_answering(people: People, cases: Cases) -> None:
    for word in ("accept", "decline"):
        assert all_alike(code(answer(people.fang, made["id"], word)) for made in cases.values())


def test_when_the_time_is_over(people: People, cases: Cases, monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch, days=7)
    assert all_alike(likeness(shown) for shown in contacts(people.fang))
    assert all_alike(likeness(asked(people.fang, phone)) for phone in (NOBODY, WEI, MIN))


def test_withdrawing_and_asking_again(people: People, cases: Cases) -> None:
    assert all_alike(end(people.fang, made["id"]).status_code for made in cases.values())
    again = [asked(people.fang, phone) for phone in (NOBODY, WEI, MIN)]
    assert all_alike(likeness(made) for made in again)
    assert all_alike(likeness(shown) for shown in contacts(people.fang))


@pytest.mark.parametrize("deed", ["ask", "withdraw", "ask again"])
def test_the_work_is_the_same(people: People, deed: str) -> None:
    """The same statements against the database, and so the same time, whoever stands behind the number."""
    client = client_for(people.fang)
    shapes = []
    for phone in (NOBODY, WEI, MIN):
        made = None
        if deed != "ask":
            made = asked(people.fang, phone)
            if phone == MIN:
                answer(people.min, made["id"], "decline")
        if deed == "ask again" and made:
            end(people.fang, made["id"])
        with CaptureQueriesContext(connection) as queries:
            if deed == "withdraw" and made:
                assert client.delete(f"/api/v1/contacts/{made['id']}").status_code == 204
            else:
                given = client.post("/api/v1/contacts", {"phone": phone, "client_uuid": phone}, format="json")
                assert given.status_code == 201
        shapes.append(shape(queries))
    assert all_alike(shapes)
    assert User.objects.filter(kind="citizen").count() == 3
