"""The words that are spoken on a socket: ``police110.v1``, JSON text frames, each with a ``type``.

Pure functions: no socket, no database. ``docs/protocol.md`` tells the same story to those who write clients.
"""

import json
import re
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final
from urllib.parse import parse_qs

from foundation import clock
from foundation.errors import DomainError, Invalid
from journal.models import StreamEvent
from journal.streams import Head

SUBPROTOCOL: Final = "police110.v1"
BEARER_PREFIX: Final = "bearer."

# A client's frame: bytes of UTF-8, and how deep its JSON may be nested.
MAX_FRAME_BYTES: Final = 64 * 1024
MAX_DEPTH: Final = 16
# The largest offset that the database can hold.
MAX_OFFSET: Final = 2**63 - 1

_BAD_TEXT: Final = re.compile("[\x00\ud800-\udfff]")

CLIENT_TYPES: Final = ("fixes", "read", "typing", "pong")


class Close(IntEnum):
    """Why the server closes a socket."""

    TOO_BIG = 1009
    RESTART = 1012
    NOT_AUTHENTICATED = 4401
    REVOKED = 4403
    NO_SUCH_STREAM = 4404
    EXPIRED = 4408
    TOO_SLOW = 4409


@dataclass(frozen=True, slots=True)
class Ending:
    """A close code, and what the ``error`` frame before it says."""

    close: Close
    code: str
    detail: str


NOT_AUTHENTICATED = Ending(Close.NOT_AUTHENTICATED, "not_authenticated", "A valid credential is needed.")
BAD_ORIGIN = Ending(
    Close.NOT_AUTHENTICATED, "origin_not_allowed", "A session cookie is taken from pages of this site only."
)
REVOKED = Ending(Close.REVOKED, "revoked", "The right to listen was withdrawn.")
NO_SUCH_STREAM = Ending(Close.NO_SUCH_STREAM, "no_such_stream", "There is no such stream.")
EXPIRED = Ending(Close.EXPIRED, "expired", "The credential has expired.")
TOO_SLOW = Ending(Close.TOO_SLOW, "too_slow", "Frames were not read fast enough; connect again with your last offset.")
TOO_BIG = Ending(Close.TOO_BIG, "too_big", f"A frame may have {MAX_FRAME_BYTES} bytes.")
RESTART = Ending(Close.RESTART, "restart", "The server is going down; connect again.")
ENDINGS = (
    NOT_AUTHENTICATED,
    BAD_ORIGIN,
    REVOKED,
    NO_SUCH_STREAM,
    EXPIRED,
    TOO_SLOW,
    TOO_BIG,
    RESTART,
)


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame that is ready to be sent: encoded once, shared by all sockets that get it."""

    text: str
    size: int
    offset: int = 0


def encode(frame: dict[str, Any], *, offset: int = 0) -> Frame:
    """Make a frame of its JSON. Text that UTF-8 can't carry (lone surrogates) is escaped."""
    text = json.dumps(frame, ensure_ascii=False, separators=(",", ":"), default=str)
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        text = json.dumps(frame, separators=(",", ":"), default=str)
        size = len(text)
    return Frame(text, size, offset)


def hello(stream: str, head: Head) -> Frame:
    """The first frame: which stream this is, and where it stands."""
    return encode({"type": "hello", "stream": stream, "epoch": head.epoch, "offset": head.offset})


def event(row: StreamEvent) -> Frame:
    """One event of the stream."""
    return encode(
        {"type": "event", "offset": row.offset, "name": row.name, "at": clock.rfc3339(row.at), "data": row.data},
        offset=row.offset,
    )


def reset(head: Head) -> Frame:
    """What the client has is no longer good: fetch the snapshot again; events go on after ``offset``."""
    return encode({"type": "reset", "epoch": head.epoch, "offset": head.offset})


def reconnect(after_ms: int) -> Frame:
    """The server is going down: come back in so many milliseconds."""
    return encode({"type": "reconnect", "after_ms": after_ms})


def presence(watchers: list[dict[str, Any]]) -> Frame:
    """Who is listening now."""
    return encode({"type": "presence", "watchers": watchers})


