"""Reads as much of fragmented MP4 (ISO/IEC 14496-12) as it takes to know how long a segment is.

Written for input that may be cut off or hostile: nothing but `NotFmp4` is raised, and the work is bounded by the size.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

MAX_BOXES = 10_000
INIT_BEGINS = frozenset({b"ftyp", b"moov", b"free", b"skip"})
# `styp` can be missing from a segment that follows a broken connection; a browser may put its init in front.
SEGMENT_BEGINS = frozenset({b"styp", b"sidx", b"moof", b"emsg", b"prft", b"free", b"skip", b"ftyp"})

TFHD_BASE_DATA_OFFSET, TFHD_DESCRIPTION_INDEX, TFHD_DEFAULT_DURATION = 0x1, 0x2, 0x8
TRUN_DATA_OFFSET, TRUN_FIRST_FLAGS, TRUN_DURATION = 0x1, 0x4, 0x100
TRUN_PER_SAMPLE = (0x100, 0x200, 0x400, 0x800)


class NotFmp4(ValueError):
    """These bytes are not fragmented MP4, or what was looked for is not in them."""


@dataclass(frozen=True, slots=True)
class Track:
    """A track of an init: ticks per second, ``vide`` or ``soun``, and ticks of a sample that names none."""

    timescale: int
    handler: bytes
    default_duration: int


class Timing(NamedTuple):
    """When a segment starts on the recorder's clock and how long it is, in seconds; null where it does not say."""

    start_s: float | None
    duration_s: float | None


class Box(NamedTuple):
    """A box: its type and where its content begins and ends; a box that was cut off ends with the data."""

    kind: bytes
    begin: int
    end: int


@dataclass(slots=True)
class _Run:
    """What the fragments of one track cover, in its ticks."""

    start: int | None = None
    end: int | None = None
    total: int = 0

    @property
    def duration(self) -> int:
        if self.start is None or self.end is None:
            return self.total
        return max(self.total, self.end - self.start)


def read_init(data: bytes) -> dict[int, Track]:
    """The tracks of an init by their ids; `NotFmp4` where there is no readable ``moov``."""
    top = list(_boxes(data, 0, len(data)))
    if not top or top[0].kind not in INIT_BEGINS:
        raise NotFmp4("An init begins with the box ftyp or moov.")
    moov = next((box for box in top if box.kind == b"moov"), None)
    if moov is None:
        raise NotFmp4("There is no moov box.")
    defaults: dict[int, int] = {}
    tracks: dict[int, Track] = {}
    for box in _boxes(data, moov.begin, moov.end):
        if box.kind == b"mvex":
            for trex in _boxes(data, box.begin, box.end):
                if trex.kind == b"trex":
                    defaults[_u32(data, trex, 4)] = _u32(data, trex, 12)
    for box in _boxes(data, moov.begin, moov.end):
        if box.kind == b"trak":
            found = _read_track(data, box)
            if found is not None:
                track_id, timescale, handler = found
                tracks[track_id] = Track(timescale, handler, defaults.get(track_id, 0))
    return tracks


def check_segment(data: bytes) -> None:
    """Raise `NotFmp4` where these bytes can't be a segment: no known first box, or no ``moof``."""
    top = _boxes(data, 0, len(data))
    first = next(top, None)
    if first is None or first.kind not in SEGMENT_BEGINS:
        raise NotFmp4("A segment begins with the box styp, sidx or moof.")
    if first.kind != b"moof" and not any(box.kind == b"moof" for box in top):
        raise NotFmp4("There is no moof box.")


def read_segment(data: bytes, tracks: dict[int, Track]) -> Timing:
    """A segment's timing by the tracks of its init: that of the pictures where there are any, else of the longest."""
    runs: dict[int, _Run] = {}
    for moof in _boxes(data, 0, len(data)):
        if moof.kind == b"moof":
            for traf in _boxes(data, moof.begin, moof.end):
                if traf.kind == b"traf":
                    _read_traf(data, traf, tracks, runs)
    timings = [
        (
            tracks[track_id].handler == b"vide",
            run.duration / tracks[track_id].timescale,
            None if run.start is None else run.start / tracks[track_id].timescale,
        )
        for track_id, run in runs.items()
        if track_id in tracks
    ]
    if not timings:
        return Timing(None, None)
    _, duration, start = max(timings, key=lambda timing: timing[:2])
    return Timing(start, duration or None)


