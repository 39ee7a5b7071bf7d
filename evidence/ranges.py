"""Range requests (RFC 9110, section 14): which bytes of a file are asked for."""

import re
from dataclasses import dataclass

BYTES = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """No byte of the file lies in the range: the answer is 416."""


def parse(header: str | None, size: int) -> range | Unsatisfiable | None:
    """The bytes asked for, or ``None`` where the whole file is to be sent.

    What can't be read, and several ranges at once, may be ignored (14.2): the whole file is a right answer to them.
    """
    found = BYTES.fullmatch(header or "")
    if found is None or found[1] == found[2] == "":
        return None
    if not found[1]:
        begin, end = max(0, size - int(found[2])), size
    else:
        begin, end = int(found[1]), size if not found[2] else min(int(found[2]) + 1, size)
        if found[2] and int(found[2]) < begin:
            return None
    return range(begin, end) if begin < end else Unsatisfiable()
