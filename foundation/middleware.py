"""Every request has an id, and one line in the log without anything secret in it."""

import os
import re
import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from foundation import ids

log = structlog.get_logger("http")

# Secrets that stand in a path: a recording's secret ingest address and a viewer's playback ticket. Wherever they stand:
# a mistyped address with a real ticket in it is logged too.
SECRET_PATH = re.compile(r"(/(?:ingest|playback)/+)[^/]+", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def safe_path(path: str) -> str:
    """The path as it may be logged: on one line, without secrets; the query string is never logged."""
    return CONTROL.sub("?", SECRET_PATH.sub(r"\1[secret]", path))


class RequestLog:
    """Sets ``request.request_id`` and the ``X-Request-Id`` header; logs method, safe path, status and time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        request_id = str(ids.random_id())
        request.request_id = request_id  # type: ignore[attr-defined]  # Django's way to hang things on a request
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        begun = time.perf_counter()
        response = self.get_response(request)
        response["X-Request-Id"] = request_id
        log.info(
            "request",
            method=request.method,
            path=safe_path(request.path),
            status=response.status_code,
            ms=round((time.perf_counter() - begun) * 1000, 1),
        )
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Log what nobody handled, under the id that the client was told."""
        log.error("request_failed", method=request.method, path=safe_path(request.path), exc_info=exception)


class BodyLength:
    """Gives a body that came in chunks its length: DRF takes a request without ``Content-Length`` for an empty one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request. Django has spooled the whole body before any middleware runs."""
        body = getattr(request, "_stream", None)
        if "CONTENT_LENGTH" not in request.META and body is not None and body.seekable():
            request.META["CONTENT_LENGTH"] = str(body.seek(0, os.SEEK_END))
            body.seek(0)
        return self.get_response(request)
