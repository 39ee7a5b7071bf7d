"""A kind of stream for tests: ``/ws/probe/<key>``, and a deed that appends to one.

Keys say how the kind behaves: ``open-…`` lets everyone in, ``staff-…`` only active staff, anything else nobody;
``watched-…`` (also open) belongs to the kind that shows who is listening.
"""

import threading
import time
from dataclasses import dataclass
from typing import Any

from foundation.errors import Forbidden, Invalid
from journal import streams, unit
from journal.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeTold(Event):
    """Something to deliver."""

    n: int
    pad: str = ""


@unit.deed
def tell(*keys: str, n: int = 0, pad: str = "") -> None:
    """Append one event to each of the streams."""
    unit.append(ProbeTold(n=n, pad=pad), *(f"probe:{key}" for key in keys))


@unit.deed
def burst(key: str, *, count: int, pad: str = "") -> None:
    """Append many events in one commit."""
    for n in range(count):
        unit.append(ProbeTold(n=n, pad=pad), f"probe:{key}")


class ProbeKind(streams.StreamKind):
    """A stream that exists for tests only."""

    path = "probe"

    def __init__(self) -> None:
        self.closed_keys: set[str] = set()
        self.frames: list[dict[str, Any]] = []
        self.slow = threading.Event()

    def find(self, actor: Any, key: str) -> str | None:
        """Everyone for ``open-…``; staff for ``staff-…``."""
        if key in self.closed_keys or not key.startswith(("open-", "staff-", "watched-")):
            return None
        if key.startswith("staff-") and not actor.is_staff:
            return None
        return f"probe:{key}"

    def on_frame(self, actor: Any, key: str, frame: dict[str, Any]) -> dict[str, Any] | None:
        """``fixes`` are acknowledged; ``typing`` sleeps so many seconds; ``read`` fails in the way that its offset names."""
        match frame["type"]:
            case "typing":
                time.sleep(float(frame.get("sleep", 0)))
                return None
            case "read" if frame["offset"] == 403:
                raise Forbidden
            case "read" if frame["offset"] == 400:
                raise Invalid.field("offset", "odd", "Not this one.")
            case "read" if frame["offset"] == 500:
                raise ZeroDivisionError
        return {"type": "ack", "id": frame.get("id"), "stored": len(frame.get("fixes", [])), "at": key}


class WatchedKind(ProbeKind):
    """The same, and its listeners are told who else is listening."""

    path = "watched"
    shows_presence = True


probe, watched = ProbeKind(), WatchedKind()


def register() -> None:
    """Make both kinds known to this process."""
    streams.register(probe)
    streams.register(watched)
