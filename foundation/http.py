"""What the API rooms share at the HTTP door: JSON, pages, ETags, keys."""

import json
import math
from collections.abc import Mapping
from typing import IO, Any, NoReturn, Protocol
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ValidationError
from django.db import DataError
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from foundation import errors

MAX_KEY = 200


class StrictJSONParser(JSONParser):
    """JSON as RFC 8259 has it: no NaN, no infinity (``1e999`` is one), no depth that overflows the stack.

    NUL and halves of surrogate pairs pass: serializers name the field that holds one.
    """

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The body's content; `ParseError` where it is not JSON."""
        encoding = (parser_context or {}).get("encoding", "utf-8")
        try:
            text = stream.read().decode(encoding).removeprefix("\ufeff")
            return json.loads(text, parse_constant=_refuse_number, parse_float=_finite)
        except RecursionError as error:
            raise exceptions.ParseError("JSON parse error - nested too deep") from error
        except (ValueError, LookupError) as error:  # LookupError: a charset that is none
            raise exceptions.ParseError(f"JSON parse error - {error}") from error


def _refuse_number(text: str) -> NoReturn:
    raise ValueError(f"{text[:20]} is not a number that JSON knows")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        _refuse_number(text)
    return number


class SafeJSONRenderer(JSONRenderer):
    """JSON in UTF-8. An answer that holds half of a surrogate pair (an error that quotes its input) is escaped."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """The answer's bytes."""
        try:
            made: bytes = super().render(data, accepted_media_type, renderer_context)
        except UnicodeEncodeError:
            made = _EscapingRenderer().render(data, accepted_media_type, renderer_context)
        return made


class _EscapingRenderer(JSONRenderer):
    ensure_ascii = True


class Pages(CursorPagination):
    """``?limit=&cursor=`` → ``{"results": […], "next": "<cursor>|null"}``, newest first (ids are UUIDv7)."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "limit"
    cursor_query_param = "cursor"
    ordering: str | tuple[str, ...] = "-id"

    def get_page_size(self, request: Request) -> int:
        """``limit``, at most ``max_page_size``."""
        text = request.query_params.get(self.page_size_query_param)
        if text is None:
            return self.page_size
        if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) < 1:
            detail = f"A whole number from 1 to {self.max_page_size}."
            raise errors.Invalid.field(self.page_size_query_param, "invalid", detail)
        return min(int(text), self.max_page_size)

    def decode_cursor(self, request: Request) -> Any:
        """Where to go on; an empty cursor is none."""
        if not request.query_params.get(self.cursor_query_param):
            return None
        try:
            cursor = super().decode_cursor(request)
        except exceptions.NotFound:
            cursor = None
        if cursor is None or (cursor.position is None and not cursor.offset):
            raise self._bad_cursor()
        return cursor

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        """The rows of this page; `Invalid` names ``limit`` or ``cursor``."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValidationError, ValueError, OverflowError, DataError) as error:
            if not request.query_params.get(self.cursor_query_param):
                raise
            # The cursor could be read, but its position is none of this list's.
            raise self._bad_cursor() from error

    def _bad_cursor(self) -> errors.Invalid:
        return errors.Invalid.field(self.cursor_query_param, "invalid", "Not a cursor of this list: begin without one.")

    def get_paginated_response(self, data: Any) -> Response:
        """The page with its bare cursor."""
        link = self.get_next_link()
        cursor = parse_qs(urlsplit(link).query)["cursor"][0] if link else None
        return Response({"results": data, "next": cursor})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The page in the OpenAPI document."""
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {"results": schema, "next": {"type": "string", "nullable": True}},
        }


class Versioned(Protocol):
    """A row with an edit counter."""

    version: int


def etag(row: Versioned) -> str:
    """The row's ETag (RFC 9110), strong: its edit counter."""
    return f'"{row.version}"'


def if_match(request: Request, *, required: bool) -> str | None:
    """The ``If-Match`` header to hand to an action, which compares it under the lock (`matches`)."""
    header = request.headers.get("If-Match")
    if header is None and required:
        raise errors.PreconditionRequired
    return header


def matches(header: str | None, row: Versioned) -> None:
    """Raise `PreconditionFailed` where a given ``If-Match`` is not that of the (locked) row.

    The comparison is strong (RFC 9110, 13.1.1): a weak tag (``W/"3"``) never matches; ``*`` does.
    """
    if header is None or header.strip() == "*":
        return
    if etag(row) not in [tag.strip() for tag in header.split(",")]:
        raise errors.PreconditionFailed


def client_key(request: Request) -> str | None:
    """The client's key for a creating POST: ``client_uuid`` of the body, else ``Idempotency-Key``."""
    body = request.data if isinstance(request.data, dict) else {}
    field, key = "client_uuid", body.get("client_uuid")
    if key is None:
        field, key = "Idempotency-Key", request.headers.get("Idempotency-Key")
    if key is None:
        return None
    # Printable excludes NUL and halves of surrogate pairs, which no database stores.
    if not isinstance(key, str) or not 0 < len(key.strip()) <= MAX_KEY or not key.strip().isprintable():
        raise errors.Invalid.field(field, "invalid", f"A key is text of 1 to {MAX_KEY} printable characters.")
    return key.strip()


def content_of(request: Request) -> Any:
    """The body without its key: what must be the same when the key is the same."""
    body = request.data
    return {k: v for k, v in body.items() if k != "client_uuid"} if isinstance(body, dict) else body


def created(body: dict[str, Any], *, replayed: bool, status: int = 201) -> Response:
    """The answer to a creating POST; a replay says so in ``Idempotency-Replayed``."""
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    return Response(body, status=status, headers=headers)
