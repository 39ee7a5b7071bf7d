"""Finishing a recording."""

from datetime import datetime

from accounts.models import User
from evidence.actions.lists import grow_live_list
from evidence.events import RecordingFinished
from evidence.models import Recording
from foundation import clock, ids
from foundation.errors import NotFound
from journal import audit, unit


@unit.deed
def finish_recording(actor: User, *, recording_id: object) -> Recording:
    """The owner says that no more is expected; a second time changes nothing. The secret address ends at once.

    Late segments are still taken with the owner's token.
    """
    known = ids.parse_id(recording_id)
    recording = Recording.objects.of(actor).select_for_update().filter(pk=known).first() if known else None
    if recording is None:
        raise NotFound
    finish_under_lock(actor, recording, secret_ends_at=clock.now())
    return recording


def finish_under_lock(actor: User, recording: Recording, *, secret_ends_at: datetime) -> None:
    """Finish a locked recording if it is open; an earlier end of the secret holds."""
    if recording.secret_ends_at is None or secret_ends_at < recording.secret_ends_at:
        recording.secret_ends_at = secret_ends_at
        recording.save(update_fields=["secret_ends_at"])
    if recording.state == Recording.State.FINISHED:
        return
    before = recording.state
    recording.move_to(Recording.State.FINISHED)
    recording.finished_at = clock.now()
    recording.version += 1
    recording.save(update_fields=["state", "finished_at", "version"])
    audit.record(
        actor,
        "recording.finished",
        subject=("recording", recording.id),
        before=before,
        after=recording.state,
        arrivals=recording.arrivals,
        chain=recording.chain,
    )
    unit.append(
        RecordingFinished(
            recording_id=recording.id,
            subject_kind=recording.subject_kind,
            subject_id=recording.subject_id,
            media=recording.media,
        )
    )
    grow_live_list(recording)
