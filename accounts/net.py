"""Where a request came from."""

from typing import Any

from rest_framework.throttling import BaseThrottle


def address_of(request: Any) -> str:
    """The client's address, as far as the trusted proxies (``PROXIES``) tell; never what a client claims by itself."""
    return BaseThrottle().get_ident(request) or ""
