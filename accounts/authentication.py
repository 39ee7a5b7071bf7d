"""How a request says who it is: an opaque bearer token, or a member of staff's session."""

from typing import Any

from knox.auth import TokenAuthentication
from rest_framework import exceptions
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request

from accounts.models import Token, User


class BearerAuthentication(TokenAuthentication):
    """``Authorization: Bearer <token>``. Reads only: an expired token is refused, not deleted, on the way."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, Token]:
        """The user and token behind the opaque text."""
        try:
            user, found = super().authenticate_credentials(token)  # type: ignore[no-untyped-call]  # knox
        except UnicodeDecodeError as error:
            raise exceptions.AuthenticationFailed("Invalid token.") from error
        return user, found

    def _cleanup_token(self, auth_token: Any) -> bool:
        return bool(auth_token.is_expired)


class StaffSessionAuthentication(SessionAuthentication):
    """The console's session cookie, with CSRF, for staff that passed their second factor."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """The member of staff of this session, if there is one."""
        found = super().authenticate(request)
        if found is None or not found[0].is_staff or not found[0].is_verified():
            return None
        return found
