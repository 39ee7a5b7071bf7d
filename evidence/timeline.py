"""In which order a recording plays: the live list, which only grows, and the final one.

The live list follows the numbers of each session. A number that has not come holds it up until one of these:

- three later segments of its session are there (`GAP_AFTER_SEGMENTS`);
- a later one has waited for two target durations (`GAP_AFTER_TARGETS`);
- a later session has a segment, or the recording was finished two target durations ago.

Then the hole is listed as a gap and stays one; a segment that comes later plays in the final list. The end is listed
once the recording is finished and nothing is held up, or two target durations later.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from evidence.limits import GAP_AFTER_SEGMENTS, GAP_AFTER_TARGETS, MAX_GAPS_IN_A_HOLE
from evidence.models import PlaylistEntry, Recording, StoredObject
from evidence.playlists import listable_duration

BATCH = 500
FIRST_NUMBERS = frozenset({0, 1})
MAX_JUMP = timedelta(days=1)
TS = "video/mp2t"
LAID = ("recording", "arrival", "session", "seq", "media_type", "duration_s", "media_start_s", "received_at")


@dataclass
class Line:
    """Lays entries one after another, each with its length and its place in time."""

    recording: Recording
    inits: dict[int, StoredObject]
    last: PlaylistEntry | None = None
    last_segment: PlaylistEntry | None = None
    position: int = 0
    laid: list[PlaylistEntry] = field(default_factory=list)

    def hole_before(self, segment: StoredObject) -> int:
        """How many numbers of the session are missing before this one."""
        if self.last is None or self.last.session != segment.session:
            return 0
        return (segment.seq or 0) - self.last.seq - 1

    def playable(self, segment: StoredObject) -> bool:
        """Whether it can be played: fragments need their init."""
        return segment.media_type == TS or segment.session in self.inits

    def lay(self, segment: StoredObject) -> None:
        """Add a segment, after gaps for the numbers that are missing before it."""
        hole = self.hole_before(segment)
        if 0 < hole <= MAX_GAPS_IN_A_HOLE:
            self._lay_gaps(segment, hole)
        duration = self._duration(segment)
        jump = hole > MAX_GAPS_IN_A_HOLE or (self.last is not None and self.last.session != segment.session)
        entry = self._add(segment.session, segment.seq or 0, duration, self._time_of(segment, duration))
        entry.discontinuity = jump
        if self.playable(segment):
            entry.kind, entry.segment = PlaylistEntry.Kind.SEGMENT, segment
            self.last_segment = entry
        if segment.media_type != TS:
            entry.init = self.inits.get(segment.session)

    def _lay_gaps(self, segment: StoredObject, hole: int) -> None:
        before = self.last
        if before is None:
            return
        init = None if segment.media_type == TS else self.inits.get(segment.session)
        each = before.duration_s
        between = self._media_offset(segment)
        if between is not None and self.last_segment is before:
            each = max((between.total_seconds() - before.duration_s) / hole, 0)
        each = listable_duration(each, self.recording.target_duration_s)
        for seq in range(before.seq + 1, before.seq + 1 + hole):
            entry = self._add(segment.session, seq, each, self._next_moment())
            entry.init = init

    def _add(self, session: int, seq: int, duration_s: float, moment: datetime) -> PlaylistEntry:
        entry = PlaylistEntry(
            recording=self.recording,
            position=self.position,
            kind=PlaylistEntry.Kind.GAP,
            session=session,
            seq=seq,
            duration_s=duration_s,
            program_date_time=moment,
        )
        self.position += 1
        self.last = entry
        self.laid.append(entry)
        return entry

    def _duration(self, segment: StoredObject) -> float:
        """Its measured length, else what the client's list said, else the target duration."""
        known = segment.duration_s
        if known is None and segment.session == self.recording.session:
            known = self.recording.duration_hints.get(str(segment.seq))
        target = self.recording.target_duration_s
        return listable_duration(float(target) if known is None else known, target)

    def _time_of(self, segment: StoredObject, duration: float) -> datetime:
        """When it was recorded, by the phone's clock: as far after the segment before as the media says."""
        if self.last is None or self.last.session != segment.session:
            since_start = segment.received_at - self.recording.created_at - timedelta(seconds=duration)
            moment = self.recording.started_at + max(since_start, timedelta(0))
            return moment if self.last is None else max(moment, self._next_moment())
        offset = self._media_offset(segment)
        if offset is None or self.last_segment is None:
            return self._next_moment()
        return self.last_segment.program_date_time + offset

    def _media_offset(self, segment: StoredObject) -> timedelta | None:
        """How far its start lies after that of the last segment, by the times in the media of one session."""
        before = self.last_segment.segment if self.last_segment is not None else None
        if before is None or before.session != segment.session:
            return None
        if before.media_start_s is None or segment.media_start_s is None:
            return None
        seconds = segment.media_start_s - before.media_start_s
        return timedelta(seconds=seconds) if 0 < seconds <= MAX_JUMP.total_seconds() else None

    def _next_moment(self) -> datetime:
        if self.last is None:
            return self.recording.started_at
        return self.last.program_date_time + timedelta(seconds=self.last.duration_s)


