"""One key, one effect, one answer: also when eight ask at once, and never for what failed."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection

from foundation.errors import IdempotencyConflict
from journal import streams, unit
from journal.idempotency import Answer, once
from journal.models import Stream, StreamEvent, UsedKey
from tests.journal.kitchen import TeaMade, boil
from tests.journal.together import together

pytestmark = pytest.mark.django_db

Make = Callable[[], tuple[object, Callable[[], dict[str, Any]]]]


def tea(cups: int = 1) -> Make:
    """Makes tea; the answer says which offset the event got."""

    def make() -> tuple[object, Callable[[], dict[str, Any]]]:
        made = uuid.uuid4()
        unit.append(TeaMade(cups=cups), "tea:9")
        return made, lambda: {"id": made, "b": 1e16, "a": 114.0, "offset": streams.head_of("tea:9").offset}

    return make


def ask(key: str | None, *, content: Any = None, make: Make | None = None, owner: str = "fang") -> Answer:
    return once(owner=owner, scope="teas", key=key, content=content, make=make or tea())


def test_it_works() -> None:
    first = ask("k")
    again = ask("k")
    assert (first.replayed, again.replayed) == (False, True)
    assert repr(again.body) == repr(first.body), "equal to the order of the keys and the form of the numbers"
    assert first.body["offset"] == 1
    assert StreamEvent.objects.count() == 1


def test_without_a_key_every_call_makes() -> None:
    assert [ask(None).body["offset"], ask(None).body["offset"]] == [1, 2]
    assert not UsedKey.objects.exists()


def test_other_content_is_a_conflict_that_names_the_first() -> None:
    first = ask("k", content={"cups": 1, "milk": None})
    assert ask("k", content={"milk": None, "cups": 1}).replayed
    with pytest.raises(IdempotencyConflict) as caught:
        ask("k", content={"cups": 2, "milk": None})
    assert caught.value.extra == {"id": first.body["id"]}


def test_keys_are_apart_by_owner() -> None:
    assert ask("k").body["id"] != ask("k", owner="wei").body["id"]


def test_what_failed_leaves_no_key() -> None:
    def fail() -> tuple[object, Callable[[], dict[str, Any]]]:
        boil(10)
        raise AssertionError("it boils over before")

    def fail_late() -> tuple[object, Callable[[], dict[str, Any]]]:
        unit.append(TeaMade(cups=1), "tea:9")
        return 1, lambda: {"share": 1 // 0}

    with pytest.raises(ValueError, match="boils over"):
        ask("k", make=fail)
    with pytest.raises(ZeroDivisionError):
        ask("k", make=fail_late)
    assert not UsedKey.objects.exists()
    assert not StreamEvent.objects.exists()
    assert not ask("k").replayed


def test_another_constraint_is_not_taken_for_a_used_key() -> None:
    Stream.objects.create(name="there")

    def collide() -> tuple[object, Callable[[], dict[str, Any]]]:
        Stream(name="there").save(force_insert=True)
        return 1, dict

    with pytest.raises(IntegrityError):
        ask("k", make=collide)
    assert not UsedKey.objects.exists()


def test_inside_a_deed_it_says_so() -> None:
    @unit.deed
    def nested() -> None:
        ask("k")

    with pytest.raises(RuntimeError, match="outside of deeds"):
        nested()


def test_nothing_of_the_content_or_the_answer_lies_open_in_the_database() -> None:
    secret = "+8613800000001"
    ask("k", content={"phone": secret}, make=lambda: (1, lambda: {"phone": secret, "words": "救命"}))
    with connection.cursor() as cursor:
        cursor.execute("SELECT fingerprint, answer FROM journal_usedkey")
        fingerprint, answer = cursor.fetchone()
    assert secret.encode() not in bytes(answer)
    assert "救命".encode() not in bytes(answer)
    assert b"\\u6551" not in bytes(answer)
    assert len(fingerprint) == 64
    assert ask("k", content={"phone": secret}).body == {"phone": secret, "words": "救命"}


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_get_one_effect_and_one_answer() -> None:
    keys = [f"key {number}" for number in range(20)]

    def work(_: int) -> list[Answer]:
        return [ask(key, content=key) for key in keys]

    answers = together(8, work)
    for of_key in zip(*answers, strict=True):
        assert len({repr(answer.body) for answer in of_key}) == 1
        assert sorted(answer.replayed for answer in of_key) == [False] + [True] * 7
    assert streams.head_of("tea:9").offset == 20
    assert StreamEvent.objects.count() == UsedKey.objects.count() == 20
