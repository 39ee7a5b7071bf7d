"""A strict reader of media playlists (RFC 8216), which knows nothing of how ours are written."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

ONCE = {"EXT-X-VERSION", "EXT-X-TARGETDURATION", "EXT-X-PLAYLIST-TYPE", "EXT-X-MEDIA-SEQUENCE", "EXT-X-ENDLIST"}
PER_SEGMENT = {"EXT-X-DISCONTINUITY", "EXT-X-MAP", "EXT-X-PROGRAM-DATE-TIME", "EXT-X-GAP", "EXTINF"}


@dataclass(frozen=True)
class Segment:
    uri: str
    duration: Decimal
    program_date_time: datetime
    gap: bool
    discontinuity: bool
    init: str | None


@dataclass
class Playlist:
    version: int
    target: int
    kind: str
    ended: bool
    segments: list[Segment] = field(default_factory=list)

    @property
    def played(self) -> list[Segment]:
        """What is not a gap."""
        return [segment for segment in self.segments if not segment.gap]


def read(text: str) -> Playlist:
    """The playlist; an `AssertionError` names what the standard does not allow."""
    assert text.endswith("\n")
    lines = text.splitlines()
    assert lines[0] == "#EXTM3U"
    head: dict[str, str] = {}
    pending: dict[str, str] = {}
    segments: list[Segment] = []
    init: str | None = None
    for line in lines[1:]:
        assert line == line.strip()
        assert line, "no empty lines"
        assert "EXT-X-ENDLIST" not in head, "nothing follows the end"
        if line.startswith("#"):
            tag, _, value = line[1:].partition(":")
            assert tag in ONCE | PER_SEGMENT, tag
            where = head if tag in ONCE else pending
            assert tag not in where, f"{tag} twice"
            if tag in ONCE - {"EXT-X-ENDLIST"}:
                assert not segments, f"{tag} stands before the segments"
            where[tag] = value
            continue
        if "EXT-X-MAP" in pending:
            found = re.fullmatch(r'URI="([^"]+)"', pending["EXT-X-MAP"])
            assert found
            init = found[1]
        assert re.fullmatch(r"\d+\.\d+,", pending["EXTINF"])
        segments.append(
            Segment(
                uri=line,
                duration=Decimal(pending["EXTINF"][:-1]),
                program_date_time=datetime.fromisoformat(pending["EXT-X-PROGRAM-DATE-TIME"]),
                gap="EXT-X-GAP" in pending,
                discontinuity="EXT-X-DISCONTINUITY" in pending,
                init=init,
            )
        )
        pending = {}
    assert not pending, "tags without a segment"
    playlist = Playlist(
        version=int(head["EXT-X-VERSION"]),
        target=int(head["EXT-X-TARGETDURATION"]),
        kind=head["EXT-X-PLAYLIST-TYPE"],
        ended="EXT-X-ENDLIST" in head,
        segments=segments,
    )
    _check(playlist)
    return playlist


def _check(playlist: Playlist) -> None:
    assert len({segment.uri for segment in playlist.segments}) == len(playlist.segments), "an address twice"
    for segment in playlist.segments:
        assert segment.duration.quantize(Decimal(1), ROUND_HALF_UP) <= playlist.target
        assert segment.duration > 0
        assert segment.program_date_time.utcoffset() == timedelta(0)
    times = [segment.program_date_time for segment in playlist.segments]
    assert times == sorted(times), "time runs backwards"
    if any(segment.gap for segment in playlist.segments):
        assert playlist.version >= 8
    if any(segment.init for segment in playlist.segments):
        assert playlist.version >= 6


def only_grew(before: Playlist, after: Playlist) -> None:
    """What an EVENT list may do between two readings (6.2.1): nothing but take more at its end, and end."""
    assert (before.target, before.kind, before.version) == (after.target, after.kind, after.version)
    assert after.segments[: len(before.segments)] == before.segments
    if before.ended:
        assert after == before
