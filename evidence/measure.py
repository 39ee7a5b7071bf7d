"""How long a segment is, by what is in it."""

import math
from functools import lru_cache

from evidence import fmp4, mpegts, storage
from evidence.errors import NotMedia
from evidence.fmp4 import Timing
from evidence.names import Name, Sort

MAX_PLAUSIBLE_S = 3600
NOTHING = Timing(None, None)


def check(name: Name, data: bytes) -> None:
    """Raise `NotMedia` where the bytes are not what the name says."""
    try:
        if name.sort is Sort.INIT:
            fmp4.read_init(data)
        elif name.sort is Sort.FMP4:
            fmp4.check_segment(data)
        else:
            mpegts.check_segment(data)
    except (fmp4.NotFmp4, mpegts.NotMpegTs) as error:
        raise NotMedia(str(error)) from error


def segment(sort: Sort, data: bytes, init_storage_name: str | None) -> Timing:
    """A segment's start and length; nothing where it can't be known or is not plausible. Never raises."""
    try:
        if sort is Sort.TS:
            timing = mpegts.read_segment(data)
        elif init_storage_name is None:
            return NOTHING
        else:
            timing = fmp4.read_segment(data, _tracks(init_storage_name))
    except (fmp4.NotFmp4, mpegts.NotMpegTs):
        return NOTHING
    if timing.duration_s is None or not 0 < timing.duration_s <= MAX_PLAUSIBLE_S:
        return NOTHING
    return timing if timing.start_s is None or math.isfinite(timing.start_s) else Timing(None, timing.duration_s)


@lru_cache(maxsize=256)
def _tracks(init_storage_name: str) -> dict[int, fmp4.Track]:
    """The tracks of a stored init; the bytes of a name never change."""
    with storage.open_stored(init_storage_name) as file:
        return fmp4.read_init(file.read())
