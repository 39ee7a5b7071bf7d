"""Trying numbers tells nothing, by the work done either: not whether a number has an account, nor that it declined."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from tests.guardian.story import MIN, NOBODY, URL, WEI, ask, asked, days_pass, heard
from tests.personas import People, client_for

pytestmark = pytest.mark.django_db

# Of the three, one has no account, one has not answered and one declines.
NUMBERS = (NOBODY, WEI, MIN)
VALUE = re.compile(r"'[^']*'|\\x[0-9a-f]+|\b[0-9a-f]{32}\b|\d+(\.\d+)?|X[0-9a-f]*|NULL|\{[^}]*\}")


def work(deed: Callable[[], Any]) -> list[str]:
    """The statements of a deed without their values: as many rows, in the same statements, in the same order.

    But for the heads of the audit chains: which of them two records go to, and so how many, is by chance.
    """
    with CaptureQueriesContext(connection) as queries:
        assert deed().status_code in {201, 204}
    told = [query["sql"] for query in queries if "journal_auditchain" not in query["sql"]]
    return [re.sub(r"::\w+", "", VALUE.sub("?", sql)) for sql in told]


def request(people: People, fang: APIClient, phone: str) -> str:
    """Ask; the one who declines does so."""
    contact = asked(fang, phone)
    if phone == MIN:
        assert client_for(people.min).post(f"{URL}/{contact}/decline").status_code == 200
    return contact


def all_alike(works: list[list[str]]) -> bool:
    return bool(works[0]) and all(work == works[0] for work in works)


def test_asking(people: People) -> None:
    fang = client_for(people.fang)
    assert all_alike([work(partial(ask, fang, phone)) for phone in NUMBERS])


def test_withdrawing(people: People) -> None:
    fang = client_for(people.fang)
    contacts = [request(people, fang, phone) for phone in NUMBERS]
    assert all_alike([work(partial(fang.delete, f"{URL}/{contact}")) for contact in contacts])


def test_asking_again(people: People) -> None:
    fang = client_for(people.fang)
    for phone in NUMBERS:
        fang.delete(f"{URL}/{request(people, fang, phone)}")
    assert all_alike([work(partial(ask, fang, phone)) for phone in NUMBERS])


def test_asking_again_after_it_expired(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    fang = client_for(people.fang)
    for phone in NUMBERS:
        request(people, fang, phone)
    days_pass(monkeypatch, 7)
    assert all_alike([work(partial(ask, fang, phone)) for phone in NUMBERS])


def test_the_askers_stream(people: People) -> None:
    fang = client_for(people.fang)
    for phone in NUMBERS:
        fang.delete(f"{URL}/{request(people, fang, phone)}")
    assert heard(people.fang) == ["contact.requested", "contact.ended"] * 3
    assert User.objects.filter(kind="citizen").count() == 3
