"""Letting the live list grow."""

import uuid

from evidence import timeline
from evidence.models import PlaylistEntry, Recording
from foundation import clock
from journal import unit


def grow_live_list(recording: Recording) -> None:
    """Add what is due to the live list of a locked recording."""
    now = clock.now()
    entries, ended = timeline.plan(recording, now)
    PlaylistEntry.objects.bulk_create(entries)
    if ended:
        recording.live_ended_at = now
        recording.save(update_fields=["live_ended_at"])


def catch_up_live_list(recording: Recording) -> Recording:
    """The recording with its live list as it should be now: some things become due by waiting alone."""
    entries, ended = timeline.plan(recording, clock.now())
    return _catch_up(recording.id) if entries or ended else recording


@unit.deed
def _catch_up(recording_id: uuid.UUID) -> Recording:
    recording = Recording.objects.select_for_update().get(pk=recording_id)
    grow_live_list(recording)
    return recording
