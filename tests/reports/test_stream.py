"""Who may listen to a report's stream, and what may be said there."""

import uuid
from typing import Any

import pytest

from journal import streams
from tests.personas import People, client_for
from tests.reports.story import reported

pytestmark = pytest.mark.django_db


def the_kind() -> streams.StreamKind:
    kind = streams.kind_of("reports")
    assert kind is not None
    return kind


def test_it_works(people: People) -> None:
    report = reported(client_for(people.fang))
    kind = the_kind()
    assert kind.find(people.fang, str(report.id)) == f"report:{report.id}"
    assert kind.on_frame(people.fang, str(report.id), {"type": "typing"}) is None


@pytest.mark.parametrize("who", ["wei", "dispatcher", "supervisor", "auditor"])
def test_nobody_else_listens(people: People, who: str) -> None:
    report = reported(client_for(people.fang))
    assert the_kind().find(getattr(people, who), str(report.id)) is None


@pytest.mark.parametrize("key", ["", "x", "\x00", str(uuid.UUID(int=1)), str(uuid.UUID(int=0)), "x" * 10_000])
def test_what_does_not_exist(people: People, key: str) -> None:
    assert the_kind().find(people.fang, key) is None


def test_a_bearer_who_is_no_user_does_not_listen(people: People) -> None:
    report = reported(client_for(people.fang))
    assert the_kind().find(object(), str(report.id)) is None
    assert the_kind().still_allowed([(object(), str(report.id))]) == [False]


def test_many_are_checked_in_one_query(people: People, django_assert_num_queries: Any) -> None:
    hers, his = reported(client_for(people.fang)), reported(client_for(people.wei))
    wanted = [
        (people.fang, str(hers.id)),
        (people.wei, str(hers.id)),
        (people.wei, str(his.id)),
        (people.dispatcher, str(his.id)),
        (people.fang, "x"),
        (people.fang, str(uuid.uuid4())),
    ]
    with django_assert_num_queries(1):
        assert the_kind().still_allowed(wanted) == [True, False, True, False, False, False]