def _read_track(data: bytes, trak: Box) -> tuple[int, int, bytes] | None:
    """Id, timescale and handler of a ``trak``; ``None`` where they are not all there."""
    track_id = timescale = 0
    handler = b""
    for box in _boxes(data, trak.begin, trak.end):
        if box.kind == b"tkhd":
            track_id = _u32(data, box, 20 if _version(data, box) == 1 else 12)
        elif box.kind == b"mdia":
            for inner in _boxes(data, box.begin, box.end):
                if inner.kind == b"mdhd":
                    timescale = _u32(data, inner, 20 if _version(data, inner) == 1 else 12)
                elif inner.kind == b"hdlr":
                    handler = data[inner.begin + 8 : min(inner.begin + 12, inner.end)]
    return (track_id, timescale, handler) if track_id and timescale else None


def _read_traf(data: bytes, traf: Box, tracks: dict[int, Track], runs: dict[int, _Run]) -> None:
    track_id = default = 0
    start: int | None = None
    total = 0
    for box in _boxes(data, traf.begin, traf.end):
        if box.kind == b"tfhd":
            track_id = _u32(data, box, 4)
            default = _default_duration(data, box, tracks.get(track_id))
        elif box.kind == b"tfdt":
            start = _u64(data, box, 4) if _version(data, box) == 1 else _u32(data, box, 4)
        elif box.kind == b"trun":
            total += _trun_duration(data, box, default)
    run = runs.setdefault(track_id, _Run())
    run.total += total
    if start is not None:
        run.start = start if run.start is None else min(run.start, start)
        run.end = start + total if run.end is None else max(run.end, start + total)


def _default_duration(data: bytes, tfhd: Box, track: Track | None) -> int:
    flags = _u32(data, tfhd, 0) & 0xFFFFFF
    at = 8 + (8 if flags & TFHD_BASE_DATA_OFFSET else 0) + (4 if flags & TFHD_DESCRIPTION_INDEX else 0)
    if flags & TFHD_DEFAULT_DURATION:
        return _u32(data, tfhd, at)
    return track.default_duration if track else 0


def _trun_duration(data: bytes, trun: Box, default: int) -> int:
    flags, count = _u32(data, trun, 0) & 0xFFFFFF, _u32(data, trun, 4)
    if not flags & TRUN_DURATION:
        return count * default
    at = trun.begin + 8 + (4 if flags & TRUN_DATA_OFFSET else 0) + (4 if flags & TRUN_FIRST_FLAGS else 0)
    width = 4 * sum(1 for flag in TRUN_PER_SAMPLE if flags & flag)
    count = min(count, max(0, trun.end - at) // width)
    samples = struct.iter_unpack(f">I{width - 4}x", data[at : at + count * width])
    return sum(duration for (duration,) in samples)


def _boxes(data: bytes, begin: int, end: int) -> Iterator[Box]:
    """The boxes between two places."""
    at = begin
    for _ in range(MAX_BOXES):
        if end - at < 8:
            return
        size, kind = struct.unpack_from(">I4s", data, at)
        header = 8
        if size == 1:
            if end - at < 16:
                return
            (size,) = struct.unpack_from(">Q", data, at + 8)
            header = 16
        elif size == 0:
            size = end - at
        if size < header:
            raise NotFmp4("A box is smaller than its own header.")
        yield Box(kind, at + header, min(at + size, end))
        at += size
    raise NotFmp4("There are too many boxes.")


def _version(data: bytes, box: Box) -> int:
    return _u32(data, box, 0) >> 24


def _u32(data: bytes, box: Box, offset: int) -> int:
    return int.from_bytes(_cut(data, box, offset, 4), "big")


def _u64(data: bytes, box: Box, offset: int) -> int:
    return int.from_bytes(_cut(data, box, offset, 8), "big")


def _cut(data: bytes, box: Box, offset: int, size: int) -> bytes:
    at = box.begin + offset
    if at + size > box.end:
        raise NotFmp4(f"The box {box.kind!r} is cut off.")
    return data[at : at + size]
