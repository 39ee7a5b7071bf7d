"""What the doors share that send and take media instead of JSON."""

from collections.abc import Iterable
from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class AnyAccept(BaseContentNegotiation):
    """Answers whatever the client says that it accepts: recorders and players ask for media, errors are JSON."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """None is needed: the body is read as it comes."""
        return parsers[0] if parsers else None

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The first renderer."""
        first = next(iter(renderers))
        return first, first.media_type
