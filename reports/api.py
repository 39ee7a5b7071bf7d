"""Reports over HTTP, for those who make them. Staff are refused (403): the police side is dispatch's."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts.authentication import actor_of
from accounts.permissions import IsCitizen
from evidence.actions.start import target_duration
from evidence.serializers import RecordingStartedOut, StartRecordingIn, started_answer
from foundation import clock, ids
from foundation.errors import Invalid, NotFound
from foundation.http import Pages, client_key, content_of, created, etag, if_match
from journal import streams
from reports import actions, bodies, limits, serializers
from reports.intake import understand
from reports.models import Message, Report

KEY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, description="Instead of `client_uuid`")
MAX_SEQ = 2**31 - 1
IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True, description="The row's ETag")


class JsonAlways(BaseContentNegotiation):
    """Answers JSON whatever ``Accept`` asks for: a report is not refused for a header."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """The only one."""
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The only one."""
        return renderers[0], renderers[0].media_type


class Reports(APIView):
    """Make a report; see one's own."""

    permission_classes = [IsCitizen]
    content_negotiation_class = JsonAlways

    @extend_schema(
        operation_id="reports_create",
        summary="Report an emergency: never refused, exactly once",
        description="Whatever is missing or malformed is accepted and flagged in `needs_review`; a body that can't be "
        "read is kept as it came (64 KiB). Send the same `client_uuid` again until an answer comes. Other content "
        "under the same key is kept as an amendment that the dispatcher sees, and answered with 422 and the first "
        "report's `id`.",
        parameters=[KEY],
        request=serializers.ReportIn,
        responses={
            201: serializers.ReportReceiptOut,
            422: OpenApiResponse(description="`idempotency_conflict`; the content was kept as an amendment"),
            503: OpenApiResponse(description="The database can't be written now; send again with the same key"),
        },
    )
    def post(self, request: Request) -> Response:
        """Take a report in. The body is read here, bounded, because no parser may refuse it."""
        received_at = clock.now()
        body = bodies.read(bodies.take(request._request))
        intake = understand(body, header_key=request.headers.get("Idempotency-Key"), received_at=received_at)
        answer = actions.receive(actor_of(request), intake=intake, received_at=received_at)
        return created(answer.body, replayed=answer.replayed)

    @extend_schema(
        operation_id="reports_list",
        summary="Own reports, newest first",
        parameters=[OpenApiParameter("limit", int), OpenApiParameter("cursor", str)],
        responses=serializers.ReportPageOut,
    )
    def get(self, request: Request) -> Response:
        """The reporter's own."""
        pages = Pages()
        own = Report.objects.of(actor_of(request)).select_related("agency", "station")
        page = pages.paginate_queryset(own, request, view=self)
        return pages.get_paginated_response(serializers.ReportOut(page, many=True).data)


class OneReport(APIView):
    """One of one's own reports."""

    permission_classes = [IsCitizen]

    @extend_schema(
        operation_id="reports_retrieve",
        summary="An own report with its progress and positions",
        responses=serializers.ReportDetailOut,
    )
    def get(self, request: Request, report_id: str) -> Response:
        """The report, as of its stream's head."""
        return _detail(_own(request, report_id))

    @extend_schema(
        operation_id="reports_update",
        summary="Forbid or allow a call-back, or change the contact phone",
        parameters=[IF_MATCH],
        request=serializers.ReportEditIn,
        responses=serializers.ReportDetailOut,
    )
    def patch(self, request: Request, report_id: str) -> Response:
        """Edit; nothing else can be changed."""
        report = _own(request, report_id)
        header = if_match(request, required=True)
        changes = _read(serializers.ReportEditIn(data=request.data))
        actions.edit(actor_of(request), report_id=report.id, changes=changes, if_match=header)
        return _detail(_own(request, report_id))


class Fixes(APIView):
    """Positions while the report lasts."""

    permission_classes = [IsCitizen]

    @extend_schema(
        operation_id="reports_fixes",
        summary="Send positions; bad points are counted, not refused",
        request=serializers.FixesIn,
        responses={200: serializers.FixesOut},
    )
    def post(self, request: Request, report_id: str) -> Response:
        """Store a batch."""
        report = _own(request, report_id)
        fixes = request.data.get("fixes") if isinstance(request.data, dict) else None
        batch = actions.store_fixes(actor_of(request), report_id=report.id, fixes=fixes)
        return Response(batch.as_json())


