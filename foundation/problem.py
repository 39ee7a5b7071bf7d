"""The HTTP door's errors: ``application/problem+json`` (RFC 9457) with a stable ``code``."""

from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from foundation import errors

log = structlog.get_logger(__name__)

CONTENT_TYPE = "application/problem+json"

# The first class that fits decides, so the special ones stand before their bases.
STATUS: tuple[tuple[type[errors.DomainError], int, str], ...] = (
    (errors.IdempotencyConflict, 422, "Key used with other content"),
    (errors.Invalid, 400, "Invalid input"),
    (errors.Unauthenticated, 401, "Not authenticated"),
    (errors.Forbidden, 403, "Forbidden"),
    (errors.NotFound, 404, "Not found"),
    (errors.Conflict, 409, "Conflict"),
    (errors.PreconditionFailed, 412, "Precondition failed"),
    (errors.PreconditionRequired, 428, "Precondition required"),
    (errors.TooLarge, 413, "Too large"),
    (errors.TooMany, 429, "Too many requests"),
    (errors.Unavailable, 503, "Unavailable"),
)


def body(
    request: Any, status: int, title: str, code: str, detail: str, fields: list[dict[str, str]], **extra: Any
) -> dict[str, Any]:
    """A problem document. ``request_id`` is the one in the log and in the ``X-Request-Id`` header."""
    return {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": fields,
        "request_id": getattr(request, "request_id", ""),
        **extra,
    }


def handle(exception: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every error as a problem document, and the transaction rolled back."""
    request = context.get("request")
    request = getattr(request, "_request", request)
    domain = _as_domain(exception)
    if domain is None:
        return None
    set_rollback()
    status, title = next(((s, t) for kind, s, t in STATUS if isinstance(domain, kind)), (400, "Bad request"))
    if isinstance(exception, exceptions.APIException) and not isinstance(exception, exceptions.ValidationError):
        status = exception.status_code
        if domain.code == "error":
            domain.code = _code_of(exception)
            title = exception.default_detail if isinstance(exception.default_detail, str) else title
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if "retry_after" in domain.extra:
        headers["Retry-After"] = str(domain.extra["retry_after"])
    fields = [{"field": _sayable(e.field), "code": e.code, "detail": _sayable(e.detail)} for e in domain.errors]
    problem = body(request, status, str(title), domain.code, _sayable(domain.detail), fields, **domain.extra)
    return Response(problem, status=status, headers=headers, content_type=CONTENT_TYPE)


def _sayable(text: str) -> str:
    """Text that may repeat what a client sent: cut, and without half surrogate pairs, which JSON in UTF-8 can't hold."""
    return text[:500].encode("utf-8", "replace").decode()


def _as_domain(exception: Exception) -> errors.DomainError | None:
    match exception:
        case errors.DomainError():
            return exception
        case exceptions.ValidationError():
            return errors.Invalid(errors=_flatten(exception.get_full_details()))
        case exceptions.ParseError():
            return errors.Invalid(str(exception.detail), code="unreadable_body")
        case RecursionError():
            # Only a body of absurd depth gets there, in the JSON parser or where its content is walked.
            return errors.Invalid("The body is nested too deeply.", code="unreadable_body")
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return errors.Unauthenticated(str(exception.detail))
        case Http404() | exceptions.NotFound():
            return errors.NotFound()
        case PermissionDenied() | exceptions.PermissionDenied():
            return errors.Forbidden(str(getattr(exception, "detail", "")) or None)
        case RequestDataTooBig():
            return errors.TooLarge()
        case exceptions.APIException():
            return errors.DomainError(str(exception.detail))
    return None


def _code_of(exception: exceptions.APIException) -> str:
    codes = exception.get_codes()
    return codes if isinstance(codes, str) else exception.default_code


def _flatten(details: Any, path: str = "") -> list[errors.FieldError]:
    """DRF's nested details as a flat list with dotted paths."""
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        return [errors.FieldError(path or "non_field_errors", str(details["code"]), str(details["message"]))]
    if isinstance(details, dict):
        return [e for key, value in details.items() for e in _flatten(value, f"{path}.{key}" if path else str(key))]
    if isinstance(details, list):
        leaves = all(isinstance(d, dict) and set(d) == {"message", "code"} for d in details)
        return [
            e
            for index, value in enumerate(details)
            for e in _flatten(value, path if leaves else f"{path}.{index}" if path else str(index))
        ]
    return []


def respond(request: HttpRequest, status: int, title: str, code: str, detail: str) -> JsonResponse:
    """A problem document from outside DRF."""
    return JsonResponse(
        body(request, status, title, code, detail, []),
        status=status,
        content_type=CONTENT_TYPE,
        json_dumps_params={"ensure_ascii": False},
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """``handler404``."""
    return respond(request, 404, "Not found", "not_found", errors.NotFound.detail)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """``handler400``."""
    return respond(request, 400, "Bad request", "bad_request", "The request could not be read.")


def server_error(request: HttpRequest) -> JsonResponse:
    """``handler500``: the log has the details under this request id."""
    return respond(request, 500, "Server error", "server_error", "Something went wrong on our side.")
