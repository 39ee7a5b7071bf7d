"""How the OpenAPI document describes the two ways of saying who one is."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the library registers subclasses
    """The opaque token."""

    target_class = "accounts.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Of a citizen, or of staff."""
        return {"type": "http", "scheme": "bearer", "description": "From POST /auth/tokens or /auth/staff-tokens."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the library registers subclasses
    """The console's session cookie."""

    target_class = "accounts.authentication.StaffSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Of staff who signed in at ``/admin/``; unsafe methods need ``X-CSRFToken``."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "Of staff; unsafe methods need X-CSRFToken.",
        }
