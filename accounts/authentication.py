"""How a request says who it is: an opaque bearer token, or a member of staff's session."""

from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts import credentials
from accounts.credentials import Credential
from accounts.models import User

SCHEME = "Bearer"


class BearerAuthentication(BaseAuthentication):
    """``Authorization: Bearer <token>``; ``request.auth`` is the `Credential`. One query, no write."""

    def authenticate(self, request: Request) -> tuple[User, Credential] | None:
        """The user of the token; no header of this scheme is no opinion, a wrong token is an error."""
        scheme, _, text = get_authorization_header(request).strip().partition(b" ")
        if scheme.lower() != SCHEME.lower().encode():
            return None
        credential = credentials.from_bearer(text.strip().decode("latin-1"))
        if credential is None:
            raise exceptions.AuthenticationFailed("The token is not valid.")
        return credential.user, credential

    def authenticate_header(self, request: Request) -> str:
        """What ``WWW-Authenticate`` says, so that a missing credential is 401."""
        return SCHEME


class StaffSessionAuthentication(SessionAuthentication):
    """The session cookie, with CSRF, of staff who have passed their second factor; ``request.auth`` is the `Credential`."""

    def authenticate(self, request: Request) -> tuple[User, Credential] | None:
        """The member of staff of this session, if there is one."""
        session = request._request.session
        # The answer depends on the cookie: lets the middleware say so in ``Vary``.
        session.accessed = True
        credential = credentials.from_session(session.session_key)
        if credential is None:
            return None
        self.enforce_csrf(request)
        return credential.user, credential


def actor_of(request: Request) -> User:
    """The one who asks, behind a permission that needs a credential."""
    if not isinstance(request.user, User):
        raise exceptions.NotAuthenticated
    return request.user


def credential_of(request: Request) -> Credential:
    """The credential that the request came with."""
    credential: object = request.auth
    if not isinstance(credential, Credential):
        raise exceptions.NotAuthenticated
    return credential
