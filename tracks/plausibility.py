"""Which positions can't be true. They are flagged, never deleted, and never shown as “now”.

``zero_zero``: the null island that broken software reports. ``outside_china``: outside the rectangle in which the national
datum is defined. ``speed``: too far from the last plausible point for the time between them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Protocol

from geo.datums import outside_china
from geo.distance import haversine_m

# The fastest trains of the province run at 350 km/h (97 m/s).
MAX_SPEED_MPS: Final = 110.0
# So many points in a row that agree with each other outvote the one before them that they contradict.
OUTVOTE: Final = 3


class Place(Protocol):
    """What is compared: a `tracks.models.Fix`."""

    source: str
    at: datetime
    fix_time: datetime | None
    lon: float
    lat: float
    accuracy_m: float | None
    flags: list[str]
    plausible: bool


def judge(fixes: Iterable[Place], *, anchor: Place | None, recent: Sequence[Place]) -> None:
    """Flag what can't be true among new points, given in order of time.

    ``anchor`` is the last plausible point before them, ``recent`` the last few points before them, newest last.
    """
    run: list[Place] = []
    for place in recent:
        run = _agreeing(run, place) if "speed" in place.flags else []
    for place in fixes:
        absurd = _absurd(place)
        if absurd:
            _flag(place, absurd)
        elif anchor is None or not too_fast(anchor, place):
            anchor, run = place, []
        else:
            run = _agreeing(run, place)
            if len(run) >= OUTVOTE:
                anchor, run = place, []
            else:
                _flag(place, "speed")


def too_fast(before: Place, after: Place) -> bool:
    """Whether nobody gets from one point to the other in the time between, granting both their accuracy."""
    slack = (before.accuracy_m or 0) + (after.accuracy_m or 0)
    away = haversine_m(before.lon, before.lat, after.lon, after.lat) - slack
    return away > MAX_SPEED_MPS * max(_seconds_between(before, after), 1.0)


def _seconds_between(before: Place, after: Place) -> float:
    # One phone's clock may be wrong, but it measures intervals well.
    if before.source == after.source and before.fix_time and after.fix_time:
        return abs((after.fix_time - before.fix_time).total_seconds())
    return abs((after.at - before.at).total_seconds())


def _agreeing(run: list[Place], place: Place) -> list[Place]:
    return [*run, place] if run and not too_fast(run[-1], place) else [place]


def _absurd(place: Place) -> str:
    if place.lon == 0 and place.lat == 0:
        return "zero_zero"
    return "outside_china" if outside_china(place.lon, place.lat) else ""


def _flag(place: Place, flag: str) -> None:
    place.flags.append(flag)
    place.plausible = False
