"""From the bytes of a request to what can be read in them, whatever they are.

Nothing here refuses: what is odd is named in ``remarks`` (field ``body``), what can be rescued is rescued.
"""

import hashlib
import json
import math
from dataclasses import dataclass, field
from typing import Any, Protocol

from foundation.errors import FieldError
from reports import limits

CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Taken:
    """A body as it came: its first `limits.BODY_BYTES`, and SHA-256 (hex) over all of it. ``whole`` says that is all."""

    head: bytes
    sha256: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Body:
    """What was read. ``content`` is what must be the same when the key is the same."""

    taken: Taken
    fields: dict[str, Any]
    content: Any
    readable: bool
    remarks: tuple[FieldError, ...] = ()


class NumberText(str):
    """The text of a number that no column holds (10^400, NaN).

    A field that wants a number finds none in it, one that wants words can tell that it is none either.
    """

    __slots__ = ()


class Readable(Protocol):
    """Something to read bytes from, such as a request."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""


def take(stream: Readable) -> Taken:
    """Read a stream to its end, keeping no more than the limit. A connection that breaks off is a body that ends."""
    head, digest, whole = bytearray(), hashlib.sha256(), True
    try:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            room = limits.BODY_BYTES - len(head)
            head += chunk[:room]
            whole = whole and len(chunk) <= room
    except OSError:
        whole = False
    return Taken(bytes(head), digest.hexdigest(), whole)


def read(taken: Taken) -> Body:
    """What the bytes say: the fields of a JSON object, or none."""
    if not taken.whole:
        return _unreadable(taken, "too_large", f"正文超过 {limits.BODY_BYTES} 字节或传输中断")
    if not taken.head:
        return _unreadable(taken, "empty", "正文为空")
    remarks: list[FieldError] = []
    text = _text(taken.head, remarks)
    oddities = _Oddities()
    try:
        value = json.loads(
            text,
            parse_int=oddities.integer,
            parse_float=oddities.float,
            parse_constant=oddities.constant,
            object_pairs_hook=oddities.pairs,
        )
    except (ValueError, RecursionError):
        return _unreadable(taken, "not_json", "正文不是有效的 JSON", remarks)
    if not isinstance(value, dict):
        return _unreadable(taken, "not_an_object", "正文不是 JSON 对象", remarks)
    if _depth_exceeds(value, limits.BODY_DEPTH):
        return _unreadable(taken, "too_deep", "正文嵌套过深", remarks)
    remarks += oddities.remarks
    # Two odd bodies can look the same once read; their bytes tell them apart.
    content = taken.sha256.encode() if remarks else {k: v for k, v in value.items() if k != "client_uuid"}
    return Body(taken, value, content, readable=True, remarks=tuple(remarks))


def _unreadable(taken: Taken, code: str, detail: str, before: list[FieldError] | None = None) -> Body:
    remarks = (*(before or ()), FieldError("body", code, detail))
    return Body(taken, {}, taken.sha256.encode(), readable=False, remarks=remarks)


def _text(head: bytes, remarks: list[FieldError]) -> str:
    try:
        return head.decode("utf-8-sig")
    except UnicodeDecodeError:
        remarks.append(FieldError("body", "not_utf8", "正文不是 UTF-8 编码，无法识别的字符已替换"))
    encoding = json.detect_encoding(head)
    return head.decode(encoding, "replace")


@dataclass(slots=True)
class _Oddities:
    """What `json` lets pass and others do not."""

    remarks: list[FieldError] = field(default_factory=list)

    def integer(self, text: str) -> int | str:
        return int(text) if len(text) <= 20 else NumberText(text)

    def float(self, text: str) -> float | str:
        number = float(text)
        return number if math.isfinite(number) else NumberText(text)

    def constant(self, text: str) -> str:
        self._remark("not_a_number", "正文含有 JSON 不允许的数值（NaN 或 Infinity）")
        return NumberText(text)

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            self._remark("duplicate_keys", "正文中有重复的字段，取最后一个")
        return found

    def _remark(self, code: str, detail: str) -> None:
        remark = FieldError("body", code, detail)
        if remark not in self.remarks:
            self.remarks.append(remark)


def _depth_exceeds(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: Any) -> list[Any]:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [item for item in items if isinstance(item, (dict, list))]
