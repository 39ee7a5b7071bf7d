"""Every request has an id, and one line in the log without anything secret in it."""

import re
import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from foundation import ids

log = structlog.get_logger("http")

# Secrets that stand in a path: a recording's secret ingest address and a viewer's playback ticket.
SECRET_PATH = re.compile(r"^(/api/v1/(?:ingest|playback)/)[^/]+")


def safe_path(path: str) -> str:
    """The path as it may be logged."""
    return SECRET_PATH.sub(r"\1[secret]", path)


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
