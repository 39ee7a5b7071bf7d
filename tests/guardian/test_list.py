"""``GET /contacts``."""

from typing import Any

import pytest

from accounts.models import User
from tests.guardian.calls import FANG, NOBODY, URL, WEI, answer, asked, code, contacts
from tests.personas import People, client_for

pytestmark = pytest.mark.django_db


def test_it_works(people: People) -> None:
    outgoing = asked(people.fang, NOBODY)
    incoming = asked(people.min, FANG)
    answer(people.wei, asked(people.fang, WEI)["id"], "accept")
    assert [(c["direction"], c["state"]) for c in contacts(people.fang)] == [
        ("outgoing", "accepted"),
        ("incoming", "requested"),
        ("outgoing", "requested"),
    ]
    assert contacts(people.fang)[2] == outgoing
    assert contacts(people.fang)[1]["id"] == incoming["id"]


def test_it_comes_in_pages(people: People) -> None:
    made = [asked(people.fang, f"+861390000000{n}")["id"] for n in range(5)]
    client, seen, query = client_for(people.fang), [], "?limit=2"
    while query:
        page = client.get(URL + query).json()
        seen += [c["id"] for c in page["results"]]
        query = page["next"] and f"?limit=2&cursor={page['next']}"
    assert seen == made[::-1]


def test_the_number_of_queries_does_not_grow(people: People, django_assert_max_num_queries: Any) -> None:
    for n in range(10):
        asked(User.objects.citizen(f"+861390000000{n}"), FANG)
    client = client_for(people.fang)
    with django_assert_max_num_queries(2):
        assert len(client.get(URL).json()["results"]) == 10


def test_whoever_asks_is_masked(people: People) -> None:
    people.fang.display_name = "王芳"
    people.fang.save()
    answer(people.wei, asked(people.fang, WEI, label="哥哥")["id"], "accept")
    (seen,) = contacts(people.wei)
    assert (seen["label"], seen["phone"]) == ("王芳", "138****0001")


def test_staff_have_no_contacts(people: People) -> None:
    assert code(client_for(people.dispatcher).get(URL)) == (403, "forbidden")
