"""Which numbers of a recording have not come, so that the recorder can send them later."""

from typing import NamedTuple

from evidence.models import Recording
from evidence.timeline import holes, segments_of

FIRST_NUMBERS = frozenset({0, 1})
MAX_FIRST_NUMBER = 1000


class Gap(NamedTuple):
    """Numbers of a session, both ends included."""

    session: int
    first: int
    last: int


class Missing(NamedTuple):
    """The gaps, and the highest number of the last session that has any."""

    gaps: list[Gap]
    last_seq: int | None


def missing(recording: Recording) -> Missing:
    """The gaps of every session.

    The last session is measured against the recorder's own list where it sent one. Without a list, a session whose
    first number is small but not 0 or 1 is taken to have lost its beginning; its end can't be known.
    """
    numbers: dict[int, list[int]] = {recording.session: []}
    for session, seq in segments_of(recording).values_list("session", "seq"):
        numbers.setdefault(session, []).append(seq or 0)
    gaps: list[Gap] = []
    for session, present in sorted(numbers.items()):
        gaps.extend(Gap(session, *hole) for hole in holes(_with_ends(recording, session, present)))
    last = max((session for session, present in numbers.items() if present), default=None)
    return Missing(gaps, numbers[last][-1] if last is not None else None)


def _with_ends(recording: Recording, session: int, present: list[int]) -> list[int]:
    """The numbers with one more at each end, so that what is missing there shows as a hole."""
    listed_from = recording.listed_from if session == recording.session else None
    listed_to = recording.listed_to if session == recording.session else None
    first = present[0] if present else None
    if listed_from is None and first is not None and first <= MAX_FIRST_NUMBER:
        listed_from = first if first in FIRST_NUMBERS else 0
    before = [] if listed_from is None or (first is not None and listed_from >= first) else [listed_from - 1]
    after = [] if listed_to is None or (present and listed_to <= present[-1]) else [listed_to + 1]
    return before + present + after
