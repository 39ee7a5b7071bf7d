"""Where recorders send their segments, by Bearer token or by a recording's secret address."""

from collections.abc import Iterator
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import BearerAuthentication
from accounts.models import User
from evidence import actions, digests, names
from evidence.api.media import AnyAccept
from evidence.errors import SegmentConflict
from evidence.limits import MAX_SEGMENT_BYTES
from evidence.models import Recording
from evidence.names import Sort
from evidence.serializers import RecordingOut, StoredOut, recording_answer
from evidence.sessions import Outcome
from foundation.errors import TooLarge

CHUNK = 64 * 1024
BODY = {
    "video/mp4": OpenApiTypes.BINARY,
    "video/mp2t": OpenApiTypes.BINARY,
    "application/vnd.apple.mpegurl": OpenApiTypes.STR,
}
PARAMETERS = [
    OpenApiParameter(
        "name",
        location=OpenApiParameter.PATH,
        description="`init.mp4`, `<anything><n>.m4s`, `<anything><n>.ts`, or `index.m3u8`: the recorder's own list, "
        "which is a hint, is not stored, and finishes the recording by `#EXT-X-ENDLIST`",
    ),
    OpenApiParameter(
        "Content-Digest",
        location=OpenApiParameter.HEADER,
        description="RFC 9530, `sha-256=:<Base64>:`; bytes that do not match are refused",
    ),
]
ANSWERS = {
    201: StoredOut,
    200: OpenApiResponse(StoredOut, description="The same bytes came before; the first answer again"),
    204: OpenApiResponse(description="The recorder's own list was read"),
    400: OpenApiResponse(description="`not_media`, `digest_mismatch`, `invalid`: nothing was stored"),
    409: OpenApiResponse(
        description="`segment_conflict`: other bytes came before under this number. Both are kept; `seq`, `sha256` and "
        "`chain` are those of the copy that came now"
    ),
    413: OpenApiResponse(description=f"More than {MAX_SEGMENT_BYTES} bytes"),
    503: OpenApiResponse(description="`storage_unavailable`: nothing was stored; send it again"),
}


class _Ingest(APIView):
    """What both addresses have in common. Bodies are read as they come, chunked or not, whatever their type."""

    parser_classes: list[Any] = []
    content_negotiation_class = AnyAccept

    def recording(self, request: Request, **where: str) -> Recording:
        """The recording that this address fills, if the sender may."""
        raise NotImplementedError

    def store(self, request: Request, name: str, **where: str) -> Response:
        """Take one object."""
        recording = self.recording(request, **where)
        wanted = names.parse(name)
        expected = digests.expected_sha256(request.headers.get(digests.FIELD))
        chunks = _chunks(request)
        if wanted.sort is Sort.CLIENT_LIST:
            actions.note_client_list(recording.owner, recording=recording, chunks=chunks, expected_sha256=expected)
            return Response(status=204)
        kept = actions.receive(
            recording.owner, recording=recording, name=wanted, chunks=chunks, expected_sha256=expected
        )
        answer = StoredOut(kept.stored).data
        if kept.outcome is Outcome.CONFLICT:
            raise SegmentConflict(**answer)
        return Response(answer, status=201 if kept.outcome is Outcome.NEW else 200)

    def delete(self, request: Request, name: str, **where: str) -> Response:
        """Say yes and keep everything: recorders tidy up, evidence stays."""
        self.recording(request, **where)
        return Response(status=204)


class BearerIngest(_Ingest):
    """``/recordings/{id}/ingest/<name>`` with the owner's token."""

    authentication_classes: list[Any] = [BearerAuthentication]
    permission_classes: list[Any] = [IsAuthenticated]

    def recording(self, request: Request, **where: str) -> Recording:
        """The owner's."""
        assert isinstance(request.user, User)  # noqa: S101  # IsAuthenticated has seen to it
        return actions.recording_to_fill(request.user, where["recording_id"])

    @extend_schema(
        operation_id="recordings_ingest",
        summary="Store an init or a segment; answered once it is on disk",
        request=BODY,
        parameters=PARAMETERS,
        responses=ANSWERS,
    )
    def put(self, request: Request, name: str, recording_id: str) -> Response:
        """Take one object."""
        return self.store(request, name, recording_id=recording_id)

    @extend_schema(
        operation_id="recordings_ingest_post",
        summary="The same as PUT",
        request=BODY,
        parameters=PARAMETERS,
        responses=ANSWERS,
    )
    def post(self, request: Request, name: str, recording_id: str) -> Response:
        """Take one object."""
        return self.store(request, name, recording_id=recording_id)

    @extend_schema(
        operation_id="recordings_ingest_delete",
        summary="Accepted and without effect: nothing is deleted",
        parameters=PARAMETERS[:1],
        responses={204: None},
    )
    def delete(self, request: Request, name: str, **where: str) -> Response:
        """Say yes and keep everything."""
        return super().delete(request, name, **where)


class SecretIngest(_Ingest):
    """``/ingest/<secret>/<name>``, for recorders that send no header."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = [AllowAny]

    def recording(self, request: Request, **where: str) -> Recording:
        """The one whose secret it is."""
        return actions.recording_of_secret(where["secret"])

    @extend_schema(
        operation_id="secret_ingest",
        auth=[],
        summary="Store an init or a segment by the recording's secret address",
        request=BODY,
        parameters=PARAMETERS,
        responses=ANSWERS,
    )
    def put(self, request: Request, name: str, secret: str) -> Response:
        """Take one object."""
        return self.store(request, name, secret=secret)

    @extend_schema(
        operation_id="secret_ingest_post",
        auth=[],
        summary="The same as PUT",
        request=BODY,
        parameters=PARAMETERS,
        responses=ANSWERS,
    )
    def post(self, request: Request, name: str, secret: str) -> Response:
        """Take one object."""
        return self.store(request, name, secret=secret)

    @extend_schema(
        operation_id="secret_ingest_delete",
        auth=[],
        summary="Accepted and without effect: nothing is deleted",
        parameters=PARAMETERS[:1],
        responses={204: None},
    )
    def delete(self, request: Request, name: str, **where: str) -> Response:
        """Say yes and keep everything."""
        return super().delete(request, name, **where)


class SecretFinish(APIView):
    """``POST /ingest/<secret>/finish``."""

    parser_classes: list[Any] = []
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = [AllowAny]
    content_negotiation_class = AnyAccept

    @extend_schema(
        operation_id="secret_finish",
        auth=[],
        summary="Finish the recording by its secret address, which ends with it",
        request=None,
        responses={200: RecordingOut},
    )
    def post(self, request: Request, secret: str) -> Response:
        """Finish."""
        recording = actions.recording_of_secret(secret)
        finished = actions.finish_recording(recording.owner, recording_id=recording.id)
        return Response(recording_answer(finished))


def _chunks(request: Request) -> Iterator[bytes]:
    """The body as it comes. DRF's ``request.data`` is empty for chunked bodies, Django's ``body`` has a small limit."""
    http = request._request  # DRF's documented way to Django's request
    announced = http.headers.get("Content-Length", "")
    if announced.isascii() and announced.isdigit() and int(announced[:18]) > MAX_SEGMENT_BYTES:
        raise TooLarge(f"A segment has at most {MAX_SEGMENT_BYTES} bytes; cut shorter ones.", limit=MAX_SEGMENT_BYTES)
    while chunk := http.read(CHUNK):
        yield chunk
