"""The text of the lists that viewers get (HLS, RFC 8216; EXT-X-GAP from its second edition, version 8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

MEDIA_TYPE = "application/vnd.apple.mpegurl"
VERSION = 8
ROUNDING_ROOM = 0.499


class Listed(Protocol):
    """A stored object as far as a list needs it."""

    arrival: int
    media_type: str


class Entry(Protocol):
    """A line of a list: a segment, or a gap where ``segment`` is ``None``."""

    @property
    def segment(self) -> Listed | None:
        """What is to be played."""

    @property
    def init(self) -> Listed | None:
        """The init that it needs."""

    session: int
    seq: int
    duration_s: float
    program_date_time: datetime
    discontinuity: bool


@dataclass(frozen=True, slots=True)
class Text:
    """The entries written so far, and the init in force: what a growing list needs to go on."""

    lines: str = ""
    init: int | None = None
    count: int = 0

    def with_entries(self, entries: Iterable[Entry]) -> "Text":
        """This text and some more entries."""
        out, init, count = [self.lines], self.init, self.count
        for entry in entries:
            if entry.discontinuity:
                out.append("#EXT-X-DISCONTINUITY\n")
            if entry.init is not None and (entry.init.arrival != init or entry.discontinuity):
                init = entry.init.arrival
                out.append(f'#EXT-X-MAP:URI="{file_name(entry.init)}"\n')
            out.append(f"#EXT-X-PROGRAM-DATE-TIME:{_moment(entry.program_date_time)}\n")
            if entry.segment is None:
                out.append("#EXT-X-GAP\n")
            out.append(f"#EXTINF:{entry.duration_s:.6f},\n{_uri(entry)}\n")
            count += 1
        return Text("".join(out), init, count)

    def live(self, *, target_duration_s: int, ended: bool) -> str:
        """The live list: it only grows."""
        return _head(target_duration_s, "EVENT") + self.lines + ("#EXT-X-ENDLIST\n" if ended else "")

    def final(self, *, target_duration_s: int) -> str:
        """The list of everything there is now, in its place."""
        return _head(target_duration_s, "VOD") + self.lines + "#EXT-X-ENDLIST\n"


def listable_duration(seconds: float, target_duration_s: int) -> float:
    """A length as a list may say it: rounded to whole seconds it is not above TARGETDURATION (RFC 8216, 4.3.3.1).

    A segment that is longer than the recording was made for is listed with TARGETDURATION; it plays in full, for
    players go by the times in the media, and TARGETDURATION itself may never change.
    """
    return float(target_duration_s) if seconds > target_duration_s + ROUNDING_ROOM else max(seconds, 0.001)


def file_name(stored: Listed) -> str:
    """The name of a stored object in the lists: its arrival, which is unique in a recording."""
    ending = {"video/mp2t": "ts", "video/mp4": "mp4"}.get(stored.media_type, "m4s")
    return f"{stored.arrival}.{ending}"


def _uri(entry: Entry) -> str:
    """A gap has an address too, which leads nowhere; players look at its ending all the same."""
    if entry.segment is not None:
        return file_name(entry.segment)
    return f"gap-{entry.session}-{entry.seq}.{'ts' if entry.init is None else 'm4s'}"


def _head(target_duration_s: int, kind: str) -> str:
    return (
        f"#EXTM3U\n#EXT-X-VERSION:{VERSION}\n#EXT-X-TARGETDURATION:{target_duration_s}\n"
        f"#EXT-X-PLAYLIST-TYPE:{kind}\n#EXT-X-MEDIA-SEQUENCE:0\n"
    )


def _moment(moment: datetime) -> str:
    """RFC 3339 with milliseconds: as fine as players read."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
