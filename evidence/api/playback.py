"""What players fetch: lists and segments, by a ticket in the path that is checked for every one of them."""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from evidence import actions, playlists, ranges, storage, timeline
from evidence.api.media import AnyAccept
from evidence.live_texts import live_text
from evidence.models import StoredObject
from evidence.playlists import Text
from foundation.errors import NotFound

FILE_NAME = re.compile(r"([1-9][0-9]{0,8})\.(?:mp4|m4s|ts)", re.ASCII)
LIST = {(200, playlists.MEDIA_TYPE): OpenApiTypes.STR}


class _Played(APIView):
    """The ticket is the credential; tokens and cookies are not looked at."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = [AllowAny]
    content_negotiation_class = AnyAccept


class LivePlaylist(_Played):
    """``GET /playback/<ticket>/index.m3u8``."""

    @extend_schema(
        operation_id="playback_live", auth=[], summary="The live list (HLS, EVENT), which only grows", responses=LIST
    )
    def get(self, request: Request, ticket: str) -> HttpResponse:
        """The list as it is now."""
        recording = actions.catch_up_live_list(actions.admit(ticket).recording)
        text = live_text(recording).live(
            target_duration_s=recording.target_duration_s, ended=recording.live_ended_at is not None
        )
        return _list(request, text)


class FinalPlaylist(_Played):
    """``GET /playback/<ticket>/final.m3u8``."""

    @extend_schema(
        operation_id="playback_final",
        auth=[],
        summary="Everything that is there now (HLS, VOD), late segments in their places",
        responses=LIST,
    )
    def get(self, request: Request, ticket: str) -> HttpResponse:
        """The list."""
        recording = actions.admit(ticket).recording
        text = Text().with_entries(timeline.final(recording))
        return _list(request, text.final(target_duration_s=recording.target_duration_s))


class PlayedFile(_Played):
    """``GET /playback/<ticket>/<arrival>.<ending>``."""

    @extend_schema(
        operation_id="playback_file",
        auth=[],
        summary="An init or a segment; its first showing is recorded",
        parameters=[OpenApiParameter("Range", location=OpenApiParameter.HEADER, description="One range of bytes")],
        responses={
            (200, "video/mp4"): OpenApiTypes.BINARY,
            (206, "video/mp4"): OpenApiTypes.BINARY,
            416: OpenApiResponse(description="No byte of the file lies in the range"),
        },
    )
    def get(self, request: Request, ticket: str, name: str) -> HttpResponse:
        """The bytes, or a range of them."""
        admitted = actions.admit(ticket)
        found = FILE_NAME.fullmatch(name)
        if found is None:
            raise NotFound
        stored = actions.find_played(admitted, int(found[1]))
        if playlists.file_name(stored) != name:
            raise NotFound
        if request.method != "HEAD":
            actions.record_view(admitted, stored)
        return _file(request, stored)


def _list(request: HttpRequest | Request, text: str) -> HttpResponse:
    response = HttpResponse(text, content_type=playlists.MEDIA_TYPE)
    response["Cache-Control"] = "private, no-store"
    return response


def _file(request: Request, stored: StoredObject) -> HttpResponse:
    """The stored bytes; segments are small enough to be sent as one piece."""
    tag = f'"{stored.sha256}"'
    condition = request.headers.get("If-Range")
    header = request.headers.get("Range") if condition in {None, tag} else None
    wanted = ranges.parse(header, stored.size) if request.method == "GET" else None
    if isinstance(wanted, ranges.Unsatisfiable):
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{stored.size}"
    else:
        part = wanted or range(stored.size)
        with storage.open_stored(stored.storage_name) as file:
            file.seek(part.start)
            response = HttpResponse(file.read(len(part)), status=206 if wanted else 200)
        if wanted:
            response["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{stored.size}"
    response["Content-Type"] = stored.media_type
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-store"
    return response
