"""Incidents over HTTP: the queue, one incident, its timeline and its conversation."""

import uuid
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch import actions, snapshots
from dispatch.api.doors import KEY, PAGE, REFUSED, StaffView, incident_answer, read
from dispatch.api.filters import agency_of, filtered_incidents
from dispatch.models import DESK_ROLES, Incident, incident_stream
from dispatch.serializers.incoming import IncidentEditIn, IncidentMessageIn, IncidentReadIn
from dispatch.serializers.outgoing import (
    IncidentDetailOut,
    IncidentMessagePageOut,
    IncidentOut,
    IncidentPageOut,
    TimelineOut,
)
from foundation import ids
from foundation.errors import Invalid, NotFound
from foundation.http import Pages, client_key, content_of, created, etag, if_match
from journal import streams
from journal.models import AuditRecord
from reports import limits
from reports.models import Message
from reports.serializers import MessageOut, ReadOut

MAX_SEQ = 2**31 - 1


class Incidents(StaffView):
    """What the agency may see."""

    @extend_schema(
        operation_id="incidents_list",
        summary="Incidents that the actor may see, newest first",
        parameters=[
            OpenApiParameter("state", str, description="One or several, with commas between"),
            OpenApiParameter("agency", str, description="Code: owned by it or below, or its responsibility"),
            OpenApiParameter("class", str, description="2, 4, 6 or 8 digits"),
            OpenApiParameter("q", str, description="Number, address, summary, or the last four digits of a phone"),
            OpenApiParameter("since", str, description="Received at or after this moment (RFC 3339)"),
            OpenApiParameter("bbox", str, description="west,south,east,north in WGS-84 degrees"),
            *PAGE,
        ],
        responses=IncidentPageOut,
    )
    def get(self, request: Request) -> Response:
        """A page, with the head of the desk's stream as it was before the page was read."""
        agency = agency_of(request.query_params)
        head = self._head(agency.code if agency else self.actor.agency_code)
        found = filtered_incidents(Incident.objects.visible_to(self.actor), request.query_params)
        pages = Pages()
        page = pages.paginate_queryset(snapshots.for_lists(found), request, view=self)
        answer = pages.get_paginated_response(IncidentOut(page, many=True).data)
        answer.data["stream"] = head
        return answer

    def _head(self, code: str) -> dict[str, Any] | None:
        """The queue's stream where the actor may listen to it: a patrol has none."""
        kind = streams.kind_of("agencies")
        name = kind.find(self.actor, code) if kind and self.actor.has_role(*DESK_ROLES) else None
        return streams.head_of(name).as_json() if name else None


class OneIncident(StaffView):
    """One incident."""

    @extend_schema(
        operation_id="incidents_retrieve",
        summary="An incident with its reports, orders and claim; the look is on the record",
        responses={200: IncidentDetailOut, 404: REFUSED[404]},
    )
    def get(self, request: Request, incident_id: uuid.UUID) -> Response:
        """The incident, as of its stream's head."""
        actions.look_at(self.actor, incident_id=incident_id)
        head = streams.head_of(incident_stream(incident_id))
        row = snapshots.incident_detail(incident_id)
        body = IncidentDetailOut(row, context={"stream": head.as_json()}).data
        return Response(body, headers={"ETag": etag(row)})

    @extend_schema(
        operation_id="incidents_update",
        summary="Correct the form, or pick the place on the map",
        parameters=[OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True)],
        request=IncidentEditIn,
        responses={200: IncidentOut, **REFUSED},
    )
    def patch(self, request: Request, incident_id: uuid.UUID) -> Response:
        """Edit."""
        if not Incident.objects.visible_to(self.actor).filter(pk=incident_id).exists():
            raise NotFound
        header = if_match(request, required=True) or ""
        clean = read(IncidentEditIn(data=request.data))
        actions.edit(self.actor, incident_id=incident_id, if_match=header, **clean)
        return incident_answer(incident_id)


class TimelinePages(Pages):
    """Oldest first: a history is read from its beginning.

    By time, since the records of one deed get their ids chain by chain.
    """

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        """The order of happening."""
        return ("at", "id")


