"""Reads as much of an MPEG transport stream (ISO/IEC 13818-1) as it takes to know how long a segment is.

Written for input that may be cut off or hostile: nothing but `NotMpegTs` is raised, and the work is bounded by the size.
"""

from collections import defaultdict
from collections.abc import Iterator

from evidence.fmp4 import Timing

PACKET = 188
SYNC = 0x47
CLOCK = 90_000
WRAP = 2**33
PACKETS_CHECKED = 5


class NotMpegTs(ValueError):
    """These bytes are not a transport stream."""


def check_segment(data: bytes) -> None:
    """Raise `NotMpegTs` where the first packets do not begin with the sync byte."""
    starts = range(0, min(len(data) // PACKET, PACKETS_CHECKED) * PACKET, PACKET)
    if not starts or any(data[at] != SYNC for at in starts):
        raise NotMpegTs("Every packet of 188 bytes begins with 0x47.")


def read_segment(data: bytes) -> Timing:
    """A segment's timing by its presentation times: those of the pictures where there are any, else of the sound.

    The last frame's own length is not in the stream; the mean distance of the others stands for it.
    """
    times: dict[tuple[bool, int], list[int]] = defaultdict(list)
    for pid, stream_id, pts in _presentation_times(data):
        times[0xE0 <= stream_id <= 0xEF, pid].append(pts)
    if not times:
        return Timing(None, None)
    _, ticks = max(times.items(), key=lambda item: (item[0][0], len(item[1])))
    first = ticks[0]
    # Times count 33 bits and wrap once in 26.5 hours: all are taken relative to the first one.
    apart = [(tick - first + WRAP // 2) % WRAP - WRAP // 2 for tick in ticks]
    start = (first + min(apart)) % WRAP
    span = max(apart) - min(apart)
    if len(ticks) < 2 or not span:
        return Timing(start / CLOCK, None)
    return Timing(start / CLOCK, span * len(ticks) / (len(ticks) - 1) / CLOCK)


def _presentation_times(data: bytes) -> Iterator[tuple[int, int, int]]:
    """PID, stream id and time of every PES packet that begins in the data and says its time."""
    for at in range(0, len(data) - PACKET + 1, PACKET):
        if data[at] != SYNC or not data[at + 1] & 0x40:
            continue
        pid = (data[at + 1] & 0x1F) << 8 | data[at + 2]
        control = data[at + 3] >> 4 & 0x3
        begin = at + 4
        if control == 0x3:
            begin += 1 + data[begin]
        elif control != 0x1:
            continue
        pes = data[begin : min(begin + 14, at + PACKET)]
        if len(pes) == 14 and pes[:3] == b"\x00\x00\x01" and _is_media(pes[3]) and pes[7] & 0x80:
            yield pid, pes[3], _pts(pes[9:14])


def _is_media(stream_id: int) -> bool:
    """Pictures (0xE0–0xEF), sound (0xC0–0xDF), or private stream 1, which carries Opus and AC-3."""
    return 0xC0 <= stream_id <= 0xEF or stream_id == 0xBD


def _pts(field: bytes) -> int:
    return (field[0] >> 1 & 0x7) << 30 | field[1] << 22 | (field[2] >> 1) << 15 | field[3] << 7 | field[4] >> 1
