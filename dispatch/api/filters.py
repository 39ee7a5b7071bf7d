"""The filters of the lists. A filter that can't be right is a 400 that names it, never a silently longer list."""

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime

from django.db.models import Q, QuerySet
from django.http import QueryDict

from dispatch.models import IncidentQuerySet, Order, OrderQuerySet, Unit
from dispatch.states import IncidentState, OrderState, UnitStatus
from foundation import ids
from foundation.errors import Invalid
from geo.models import Agency

MAX_TEXT = 100


def filtered_incidents(incidents: IncidentQuerySet, params: QueryDict) -> IncidentQuerySet:
    """Incidents by ``state, agency, class, q, since, bbox``."""
    if states := _choices(params, "state", IncidentState.values):
        incidents = incidents.filter(state__in=states)
    if agency := agency_of(params):
        incidents = incidents.of_agency(agency)
    if prefix := _class_prefix(params):
        incidents = incidents.filter(class_code__startswith=prefix)
    if text := _text(params, "q"):
        incidents = incidents.matching(text)
    if since := _moment(params, "since"):
        incidents = incidents.filter(received_at__gte=since)
    if box := _box(params):
        incidents = incidents.within_box(*box)
    return incidents


def filtered_orders(orders: OrderQuerySet, params: QueryDict) -> QuerySet[Order]:
    """Orders by ``unit, state``."""
    if states := _choices(params, "state", OrderState.values):
        orders = orders.filter(state__in=states)
    if text := _text(params, "unit"):
        unit_id = ids.parse_id(text)
        if unit_id is None:
            raise Invalid.field("unit", "invalid", "The id of a unit.")
        orders = orders.filter(unit_id=unit_id)
    return orders


def filtered_units(units: QuerySet[Unit], params: QueryDict) -> QuerySet[Unit]:
    """Units by ``agency`` (or below it) and ``status``."""
    if statuses := _choices(params, "status", UnitStatus.values):
        units = units.filter(status__in=statuses)
    if agency := agency_of(params):
        units = units.filter(Q(agency__in=Agency.objects.within(agency).values("code")))
    return units


def agency_of(params: QueryDict) -> Agency | None:
    """The agency that ``agency`` names by its code."""
    code = _text(params, "agency")
    if not code:
        return None
    found = Agency.objects.filter(pk=code).first()
    if found is None:
        raise Invalid.field("agency", "unknown", "There is no agency with this code.")
    return found


def _text(params: QueryDict, name: str) -> str:
    text = (params.get(name) or "").strip()
    if len(text) > MAX_TEXT or "\x00" in text:
        raise Invalid.field(name, "invalid", f"Text of at most {MAX_TEXT} characters, without NUL.")
    return text


def _choices(params: QueryDict, name: str, allowed: Iterable[str]) -> list[str]:
    """Several values: repeated, or with commas between."""
    wanted = [part.strip() for text in params.getlist(name) for part in text.split(",") if part.strip()]
    unknown = sorted(set(wanted) - set(allowed))
    if unknown:
        raise Invalid.field(name, "invalid_choice", f"Use {', '.join(allowed)}.")
    return wanted


def _class_prefix(params: QueryDict) -> str:
    """A class or a whole branch: 2, 4, 6 or 8 digits; zeros at the end of 8 stand for the branch."""
    code = _text(params, "class")
    if code and not re.fullmatch(r"(?:[0-9]{2}){1,4}", code):
        raise Invalid.field("class", "invalid", "2, 4, 6 or 8 digits of a class code.")
    return re.sub(r"(?:00)+$", "", code) if len(code) == 8 else code


def _moment(params: QueryDict, name: str) -> datetime | None:
    text = _text(params, name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError(text)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid.field(name, "invalid", "A moment in RFC 3339, e.g. 2026-11-24T08:00:00Z.") from error


def _box(params: QueryDict) -> tuple[float, float, float, float] | None:
    text = _text(params, "bbox")
    if not text:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise _bad_box() from error
    finite = all(math.isfinite(value) for value in (west, south, east, north))
    if not (finite and -180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise _bad_box()
    return west, south, east, north


def _bad_box() -> Invalid:
    return Invalid.field("bbox", "invalid", "west,south,east,north in WGS-84 degrees.")
