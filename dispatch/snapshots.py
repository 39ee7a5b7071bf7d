"""Reading an incident with all that belongs to it, in a fixed number of queries."""

import uuid
from collections import defaultdict
from typing import Any

from django.db.models import Prefetch, QuerySet

from dispatch.models import Feedback, Incident, IncidentReport, Order
from evidence.models import Recording
from foundation.errors import NotFound
from foundation.subjects import Subject
from reports.models import Amendment, Report
from tracks.models import current_positions


def for_lists(incidents: QuerySet[Incident]) -> QuerySet[Incident]:
    """Incidents with what a list shows of them."""
    links = IncidentReport.objects.select_related("report").order_by("id")
    return incidents.select_related("agency", "responsible_agency", "station", "claimed_by").prefetch_related(
        Prefetch("links", links)
    )


def for_order_lists(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Orders with what a list shows of them."""
    return orders.select_related("unit", "incident").prefetch_related(
        Prefetch("feedbacks", Feedback.objects.order_by("id"))
    )


def incident_row(incident_id: uuid.UUID) -> Incident:
    """One incident as lists show it; whether the actor may see it was asked before."""
    return for_lists(Incident.objects.filter(pk=incident_id)).get()


def order_row(order_id: uuid.UUID) -> Order:
    """One order as lists show it; whether the actor may see it was asked before."""
    return for_order_lists(Order.objects.filter(pk=order_id)).get()


def incident_detail(incident_id: uuid.UUID) -> Incident:
    """One incident with its orders and reports; each report with its recordings, current position and amendments."""
    links = IncidentReport.objects.select_related("report__reporter").order_by("id")
    orders = Order.objects.select_related("unit").order_by("id")
    found = (
        Incident.objects.select_related("agency", "responsible_agency", "station", "claimed_by")
        .prefetch_related(
            Prefetch("links", links),
            Prefetch("orders", orders.prefetch_related(Prefetch("feedbacks", Feedback.objects.order_by("id")))),
        )
        .filter(pk=incident_id)
        .first()
    )
    if found is None:
        raise NotFound
    reports = [link.report for link in found.links.all()]
    _fill(reports)
    found.outside_province = any(report.outside_province for report in reports)  # type: ignore[attr-defined]  # for the serializer
    return found


def _fill(reports: list[Report]) -> None:
    """Hang on the reports what other rooms know about them, one query each."""
    ids = [report.id for report in reports]
    recordings: dict[uuid.UUID, list[Recording]] = defaultdict(list)
    for recording in Recording.objects.filter(subject_kind="report", subject_id__in=ids).order_by("id"):
        recordings[recording.subject_id].append(recording)
    amendments: dict[uuid.UUID, list[Amendment]] = defaultdict(list)
    for amendment in Amendment.objects.filter(report__in=ids).order_by("id"):
        amendments[amendment.report_id].append(amendment)
    positions = current_positions(Subject("report", report_id) for report_id in ids)
    extra: Any
    for extra in reports:
        extra.recordings = recordings[extra.id]
        extra.amended = amendments[extra.id]
        extra.current_position = positions.get(Subject("report", extra.id))