def error(code: str, detail: str, **extra: Any) -> Frame:
    """Something was wrong with what the client sent, or the socket is about to be closed."""
    return encode({"type": "error", "code": code, "detail": detail, **extra})


def error_of(problem: DomainError, frame: dict[str, Any]) -> Frame:
    """A domain error as an answer to a client's frame; names the frame's ``id`` where it had one."""
    extra: dict[str, Any] = {}
    if problem.errors:
        extra["errors"] = [{"field": e.field, "code": e.code, "detail": e.detail} for e in problem.errors]
    if isinstance(frame.get("id"), (str, int)):
        extra["id"] = frame["id"]
    return error(problem.code, problem.detail, **extra)


PING = encode({"type": "ping"})


def subject_of(frame: dict[str, Any]) -> str:
    """What a passing frame is about: its text fields. A newer frame about the same replaces one that still waits."""
    return json.dumps(sorted((key, value) for key, value in frame.items() if isinstance(value, str)))


def is_too_big(text: str) -> bool:
    """Whether a client's frame is above the limit."""
    return len(text) > MAX_FRAME_BYTES or (len(text) * 4 > MAX_FRAME_BYTES and _size(text) > MAX_FRAME_BYTES)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def read_frame(text: str) -> dict[str, Any]:
    """The client's frame; `Invalid` where it is not one. What it says is checked by the kind of stream."""
    try:
        frame = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as problem:
        raise Invalid("A frame is a JSON object.", code="unreadable_frame") from problem
    if not isinstance(frame, dict):
        raise Invalid("A frame is a JSON object.", code="unreadable_frame")
    if not isinstance(frame.get("type"), str) or frame["type"] not in CLIENT_TYPES:
        known = ", ".join(CLIENT_TYPES)
        raise Invalid(f"type must be one of {known}. Deeds go over HTTP.", code="unknown_type")
    if not _is_plain(frame):
        raise Invalid(
            f"A frame holds Unicode text without NUL and is nested {MAX_DEPTH} deep at most.", code="unreadable_frame"
        )
    if frame["type"] == "fixes" and not isinstance(frame.get("fixes"), list):
        raise Invalid.field("fixes", "invalid", "fixes must be a list of positions.")
    if frame["type"] == "read" and not _is_offset(frame.get("offset")):
        raise Invalid.field("offset", "invalid", "offset must be a whole number, 0 or more.")
    return frame


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _is_plain(frame: dict[str, Any]) -> bool:
    """Whether every room and database can take it: not too deep, no NUL, no lone surrogates in any text."""
    level: list[Any] = [frame]
    for _ in range(MAX_DEPTH + 1):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inner += [*value.keys(), *value.values()]
            elif isinstance(value, list):
                inner += value
            elif isinstance(value, str) and _BAD_TEXT.search(value):
                return False
        level = inner
        if not level:
            return True
    return False


def _is_offset(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_OFFSET


@dataclass(frozen=True, slots=True)
class Resume:
    """``?after=<offset>&epoch=<epoch>``; ``after`` is ``None`` for “from the head”. ``wrong`` names bad values."""

    after: int | None = None
    epoch: str | None = None
    wrong: tuple[str, ...] = field(default=())

    def fits(self, head: Head) -> bool:
        """Whether the events after ``after`` follow on what the client has."""
        if self.wrong:
            return False
        if self.after is None:
            return True
        return self.epoch in {None, head.epoch} and self.after <= head.offset


def read_resume(query: bytes) -> Resume:
    """What the address says about where to resume. Never raises; other parameters are not looked at."""
    given = parse_qs(query.decode("latin-1"), keep_blank_values=True, max_num_fields=None)
    after, epoch = given.get("after", []), given.get("epoch", [])
    wrong = []
    if len(after) > 1 or (after and not (re.fullmatch(r"[0-9]{1,19}", after[0]) and int(after[0]) <= MAX_OFFSET)):
        wrong.append("after")
    if len(epoch) > 1 or (epoch and not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", epoch[0])):
        wrong.append("epoch")
    if wrong or not after:
        return Resume(wrong=tuple(wrong))
    return Resume(after=int(after[0]), epoch=epoch[0] if epoch else None)
