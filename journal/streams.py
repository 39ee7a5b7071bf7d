"""Which streams there are, who may listen, and how to read one.

Every room registers its kinds of stream here; the socket's door knows streams by their name only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from journal.models import Stream, StreamEvent

PAGE = 500


@dataclass(frozen=True, slots=True)
class Head:
    """Where a stream stands: its epoch and the offset of its last event (0: none yet)."""

    epoch: str
    offset: int

    def as_json(self) -> dict[str, Any]:
        """As every snapshot shows it."""
        return {"epoch": self.epoch, "offset": self.offset}


class StreamKind:
    """A kind of stream, ``<path>`` in ``/ws/<path>/<key>``, and the check of who may listen to one.

    The actor is an ``accounts.User`` (or, in later rooms, another bearer of rights); the journal does not look into it.
    """

    path: ClassVar[str] = ""
    # Whether the listeners are told who else is listening (``presence`` frames).
    shows_presence: ClassVar[bool] = False

    def find(self, actor: Any, key: str) -> str | None:
        """The stream's name if this actor may listen, else ``None`` (no such stream, for this actor). May query."""
        raise NotImplementedError

    def still_allowed(self, wanted: Sequence[tuple[Any, str]]) -> list[bool]:
        """For ``(actor, key)`` pairs that were let in: may each still listen? Override to ask in bulk."""
        return [self.find(actor, key) is not None for actor, key in wanted]

    def on_frame(self, actor: Any, key: str, frame: dict[str, Any]) -> dict[str, Any] | None:
        """Handle a client's frame (``fixes``, ``read``, ``typing``); the answer frame, or ``None``.

        Runs in a thread, may act and query; domain errors become ``error`` frames.
        """
        return None

    def watcher(self, actor: Any, key: str) -> dict[str, Any]:
        """How a listener shows in a ``presence`` frame; ``id`` is needed. No query: it runs on the delivery thread."""
        return {"id": str(actor.id)}


_kinds: dict[str, StreamKind] = {}


def register(kind: StreamKind) -> None:
    """Add a kind of stream."""
    _kinds[kind.path] = kind


def kind_of(path: str) -> StreamKind | None:
    """The kind behind ``/ws/<path>/``, or ``None``."""
    return _kinds.get(path)


def kinds() -> list[StreamKind]:
    """All kinds of stream, by path."""
    return [_kinds[path] for path in sorted(_kinds)]


def head_of(name: str) -> Head:
    """Where a stream stands now; made on first sight, so that its epoch is fixed. Read it *before* the data."""
    stream = Stream.objects.filter(name=name).first() or Stream.objects.get_or_create(name=name)[0]
    return Head(stream.epoch, stream.offset)


def heads_of(names: Sequence[str]) -> dict[str, Head]:
    """Where many streams stand, in one query; streams without an event are absent."""
    rows = Stream.objects.filter(name__in=names).values_list("name", "epoch", "offset")
    return {name: Head(epoch, offset) for name, epoch, offset in rows}


def read(name: str, *, after: int, limit: int = PAGE) -> list[StreamEvent]:
    """The events of a stream after an offset, in order, at most ``limit``."""
    return list(StreamEvent.objects.filter(stream_id=name, offset__gt=after).order_by("offset")[:limit])