def plan(recording: Recording, now: datetime) -> tuple[list[PlaylistEntry], bool]:
    """What the live list gains now, unsaved, and whether its end is reached."""
    if recording.live_ended_at is not None:
        return [], False
    entries = recording.entries.select_related("segment").order_by("-position")
    last = entries.first()
    last_segment = last
    if last is not None and last.kind == PlaylistEntry.Kind.GAP:
        last_segment = entries.filter(kind=PlaylistEntry.Kind.SEGMENT).first()
    line = Line(recording, inits_of(recording), last, last_segment, last.position + 1 if last else 0)
    waiting = list(_unlisted(recording, last)[:BATCH])
    overdue = recording.finished_at is not None and now - recording.finished_at >= _patience(recording)
    for index, segment in enumerate(waiting):
        if not overdue and not _is_due(line, waiting[index:], now):
            return line.laid, False
        line.lay(segment)
    if recording.finished_at is None or len(waiting) == BATCH:
        return line.laid, False
    expected = recording.listed_to
    complete = expected is None or (line.last is not None and line.last.seq >= expected)
    return line.laid, overdue or complete


def final(recording: Recording) -> list[PlaylistEntry]:
    """Everything that can be played now, late segments in their places, and gaps where there is nothing; unsaved."""
    line = Line(recording, inits_of(recording))
    for segment in segments_of(recording).only(*LAID).iterator(chunk_size=BATCH):
        line.lay(segment)
    return line.laid


def segments_of(recording: Recording) -> QuerySet[StoredObject]:
    """The recording's segments in the order in which they play."""
    return recording.stored.filter(kind=StoredObject.Kind.SEGMENT).order_by("session", "seq")


def inits_of(recording: Recording) -> dict[int, StoredObject]:
    """The init of each session: its own, or the nearest before where a recorder started again with the same one."""
    own = {init.session: init for init in recording.stored.filter(kind=StoredObject.Kind.INIT)}
    found: dict[int, StoredObject] = {}
    for session in range(min(own, default=1), recording.session + 1) if own else ():
        found[session] = own.get(session) or found[session - 1]
    return found


def holes(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """The ranges (both ends included) that are missing between rising numbers."""
    found = []
    before: int | None = None
    for number in numbers:
        if before is not None and number > before + 1:
            found.append((before + 1, number - 1))
        before = number
    return found


def _unlisted(recording: Recording, last: PlaylistEntry | None) -> QuerySet[StoredObject]:
    segments = segments_of(recording)
    if last is None:
        return segments
    return segments.filter(Q(session=last.session, seq__gt=last.seq) | Q(session__gt=last.session))


def _patience(recording: Recording) -> timedelta:
    return timedelta(seconds=GAP_AFTER_TARGETS * recording.target_duration_s)


def _is_due(line: Line, waiting: list[StoredObject], now: datetime) -> bool:
    """Whether the first of the waiting segments is to be listed now."""
    segment, recording = waiting[0], line.recording
    peers = [other for other in waiting if other.session == segment.session]
    if len(peers) < len(waiting):
        return True
    if not line.playable(segment):
        return False
    if line.last is None or line.last.session != segment.session:
        # A session that begins late in its numbers may have lost its beginning, or have sent it in another order.
        if segment.seq in FIRST_NUMBERS or len(peers) > 1:
            return True
    elif not line.hole_before(segment) or len(peers) >= GAP_AFTER_SEGMENTS:
        return True
    return now - min(other.received_at for other in peers) >= _patience(recording)
