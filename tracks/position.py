"""Reading one position as a phone sends it (the contract's *Position*), and giving it back.

Nothing that comes in raises. A field that can't be used becomes ``None`` and a `FieldError`, the rest is kept; only
without a usable ``lon`` and ``lat`` there is no position. Unknown is ``None``, and 0 is 0.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from foundation import clock
from foundation.errors import FieldError
from geo.datums import COORD_TYPES, to_wgs84

PROVIDERS: Final = ("gps", "network", "cell", "manual")
DECIMALS: Final = 7  # about a centimetre

# How far the phone's clock may be from ours before the time is flagged (it is kept).
FUTURE: Final = timedelta(minutes=5)
PAST: Final = timedelta(days=7)

MAX_SEQ: Final = 2**63 - 1
_NUMBER: Final = re.compile(r"[+-]?(\d{1,16}(\.\d{0,20})?|\.\d{1,20})([eE][+-]?\d{1,3})?", re.ASCII)
_MAX_TEXT: Final = 48


@dataclass(frozen=True, slots=True)
class Position:
    """Where someone was: WGS-84 degrees, metres, metres per second, degrees from north, percent.

    ``raw`` holds ``lon``, ``lat`` and ``coord_type`` as they came. ``fix_time`` is the phone's, ``received_at`` ours.
    """

    lon: float
    lat: float
    received_at: datetime
    accuracy_m: float | None = None
    confidence_pct: float | None = None
    altitude_m: float | None = None
    speed_mps: float | None = None
    heading_deg: float | None = None
    provider: str | None = None
    fix_time: datetime | None = None
    battery_pct: float | None = None
    seq: int | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The output form: WGS-84, all fields, times in UTC with ``Z``, the input under ``raw``."""
        return {
            "lon": self.lon,
            "lat": self.lat,
            "coord_type": "wgs84",
            "accuracy_m": self.accuracy_m,
            "confidence_pct": self.confidence_pct,
            "altitude_m": self.altitude_m,
            "speed_mps": self.speed_mps,
            "heading_deg": self.heading_deg,
            "provider": self.provider,
            "fix_time": clock.rfc3339(self.fix_time) if self.fix_time else None,
            "battery_pct": self.battery_pct,
            "seq": self.seq,
            "received_at": clock.rfc3339(self.received_at),
            "raw": dict(self.raw),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Position":
        """The position behind its own output form (a stored one; not for input)."""
        plain = {key: data.get(key) for key in (*_RANGES, "provider", "seq")}
        return cls(
            lon=data["lon"],
            lat=data["lat"],
            received_at=datetime.fromisoformat(data["received_at"]),
            fix_time=datetime.fromisoformat(data["fix_time"]) if data.get("fix_time") else None,
            raw=dict(data.get("raw") or {}),
            **plain,
        )


@dataclass(frozen=True, slots=True)
class Parsed:
    """What was read: the position if there is one, and everything about it that was not as it should be."""

    position: Position | None
    errors: list[FieldError]


# Inclusive limits of what can be true. The widest seen on earth, not the usual.
_RANGES: Final[dict[str, tuple[float, float]]] = {
    "accuracy_m": (0, 10_000_000),
    "confidence_pct": (0, 100),
    "altitude_m": (-12_000, 100_000),
    "speed_mps": (0, 1_000),
    "heading_deg": (0, 360),
    "battery_pct": (0, 100),
}


def parse_position(
    raw: object, *, received_at: datetime, require_coord_type: bool = True, prefix: str = "position"
) -> Parsed:
    """Read a position of the API from parsed JSON; the errors name fields as ``<prefix>.lon``.

    Numbers written as text (``"114.5"``) are used and flagged ``number_as_text``; booleans are no numbers. A clock that
    is far off is flagged (``future``, ``old``) and its time kept; a time without an offset can't be placed and is
    dropped. Without a known ``coord_type`` there is no position, except with ``require_coord_type=False``: it is then
    taken as WGS-84 and flagged.
    """
    reading = _Reading(prefix)
    if not isinstance(raw, Mapping):
        reading.wrong("", "missing" if raw is None else "not_an_object", "A position is an object with lon and lat.")
        return Parsed(None, reading.errors)
    lon = reading.number(raw, "lon", -180, 180, required=True)
    lat = reading.number(raw, "lat", -90, 90, required=True)
    coord_type = reading.coord_type(raw)
    numbers = {name: reading.number(raw, name, *limits) for name, limits in _RANGES.items()}
    provider = reading.provider(raw)
    fix_time = reading.time(raw, received_at)
    seq = reading.seq(raw)
    if lon is None or lat is None or (coord_type is None and require_coord_type):
        return Parsed(None, reading.errors)
    x, y = to_wgs84(lon, lat, coord_type or "wgs84")
    position = Position(
        lon=round(x, DECIMALS),
        lat=round(y, DECIMALS),
        received_at=received_at,
        provider=provider,
        fix_time=fix_time,
        seq=seq,
        raw={name: _as_it_came(raw.get(name)) for name in ("lon", "lat", "coord_type")},
        **numbers,
    )
    return Parsed(position, reading.errors)


class _Reading:
    """One pass over the fields of one position, collecting what is wrong."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.errors: list[FieldError] = []

    def wrong(self, name: str, code: str, detail: str) -> None:
        self.errors.append(FieldError(".".join(part for part in (self.prefix, name) if part), code, detail))

    def number(
        self, raw: Mapping[str, Any], name: str, low: float, high: float, *, required: bool = False
    ) -> float | None:
        value = raw.get(name)
        if value is None:
            if required:
                self.wrong(name, "missing", "Needed.")
            return None
        number = _number(value)
        if number is None:
            self.wrong(name, "not_a_number", "Must be a number.")
            return None
        if not low <= number <= high:
            self.wrong(name, "out_of_range", f"Must be {low:g} to {high:g}.")
            return None
        if isinstance(value, str):
            self.wrong(name, "number_as_text", "Used, but send a number instead of text.")
        return number

    def coord_type(self, raw: Mapping[str, Any]) -> str | None:
        value = raw.get("coord_type")
        if value is None:
            self.wrong("coord_type", "missing", f"Needed: one of {', '.join(COORD_TYPES)}.")
            return None
        known = value.strip().lower().replace("-", "") if isinstance(value, str) and len(value) < _MAX_TEXT else None
        if known not in COORD_TYPES:
            self.wrong("coord_type", "unknown", f"Must be one of {', '.join(COORD_TYPES)}.")
            return None
        return known

    def provider(self, raw: Mapping[str, Any]) -> str | None:
        value = raw.get("provider")
        if value is None or (isinstance(value, str) and value in PROVIDERS):
            return value
        self.wrong("provider", "unknown", f"Must be one of {', '.join(PROVIDERS)}.")
        return None

    def time(self, raw: Mapping[str, Any], received_at: datetime) -> datetime | None:
        value = raw.get("fix_time")
        if value is None:
            return None
        moment = _time(value)
        if moment is None:
            self.wrong("fix_time", "not_a_time", "Must be an RFC 3339 time with its offset.")
        elif moment > received_at + FUTURE:
            self.wrong("fix_time", "future", "The phone's clock is ahead of ours.")
        elif moment < received_at - PAST:
            self.wrong("fix_time", "old", "Very old, or the phone's clock is behind ours.")
        return moment

    def seq(self, raw: Mapping[str, Any]) -> int | None:
        value = raw.get("seq")
        if value is None:
            return None
        whole = value.is_integer() if isinstance(value, float) else isinstance(value, int)
        if isinstance(value, bool) or not whole:
            self.wrong("seq", "not_a_number", "Must be a whole number.")
            return None
        if not 0 <= value <= MAX_SEQ:
            self.wrong("seq", "out_of_range", "Must be 0 to 2^63-1.")
            return None
        return int(value)


def _number(value: object) -> float | None:
    """A finite number, or text that spells one."""
    if isinstance(value, str):
        value = value.strip()
        if not _NUMBER.fullmatch(value):
            return None
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _time(value: object) -> datetime | None:
    if not isinstance(value, str) or not 16 <= len(value) <= _MAX_TEXT:
        return None
    try:
        moment = datetime.fromisoformat(value.strip().upper())
        if moment.tzinfo is None:
            return None
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    # Years at the ends of the calendar can't be shown in every time zone.
    return moment if 1900 <= moment.year <= 9998 else None


def _as_it_came(value: object) -> object:
    """A value that was used, as it came; what could harm the store is left out (it was not used either)."""
    if isinstance(value, str):
        return value if len(value) <= _MAX_TEXT and value.isascii() and value.isprintable() else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if _number(value) is not None else None
