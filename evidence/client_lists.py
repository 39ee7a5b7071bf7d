"""Reads the list that a recorder keeps of its own segments (RFC 8216). It is a hint, no evidence."""

import io
import math
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from evidence import names
from foundation.errors import Invalid

HINTS_KEPT = 50
MAX_HINT_S = 60


@dataclass(slots=True)
class ClientList:
    """First and last number that it names, the lengths of its last segments in seconds, and whether it has its end."""

    first: int | None = None
    last: int | None = None
    durations: dict[int, float] = field(default_factory=dict)
    ended: bool = False


def parse(data: bytes) -> ClientList:
    """The client's list, read leniently; `Invalid` where it is none at all."""
    lines = io.BytesIO(data)
    if lines.readline().strip().removeprefix(b"\xef\xbb\xbf") != b"#EXTM3U":
        raise Invalid.field("body", "not_a_playlist", "A playlist begins with the line #EXTM3U.")
    found = ClientList()
    newest: deque[tuple[int, float]] = deque(maxlen=HINTS_KEPT)
    duration: float | None = None
    for raw in lines:
        line = raw.strip()
        if line.startswith(b"#EXTINF:"):
            duration = _seconds(line[8:].split(b",")[0])
        elif line == b"#EXT-X-ENDLIST":
            found.ended = True
        elif line and not line.startswith(b"#"):
            seq = _number(line)
            if seq is not None:
                found.first = seq if found.first is None else min(found.first, seq)
                found.last = seq if found.last is None else max(found.last, seq)
                if duration is not None:
                    newest.append((seq, duration))
            duration = None
    found.durations = dict(newest)
    return found


def _seconds(text: bytes) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 < value <= MAX_HINT_S else None


def _number(uri: bytes) -> int | None:
    """The number of the segment that a line names; only the last part of the address counts."""
    try:
        return names.parse(unquote(urlsplit(uri.decode()).path).rsplit("/", 1)[-1]).seq
    except (ValueError, Invalid):
        return None
