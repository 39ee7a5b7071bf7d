"""What the API rooms share at the HTTP door: pages, ETags, keys."""

from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from foundation import errors

MAX_KEY = 200


class Pages(CursorPagination):
    """``?limit=&cursor=`` → ``{"results": […], "next": "<cursor>|null"}``, newest first (ids are UUIDv7)."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "limit"
    cursor_query_param = "cursor"
    ordering = "-id"

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """One page; `Invalid` for a cursor that decodes but names no place in this list."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValidationError, ValueError) as error:
            raise errors.Invalid.field("cursor", "invalid", "Use a cursor as it was given.") from error

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
    """Raise `PreconditionFailed` where a given ``If-Match`` is not that of the (locked) row."""
    if header is None:
        return
    tags = [tag.strip() for tag in header.split(",")]
    if "*" not in tags and etag(row) not in tags:
        raise errors.PreconditionFailed


def client_key(request: Request) -> str | None:
    """The client's key for a creating POST: ``client_uuid`` of the body, else ``Idempotency-Key``."""
    body = request.data if isinstance(request.data, dict) else {}
    key = body.get("client_uuid") or request.headers.get("Idempotency-Key")
    if key is None:
        return None
    # Printable: no NUL and no half of a surrogate pair, which a database or a hash can't take.
    if not isinstance(key, str) or not key.strip() or len(key) > MAX_KEY or not key.isprintable():
        raise errors.Invalid.field("client_uuid", "invalid", f"A key is text of 1 to {MAX_KEY} printable characters.")
    return key.strip()


def content_of(request: Request) -> Any:
    """The body without its key: what must be the same when the key is the same."""
    body = request.data
    return {k: v for k, v in body.items() if k != "client_uuid"} if isinstance(body, dict) else body


def created(body: dict[str, Any], *, replayed: bool, status: int = 201) -> Response:
    """The answer to a creating POST; a replay says so in ``Idempotency-Replayed``."""
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    return Response(body, status=status, headers=headers)
