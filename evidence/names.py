"""The names under which a recorder sends its objects: ``init.mp4``, ``<anything><n>.m4s``, ``….ts``, ``index.m3u8``."""

import re
from dataclasses import dataclass
from enum import StrEnum

from evidence.chain import MAX_SEQ
from evidence.limits import MAX_NAME
from foundation.errors import Invalid

SEGMENT = re.compile(r"[^/\\]*?([0-9]+)\.(m4s|ts)")


class Sort(StrEnum):
    """What a name stands for."""

    INIT = "init"
    FMP4 = "m4s"
    TS = "ts"
    CLIENT_LIST = "list"


@dataclass(frozen=True, slots=True)
class Name:
    """A name that was understood; ``seq`` is the number in a segment's name."""

    text: str
    sort: Sort
    seq: int | None = None

    @property
    def media_type(self) -> str:
        """The media type of what bears this name (RFC 8216, ISO/IEC 23009-1)."""
        return {Sort.TS: "video/mp2t", Sort.FMP4: "video/iso.segment"}.get(self.sort, "video/mp4")


def parse(text: str) -> Name:
    """The name, understood; `Invalid` says what is wrong with it."""
    if len(text) > MAX_NAME:
        raise Invalid.field("name", "too_long", f"A name has at most {MAX_NAME} characters.")
    if text == "init.mp4":
        return Name(text, Sort.INIT)
    if text == "index.m3u8":
        return Name(text, Sort.CLIENT_LIST)
    found = SEGMENT.fullmatch(text)
    if found is None or not text.isprintable():
        raise Invalid.field(
            "name", "invalid", "Names are init.mp4, <anything><n>.m4s, <anything><n>.ts and index.m3u8."
        )
    seq = int(found[1])
    if seq > MAX_SEQ:
        raise Invalid.field("name", "number_too_large", "The number in a name is at most 2^63−1.")
    return Name(text, Sort(found[2]), seq)
