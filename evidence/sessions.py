"""Where an arriving object belongs: which session, and whether its bytes are new, the same again, or in conflict.

A session is one start of the recorder; numbers are unique within it. A new one begins with

- a second init with other bytes;
- a number that starts again: the session's first number comes with other bytes after later numbers were there. A
  transport stream needs no more; fragments need that the same init was sent again, since a recorder that starts again
  sends it first;
- another container.

Other bytes under a number that was there before are a conflict otherwise: both are kept, the first ones play.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Max, Min

from evidence.models import Recording, StoredObject
from evidence.names import Name, Sort
from evidence.timeline import TS, inits_of, segments_of

Kind = StoredObject.Kind


class Outcome(StrEnum):
    """What became of an object that arrived."""

    NEW = "new"
    SAME = "same"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an object belongs. ``known`` is the row of the same bytes, where there is one: then nothing is added."""

    outcome: Outcome
    session: int
    kind: str
    known: StoredObject | None = None
    repeats_init: bool = False


def place_init(recording: Recording, sha256: str) -> Place:
    """The place of an init."""
    session = recording.session
    current = inits_of(recording).get(session)
    segments = segments_of(recording).filter(session=session)
    if current is not None and current.sha256 == sha256:
        return Place(Outcome.SAME, session, Kind.INIT, known=current, repeats_init=segments.exists())
    if current is not None or segments.filter(media_type=TS).exists():
        session += 1
    return Place(Outcome.NEW, session, Kind.INIT)


def place_segment(recording: Recording, name: Name, sha256: str) -> Place:
    """The place of a segment. The same bytes under the same number are known whichever session they belong to."""
    # Sorted here: asked to sort by arrival, SQLite would walk the whole recording instead of the few of this number.
    same = min(recording.stored.filter(seq=name.seq, sha256=sha256), key=lambda row: row.arrival, default=None)
    if same is not None:
        outcome = Outcome.CONFLICT if same.kind == Kind.CONFLICT else Outcome.SAME
        return Place(outcome, same.session, same.kind, known=same)
    session = recording.session
    segments = segments_of(recording).filter(session=session)
    if _other_container(segments.first(), name):
        return Place(Outcome.NEW, session + 1, Kind.SEGMENT)
    if not segments.filter(seq=name.seq).exists():
        return Place(Outcome.NEW, session, Kind.SEGMENT)
    ends = segments.aggregate(first=Min("seq"), last=Max("seq"))
    starts_again = name.seq == ends["first"] and ends["last"] > ends["first"]
    if starts_again and (name.sort is Sort.TS or recording.init_repeated):
        return Place(Outcome.NEW, session + 1, Kind.SEGMENT)
    return Place(Outcome.CONFLICT, session, Kind.CONFLICT)


def _other_container(first: StoredObject | None, name: Name) -> bool:
    return first is not None and (first.media_type == TS) != (name.sort is Sort.TS)