class Messages(APIView):
    """The conversation with the police."""

    permission_classes = [IsCitizen]

    @extend_schema(
        operation_id="reports_messages_list",
        summary="The conversation in order; what is fetched counts as delivered",
        parameters=[
            OpenApiParameter("after", int, description="Messages with a greater `seq`"),
            OpenApiParameter("cursor", str, description="The `next` of the page before; the same as `after`"),
            OpenApiParameter("limit", int),
        ],
        responses=serializers.MessagePageOut,
    )
    def get(self, request: Request, report_id: str) -> Response:
        """A page of messages."""
        report = _own(request, report_id)
        after = _number(request, "cursor" if "cursor" in request.query_params else "after", default=0)
        limit = min(max(_number(request, "limit", default=limits.MESSAGES_PER_PAGE), 1), Pages.max_page_size)
        head = streams.head_of(report.stream)
        rows = actions.list_messages(actor_of(request), report_id=report.id, by="reporter", after=after, limit=limit)
        more = bool(rows) and Message.objects.filter(report=report, seq__gt=rows[-1].seq).exists()
        return Response(
            {
                "results": serializers.MessageOut(rows, many=True).data,
                "next": str(rows[-1].seq) if more else None,
                "stream": head.as_json(),
            }
        )

    @extend_schema(
        operation_id="reports_messages_create",
        summary="Say something to the police; also after the report is closed",
        parameters=[KEY],
        request=serializers.MessageIn,
        responses={201: serializers.MessageOut},
    )
    def post(self, request: Request, report_id: str) -> Response:
        """Post a message, once per key."""
        report = _own(request, report_id)
        said = _read(serializers.MessageIn(data=request.data))
        answer = actions.post_message(
            actor_of(request),
            report_id=report.id,
            side="reporter",
            text=said["text"] or "",
            quick_codes=said["quick_codes"] or [],
            key=client_key(request),
            content=content_of(request),
        )
        return created(answer.body, replayed=answer.replayed)


class MessagesRead(APIView):
    """The read mark."""

    permission_classes = [IsCitizen]

    @extend_schema(
        operation_id="reports_messages_read",
        summary="The police's messages up to this one were read",
        request=serializers.ReadIn,
        responses={200: serializers.ReadOut},
    )
    def post(self, request: Request, report_id: str) -> Response:
        """Mark as read, up to a message's id or ``seq``."""
        report = _own(request, report_id)
        up_to = _seq(report, request.data.get("up_to") if isinstance(request.data, dict) else None)
        read = actions.mark_read(actor_of(request), report_id=report.id, by="reporter", up_to=up_to)
        return Response({"read_up_to": read})


class Recordings(APIView):
    """Video and voice, while they are recorded."""

    permission_classes = [IsCitizen]

    @extend_schema(
        operation_id="reports_recordings_create",
        summary="Open a recording, then PUT its segments to `ingest_url`",
        parameters=[KEY],
        request=StartRecordingIn,
        responses={201: RecordingStartedOut},
    )
    def post(self, request: Request, report_id: str) -> Response:
        """Open a recording, once per key."""
        report = _own(request, report_id)
        wanted = _read(StartRecordingIn(data=request.data))
        recording, replayed = actions.start_recording(
            actor_of(request),
            report_id=report.id,
            media=wanted["media"],
            started_at=wanted["started_at"],
            target_duration_s=target_duration(wanted["segment_s"]),
            key=client_key(request),
            content=content_of(request),
        )
        return created(started_answer(recording, request), replayed=replayed)


def _own(request: Request, report_id: str) -> Report:
    parsed = ids.parse_id(report_id)
    own = Report.objects.of(actor_of(request)).select_related("agency", "station")
    report = own.filter(id=parsed).first() if parsed else None
    if report is None:
        raise NotFound
    return report


def _detail(report: Report) -> Response:
    """The report with its stream's head, which is read before the data: an event too many does no harm."""
    head = streams.head_of(report.stream)
    report = Report.objects.select_related("agency", "station").get(id=report.id)
    shown = serializers.ReportDetailOut(report, context={"head": head})
    return Response(shown.data, headers={"ETag": etag(report)})


def _read(form: Serializer[Any]) -> dict[str, Any]:
    form.is_valid(raise_exception=True)
    clean: dict[str, Any] = form.validated_data
    return clean


def _number(request: Request, name: str, *, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise Invalid.field(name, "invalid", "Must be a whole number.")
    return int(text)


def _seq(report: Report, value: Any) -> int:
    """The ``seq`` of a message named by its ``seq`` or its id."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SEQ:
        return value
    parsed = ids.parse_id(value)
    found = Message.objects.filter(report=report, id=parsed).values_list("seq", flat=True).first() if parsed else None
    if found is None:
        raise Invalid.field("up_to", "unknown", "Must be the id or the seq of a message of this report.")
    return found
