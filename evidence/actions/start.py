"""Opening a recording."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from accounts.models import User
from evidence import chain
from evidence.events import RecordingStarted
from evidence.limits import LONG_TARGET_DURATION_S, TARGET_DURATION_S
from evidence.models import Recording, ingest_secret
from evidence.subjects import may_write
from foundation import clock, ids
from foundation.errors import Forbidden, Invalid
from foundation.subjects import Subject
from journal import audit, unit
from journal.idempotency import once

EARLIEST_YEAR, LATEST_YEAR = 1970, 2199


def target_duration(segment_s: float | None) -> int:
    """TARGETDURATION for a client that says how long its segments are: 2 s unless they are longer, then 10 s."""
    if segment_s is None or segment_s <= TARGET_DURATION_S:
        return TARGET_DURATION_S
    return LONG_TARGET_DURATION_S


@unit.deed
def start_recording(
    actor: User,
    *,
    subject: Subject,
    media: str,
    started_at: datetime | None = None,
    target_duration_s: int = TARGET_DURATION_S,
) -> Recording:
    """Open a recording about a subject to which the actor may add (else `Forbidden`); the actor owns it.

    ``started_at`` is the phone's time, now where it gave none. ``target_duration_s`` never changes again.
    """
    if not may_write.ask(actor, subject):
        raise Forbidden
    moment = started_at or clock.now()
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise Invalid.field("started_at", "out_of_range", f"Years {EARLIEST_YEAR} to {LATEST_YEAR} are understood.")
    if target_duration_s not in {TARGET_DURATION_S, LONG_TARGET_DURATION_S}:
        raise Invalid.field("segment_s", "out_of_range", "Segments are at most 10 seconds long.")
    recording_id = ids.new_id()
    recording = Recording.objects.create(
        id=recording_id,
        subject_kind=subject.kind,
        subject_id=subject.id,
        owner=actor,
        media=Recording.Media(media),
        started_at=moment,
        target_duration_s=target_duration_s,
        secret_hash=ids.digest(ingest_secret(recording_id)),
        chain=chain.root(recording_id).hex(),
    )
    audit.record(
        actor, "recording.started", subject=("recording", recording.id), after=recording.state, about=str(subject)
    )
    unit.append(
        RecordingStarted(
            recording_id=recording.id, subject_kind=subject.kind, subject_id=subject.id, media=recording.media
        )
    )
    return recording


def start_recording_once(
    actor: User,
    *,
    key: str | None,
    content: Any,
    subject: Subject,
    media: str,
    started_at: datetime | None = None,
    target_duration_s: int = TARGET_DURATION_S,
) -> tuple[Recording, bool]:
    """Open a recording once per client's key; also says whether it was opened before.

    Only the id is kept with the key: the secret address is derived again, never stored.
    """

    def make() -> tuple[object, Callable[[], dict[str, Any]]]:
        made = start_recording(
            actor, subject=subject, media=media, started_at=started_at, target_duration_s=target_duration_s
        )
        return made.id, lambda: {"id": str(made.id)}

    answer = once(owner=str(actor.id), scope=f"recordings:{subject}", key=key, content=content, make=make)
    return Recording.objects.get(pk=answer.body["id"]), answer.replayed
