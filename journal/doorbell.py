"""The wake-up after a commit. It carries no data and may be lost: the database is the log.

The room that holds the sockets registers itself as a door. Without one (a management command, a test) nothing rings.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import structlog

log = structlog.get_logger(__name__)


class Door(Protocol):
    """Something that holds sockets. All three return at once and never raise because a peer is away."""

    def wake(self, streams: Sequence[str]) -> None:
        """These streams have new events."""

    def show(self, stream: str, frame: dict[str, Any]) -> None:
        """Pass a passing frame (positions, presence) to the listeners of a stream; the newest wins."""

    def recheck(self) -> None:
        """Someone's right to listen may have changed."""


_doors: list[Door] = []


def register(door: Door) -> None:
    """Add a door; once per process."""
    if door not in _doors:
        _doors.append(door)


def ring(streams: Sequence[str]) -> None:
    """Tell the doors that streams have new events. Call after the commit."""
    _each(lambda door: door.wake(streams))


def show(stream: str, frame: dict[str, Any]) -> None:
    """Hand a passing frame to the doors. Call after the commit."""
    _each(lambda door: door.show(stream, frame))


def recheck() -> None:
    """Tell the doors that grants or tokens changed. Call after the commit."""
    _each(lambda door: door.recheck())


def _each(tell: Callable[[Door], None]) -> None:
    """A door that is broken must not keep the next from ringing, nor undo what is committed already."""
    for door in _doors:
        try:
            tell(door)
        except Exception:
            log.exception("door_failed", door=type(door).__name__)
