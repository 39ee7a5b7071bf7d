"""Where a report belongs: its position, and the desk and station that the position leads to.

Nothing that goes wrong here may cost the report: it then goes to the province's desk, flagged ``internal``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import structlog
from django.db import transaction

from foundation.errors import FieldError, Unavailable
from geo.models import Agency
from geo.routing import Route, route
from tracks.position import Parsed, Position, parse_position

log = structlog.get_logger(__name__)
T = TypeVar("T")


@dataclass(kw_only=True, slots=True)
class Place:
    """A report's position (if it has a usable one) and who is responsible there."""

    position: Position | None
    agency: Agency
    station: Agency | None = None
    candidates: list[dict[str, Any]] = field(default_factory=list)
    outside: bool = False
    remarks: list[FieldError] = field(default_factory=list)


def place(raw: Any, *, received_at: datetime) -> Place:
    """The place of a report whose position came as ``raw``; ``None`` where it came without one."""
    remarks: list[FieldError] = []
    position = None
    if raw is not None:
        parsed = guarded("position", remarks, lambda: _parse(raw, received_at))
        if parsed is not None:
            position = parsed.position
            remarks += parsed.errors
    found = guarded("routing", remarks, lambda: _route(position))
    if found is None:
        return Place(position=position, agency=_highest(), remarks=remarks)
    way, agency, station = found
    return Place(
        position=position,
        agency=agency,
        station=station,
        candidates=[
            {"agency": other.agency_code, "name": other.name, "distance_m": other.distance_m}
            for other in way.candidates
        ],
        outside=way.outside and position is not None,
        remarks=remarks,
    )


def guarded(step: str, remarks: list[FieldError], function: Callable[[], T]) -> T | None:
    """What the function gives; ``None`` and a remark where it fails, whatever the failure, and its writes undone.

    The log names the step and the kind of error only: its text could contain what a citizen sent.
    """
    try:
        with transaction.atomic():
            return function()
    except Exception as error:  # noqa: BLE001  # the report must be kept whatever fails beside it
        log.error("report.enrichment_failed", step=step, error=type(error).__name__)
        remarks.append(FieldError(step, "internal", "系统处理该项时出错，请人工核对"))
        return None


def _parse(raw: Any, received_at: datetime) -> Parsed:
    return parse_position(raw, received_at=received_at, require_coord_type=False)


def _route(position: Position | None) -> tuple[Route, Agency, Agency | None]:
    way = route(position.lon, position.lat, position.accuracy_m) if position else route(None, None, None)
    agencies = Agency.objects.in_bulk([code for code in (way.agency_code, way.station_code) if code])
    return way, agencies[way.agency_code], agencies.get(way.station_code or "")


def _highest() -> Agency:
    """The province's desk; where there is none, the highest there is."""
    agency = Agency.objects.order_by("path").first()
    if agency is None:
        raise Unavailable("No agency is set up yet.")
    return agency
