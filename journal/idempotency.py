"""Exactly once: one key, one effect, one answer.

The unique constraint on `UsedKey` decides; whoever loses reads the winner's answer outside the failed transaction. The
key row is inserted first, so that a racing request waits for the winner instead of doing the work twice.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError

from foundation import ids
from foundation.errors import IdempotencyConflict
from journal import unit
from journal.models import UsedKey


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client is told: the first answer, and whether it was given before."""

    body: dict[str, Any]
    replayed: bool


def fingerprint(content: Any) -> str:
    """A keyed hash (hex) of the content as canonical JSON, bytes as they are. Keyed, since a phone number can be guessed."""
    if not isinstance(content, bytes):
        content = json.dumps(
            content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), cls=DjangoJSONEncoder
        ).encode("utf-8", "surrogatepass")
    return ids.keyed_hash("content", hashlib.sha256(content).hexdigest())


def once(
    *,
    owner: str,
    scope: str,
    key: str | None,
    content: Any,
    make: Callable[[], tuple[object, Callable[[], dict[str, Any]]]],
) -> Answer:
    """Do something once per ``(owner, scope, key)``.

    ``make`` runs in one unit of work and returns the new object's id and a function that shapes the answer; that one is
    called after the events have their offsets, still before the commit. The same key with the same ``content`` gives the
    first answer again; with other content it raises `IdempotencyConflict` that carries the first one's id. Without a key
    every call makes.

    Call it outside of deeds (`RuntimeError` inside one): it writes the counter rows before the commit, and a deed that
    went on from there would lock its next rows after them.
    """
    if unit.is_open():
        raise RuntimeError("once() opens a unit of work of its own: call it outside of deeds")
    if key is None:
        return Answer(_make_without_key(make), replayed=False)
    print_ = fingerprint(content)
    used = _find(owner, scope, key)
    if used is None:
        try:
            return Answer(_make_with_key(owner, scope, key, print_, make), replayed=False)
        except IntegrityError:
            used = _find(owner, scope, key)
            if used is None:
                raise
    if used.fingerprint != print_:
        raise IdempotencyConflict(id=used.object_id)
    return Answer(json.loads(used.answer), replayed=True)


def _find(owner: str, scope: str, key: str) -> UsedKey | None:
    return UsedKey.objects.filter(owner=owner, scope=scope, key=key).first()


@unit.deed
def _make_without_key(make: Callable[[], tuple[object, Callable[[], dict[str, Any]]]]) -> dict[str, Any]:
    _, shape = make()
    unit.flush()
    return _as_json(shape())


@unit.deed
def _make_with_key(
    owner: str,
    scope: str,
    key: str,
    print_: str,
    make: Callable[[], tuple[object, Callable[[], dict[str, Any]]]],
) -> dict[str, Any]:
    used = UsedKey.objects.create(owner=owner, scope=scope, key=key, fingerprint=print_)
    object_id, shape = make()
    unit.flush()
    answer = _as_json(shape())
    used.object_id, used.answer = str(object_id), json.dumps(answer)
    used.save(update_fields=["object_id", "answer"])
    return answer


def _as_json(body: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(body, cls=DjangoJSONEncoder))
    return plain
