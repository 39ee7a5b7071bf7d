"""Deadlines: things that must happen at a time, as rows that a worker sweeps. Never a timer in memory.

A room sets a deadline in the transaction of the deed that causes it, and registers with `on_due` what happens when it
comes. The handler runs in the same transaction that marks the row as done, so it happens once, however many workers
sweep; a worker that was down catches up. A handler that fails is tried again, later each time, and never given up.
"""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F

from foundation import clock
from foundation.subjects import Subject
from journal import unit
from journal.models import Deadline

log = structlog.get_logger(__name__)

Handler = Callable[[Deadline], None]

RETRY_FIRST = timedelta(seconds=2)
RETRY_LONGEST = timedelta(minutes=5)
BATCH = 200

_handlers: dict[str, Handler] = {}


def on_due(kind: str) -> Callable[[Handler], Handler]:
    """Register what happens when a deadline of this kind comes. The handler may set the next one."""

    def register(handler: Handler) -> Handler:
        if _handlers.get(kind, handler) is not handler:
            raise RuntimeError(f"two handlers for the deadline {kind}")
        _handlers[kind] = handler
        return handler

    return register


def set_due(kind: str, subject: Subject, due_at: datetime, **data: Any) -> None:
    """Set the subject's deadline of this kind, or move the one that is open. Call it inside a deed."""
    Deadline.objects.bulk_create(
        [Deadline(kind=kind, subject_kind=subject.kind, subject_id=subject.id, due_at=due_at, data=data)],
        update_conflicts=True,
        unique_fields=["kind", "subject_kind", "subject_id"],
        update_fields=["due_at", "data", "attempts", "done_at"],
    )


def clear(subject: Subject, *kinds: str) -> None:
    """The subject's deadlines of these kinds no longer matter. Call it inside a deed."""
    Deadline.objects.filter(
        subject_kind=subject.kind, subject_id=subject.id, kind__in=kinds, done_at__isnull=True
    ).update(done_at=clock.now())


def sweep(limit: int = BATCH) -> int:
    """Do what is due now, oldest first; the number of deadlines done. Any number of workers may sweep at once."""
    due = (
        Deadline.objects.filter(done_at__isnull=True, due_at__lte=clock.now(), kind__in=_handlers)
        .order_by("due_at")
        .values_list("id", flat=True)[:limit]
    )
    return sum(_do(deadline_id) for deadline_id in list(due))


def next_due() -> datetime | None:
    """When the next open deadline comes."""
    open_ = Deadline.objects.filter(done_at__isnull=True, kind__in=_handlers)
    return open_.order_by("due_at").values_list("due_at", flat=True).first()


def _do(deadline_id: uuid.UUID) -> bool:
    try:
        return _do_once(deadline_id)
    except Exception:  # whatever a handler raises, the other deadlines go on and this one comes again
        log.exception("deadline_failed", deadline_id=str(deadline_id))
        _postpone(deadline_id)
        return False


@unit.deed
def _do_once(deadline_id: uuid.UUID) -> bool:
    """Lock the row (another worker's is passed over), mark it done, run the handler."""
    row = Deadline.objects.select_for_update(skip_locked=True).filter(pk=deadline_id).first()
    if row is None or row.done_at is not None or row.due_at > clock.now():
        return False
    row.done_at = clock.now()
    row.save(update_fields=["done_at"])
    _handlers[row.kind](row)
    return True


@transaction.atomic
def _postpone(deadline_id: uuid.UUID) -> None:
    row = Deadline.objects.select_for_update().get(pk=deadline_id)
    wait = min(RETRY_FIRST * 2 ** min(row.attempts, 10), RETRY_LONGEST)
    Deadline.objects.filter(pk=deadline_id, done_at__isnull=True).update(
        due_at=clock.now() + wait, attempts=F("attempts") + 1
    )