class Timeline(StaffView):
    """What happened to an incident and its reports."""

    @extend_schema(
        operation_id="incidents_timeline",
        summary="Who did what, when, from which state to which, and why; oldest first",
        parameters=PAGE,
        responses={200: TimelineOut(many=True), 404: REFUSED[404]},
    )
    def get(self, request: Request, incident_id: uuid.UUID) -> Response:
        """A page of the trail; looks are not part of it."""
        seen = Incident.objects.visible_to(self.actor).filter(pk=incident_id)
        if not seen.exists():
            raise NotFound
        reports = seen.values_list("links__report", flat=True)
        threads = [f"incident:{incident_id}", *(f"report:{report_id}" for report_id in reports if report_id)]
        records = AuditRecord.objects.filter(thread__in=threads, kind=AuditRecord.Kind.CHANGE)
        pages = TimelinePages()
        page = pages.paginate_queryset(records, request, view=self)
        return pages.get_paginated_response(TimelineOut(page, many=True).data)


class Messages(StaffView):
    """The conversation with a reporter, police side."""

    @extend_schema(
        operation_id="incidents_messages_list",
        summary="The conversation in order; what a working desk fetches counts as delivered",
        parameters=[
            OpenApiParameter("report_id", str, description="Needed when several reports are linked"),
            OpenApiParameter("after", int, description="Messages with a greater `seq`"),
            OpenApiParameter("cursor", str, description="The `next` of the page before; the same as `after`"),
            OpenApiParameter("limit", int),
        ],
        responses={200: IncidentMessagePageOut, 404: REFUSED[404]},
    )
    def get(self, request: Request, incident_id: uuid.UUID) -> Response:
        """A page of messages."""
        report_id = _report_id(request.query_params.get("report_id"))
        after = _number(request, "cursor" if "cursor" in request.query_params else "after", default=0)
        limit = min(max(_number(request, "limit", default=limits.MESSAGES_PER_PAGE), 1), Pages.max_page_size)
        if not Incident.objects.visible_to(self.actor).filter(pk=incident_id).exists():
            raise NotFound
        head = streams.head_of(incident_stream(incident_id))
        # Not one more than is handed over: what is fetched counts as delivered.
        rows = actions.list_messages(self.actor, incident_id=incident_id, report_id=report_id, after=after, limit=limit)
        more = bool(rows) and Message.objects.filter(report=rows[-1].report_id, seq__gt=rows[-1].seq).exists()
        results = MessageOut(rows, many=True).data
        return Response({"results": results, "next": str(rows[-1].seq) if more else None, "stream": head.as_json()})

    @extend_schema(
        operation_id="incidents_messages_create",
        summary="Write to the reporter",
        parameters=[KEY],
        request=IncidentMessageIn,
        responses={201: MessageOut, **REFUSED},
    )
    def post(self, request: Request, incident_id: uuid.UUID) -> Response:
        """Post a message, once per key."""
        said = read(IncidentMessageIn(data=request.data))
        answer = actions.write_message(
            self.actor,
            incident_id=incident_id,
            report_id=said["report_id"],
            text=said["text"] or "",
            quick_codes=said["quick_codes"] or [],
            key=client_key(request),
            content=content_of(request),
        )
        return created(answer.body, replayed=answer.replayed)


class MessagesRead(StaffView):
    """The read mark, police side."""

    @extend_schema(
        operation_id="incidents_messages_read",
        summary="The reporter's messages up to this one were read",
        request=IncidentReadIn,
        responses={200: ReadOut, **REFUSED},
    )
    def post(self, request: Request, incident_id: uuid.UUID) -> Response:
        """Mark as read, up to a message's id or ``seq``."""
        said = read(IncidentReadIn(data=request.data))
        up_to = _seq(said["up_to"])
        seq = actions.mark_read(self.actor, incident_id=incident_id, report_id=said["report_id"], up_to=up_to)
        return Response({"read_up_to": seq})


def _report_id(text: str | None) -> uuid.UUID | None:
    if not text:
        return None
    parsed = ids.parse_id(text)
    if parsed is None:
        raise Invalid.field("report_id", "invalid", "The id of a report.")
    return parsed


def _number(request: Request, name: str, *, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise Invalid.field(name, "invalid", "Must be a whole number.")
    return int(text)


def _seq(value: Any) -> int | uuid.UUID:
    """A message named by its ``seq`` or its id."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SEQ:
        return value
    parsed = ids.parse_id(value)
    if parsed is None:
        raise Invalid.field("up_to", "invalid", "Must be the id or the seq of a message.")
    return parsed
