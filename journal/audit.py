"""The audit trail: one record for every deed, and for every look at sensitive data."""

import json
import uuid
from typing import Any, Protocol

from foundation import clock
from journal import unit
from journal.chain import Entry
from journal.events import plain
from journal.models import AuditRecord


class Actor(Protocol):
    """What the trail wants to know of the one who acts; `accounts.User` is one."""

    @property
    def id(self) -> uuid.UUID:
        """The actor's id."""

    @property
    def kind(self) -> str:
        """citizen, staff or system."""

    @property
    def audit_label(self) -> str:
        """A name for the trail."""

    @property
    def agency_code(self) -> str:
        """The agency, or empty."""


def record(
    actor: Actor,
    deed: str,
    *,
    subject: tuple[str, object],
    thread: str = "",
    before: str = "",
    after: str = "",
    reason: str = "",
    kind: str = AuditRecord.Kind.CHANGE,
    **detail: Any,
) -> None:
    """Record a deed, in its transaction.

    ``deed`` is a code such as ``incident.claimed``; ``subject`` is ``(kind, id)``; ``thread`` names the history it belongs
    to (``incident:<id>``; the subject itself when left out); ``before`` and ``after`` are states. ``detail`` holds ids,
    codes, numbers and times, never phone numbers or a citizen's words; `ValueError` for NaN and infinity, `TypeError` for
    what JSON does not know.
    """
    subject_kind, subject_id = subject
    unit.record_entry(
        Entry(
            at=clock.now(),
            kind=kind,
            deed=deed,
            actor_id=actor.id,
            actor_kind=actor.kind,
            actor_label=actor.audit_label[:80],
            agency_code=actor.agency_code,
            subject_kind=subject_kind,
            subject_id=str(subject_id),
            thread=thread or f"{subject_kind}:{subject_id}",
            before=before,
            after=after,
            reason=reason[:500],
            detail=json.loads(json.dumps(plain(detail), allow_nan=False)),
        )
    )
