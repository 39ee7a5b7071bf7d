"""What happens to a recording. The rooms that know the subject relay it to their streams."""

import uuid
from dataclasses import dataclass

from journal.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordingStarted(Event):
    """A recording was opened; media may follow."""

    recording_id: uuid.UUID
    subject_kind: str
    subject_id: uuid.UUID
    media: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordingLive(Event):
    """The first segment is there: it can be watched."""

    recording_id: uuid.UUID
    subject_kind: str
    subject_id: uuid.UUID
    media: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordingFinished(Event):
    """No more is expected; late segments may still fill gaps."""

    recording_id: uuid.UUID
    subject_kind: str
    subject_id: uuid.UUID
    media: str
