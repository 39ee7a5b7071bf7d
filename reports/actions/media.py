"""What the phone sends while a report lasts: positions, and recordings."""

import uuid
from datetime import datetime
from typing import Any

from accounts.models import User
from evidence import actions as evidence
from evidence.models import Recording
from foundation.errors import NotFound
from foundation.subjects import Subject
from reports.models import Report
from tracks import actions as tracks


def store_fixes(actor: User, *, report_id: uuid.UUID, fixes: object) -> tracks.Stored:
    """Store positions of one's own report. The first one, which decided the routing, stays as it is.

    Their numbers count per person, whichever way they come: a batch sent over the socket and again over HTTP is one.
    """
    return tracks.store_fixes(actor, subject=_own(actor, report_id), source=source_of(actor), fixes=fixes)


def start_recording(
    actor: User,
    *,
    report_id: uuid.UUID,
    media: str,
    started_at: datetime | None,
    target_duration_s: int,
    key: str | None,
    content: Any,
) -> tuple[Recording, bool]:
    """Open a recording for one's own report, once per ``key``; also says whether it was opened before."""
    return evidence.start_recording_once(
        actor,
        key=key,
        content=content,
        subject=_own(actor, report_id),
        media=media,
        started_at=started_at,
        target_duration_s=target_duration_s,
    )


def source_of(reporter: User) -> str:
    """The source of a reporter's positions."""
    return f"reporter:{reporter.id}"


def _own(actor: User, report_id: uuid.UUID) -> Subject:
    if not Report.objects.of(actor).filter(id=report_id).exists():
        raise NotFound
    return Subject("report", report_id)
