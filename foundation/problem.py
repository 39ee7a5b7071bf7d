"""The HTTP door's errors: ``application/problem+json`` (RFC 9457) with a stable ``code``."""

import math
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import set_rollback

from foundation import errors
from foundation.http import SafeJSONRenderer

log = structlog.get_logger(__name__)

CONTENT_TYPE = "application/problem+json"
STANDARD = frozenset({"request", "type", "title", "status", "detail", "code", "errors", "fields", "request_id"})

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
        **extra,
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": fields,
        "request_id": getattr(request, "request_id", ""),
    }


def handle(exception: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every error as a problem document, and the transaction rolled back."""
    request = context.get("request")
    domain = _as_domain(exception)
    if domain is None:
        return None
    set_rollback()
    if isinstance(request, Request):
        # Whatever the view would have sent (GPX, a picture), a problem is JSON.
        request.accepted_renderer, request.accepted_media_type = SafeJSONRenderer(), CONTENT_TYPE
    status, title = _status_of(exception, domain)
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if "retry_after" in domain.extra:
        headers["Retry-After"] = str(domain.extra["retry_after"])
    fields = [{"field": _sayable(e.field), "code": e.code, "detail": _sayable(e.detail)} for e in domain.errors]
    # Extra members never replace the standard ones.
    extra = {key: value for key, value in domain.extra.items() if key not in STANDARD}
    problem = body(
        getattr(request, "_request", request), status, title, domain.code, _sayable(domain.detail), fields, **extra
    )
    return Response(problem, status=status, headers=headers, content_type=CONTENT_TYPE)


def _status_of(exception: Exception, domain: errors.DomainError) -> tuple[int, str]:
    """The status and title of one of our errors; DRF's others (405, 406, 415) bring their own."""
    known = next(((status, title) for kind, status, title in STATUS if isinstance(domain, kind)), None)
    own = exception.status_code if isinstance(exception, exceptions.APIException) else 400
    # DRF makes its 401 a 403 where no authenticator of the view could have said what it wants.
    if known is None or (known[0] == 401 and own == 403):
        return own, HTTPStatus(own).phrase
    return known


def _sayable(text: str) -> str:
    """Text that may repeat what a client sent: cut, and without half surrogate pairs, which JSON in UTF-8 can't hold."""
    return text[:500].encode("utf-8", "replace").decode()


def _as_domain(exception: Exception) -> errors.DomainError | None:  # noqa: C901  # a table of cases, one line each
    match exception:
        case errors.DomainError():
            return exception
        case exceptions.ValidationError():
            return errors.Invalid(errors=_flatten(exception.get_full_details()))
        case exceptions.ParseError():
            return errors.Invalid(str(exception.detail), code="unreadable_body")
        case RecursionError():
            return errors.Invalid("The body is nested too deep.", code="unreadable_body")
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return errors.Unauthenticated(str(exception.detail))
        case Http404() | exceptions.NotFound():
            return errors.NotFound()
        case PermissionDenied() | exceptions.PermissionDenied():
            return errors.Forbidden(str(getattr(exception, "detail", "")) or None)
        case RequestDataTooBig():
            return errors.TooLarge()
        case exceptions.Throttled():
            wait = getattr(exception, "wait", None)
            return errors.TooMany() if wait is None else errors.TooMany(retry_after=math.ceil(wait))
        case exceptions.APIException():
            return errors.DomainError(str(exception.detail), code=_code_of(exception))
    return _net(exception)


def _net(exception: Exception) -> errors.DomainError | None:
    """What a room should have caught: told to the client as what it is, and written to the log as ours to mend."""
    match exception:
        case OperationalError() | InterfaceError():
            log.error("database_unavailable", exc_info=exception)
            return errors.Unavailable(retry_after=2)
        case DataError() | UnicodeEncodeError():
            log.error("unchecked_input", exc_info=exception)
            return errors.Invalid("The input holds a value that can't be stored.", code="unstorable")
        case ValidationError():
            log.error("unchecked_input", exc_info=exception)
            fields = exception.message_dict if hasattr(exception, "error_dict") else {"": exception.messages}
            return errors.Invalid(
                errors=[
                    errors.FieldError(name or "non_field_errors", "invalid", text)
                    for name, texts in fields.items()
                    for text in texts
                ]
            )
    return None


def _code_of(exception: exceptions.APIException) -> str:
    codes = exception.get_codes()
    return codes if isinstance(codes, str) else exception.default_code


def _flatten(details: Any, path: str = "") -> list[errors.FieldError]:
    """DRF's nested details as a flat list with dotted paths."""
    if _is_leaf(details):
        return [errors.FieldError(path or "non_field_errors", str(details["code"]), str(details["message"]))]
    if isinstance(details, dict):
        return [e for key, value in details.items() for e in _flatten(value, f"{path}.{key}" if path else str(key))]
    if isinstance(details, list):
        leaves = all(_is_leaf(item) for item in details)
        return [
            e
            for index, value in enumerate(details)
            for e in _flatten(value, path if leaves else f"{path}.{index}" if path else str(index))
        ]
    return []


def _is_leaf(details: Any) -> bool:
    """One error; a serializer whose fields are called message and code has lists there."""
    return isinstance(details, dict) and set(details) == {"message", "code"} and isinstance(details["code"], str)


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
