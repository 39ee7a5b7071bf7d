"""Who comes in at the door, to which stream, and whether they may still be there.

The functions that query (`let_in`, `recheck`) run in the door's database threads.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.http import parse_cookie
from django.http.request import split_domain_port, validate_host
from django.utils.http import is_same_domain

from accounts import credentials
from accounts.credentials import Credential
from foundation.errors import NotFound
from journal import streams
from journal.streams import Head, StreamKind
from live.protocol import (
    BAD_ORIGIN,
    BEARER_PREFIX,
    EXPIRED,
    NO_SUCH_STREAM,
    NOT_AUTHENTICATED,
    REVOKED,
    SUBPROTOCOL,
    Ending,
)

PATH = re.compile(r"/ws/([a-z0-9-]{1,40})/([^/\x00]{1,100})")


@dataclass(frozen=True, slots=True)
class Knock:
    """What a peer shows at the door: the address, and where a credential may stand. Never the query."""

    path: str
    host: str
    origin: str | None
    authorization: str | None
    subprotocols: tuple[str, ...]
    session_key: str | None

    @property
    def subprotocol(self) -> str | None:
        """The sub-protocol to echo; never the one that carries the token."""
        return SUBPROTOCOL if SUBPROTOCOL in self.subprotocols else None

    @property
    def bearer(self) -> str | None:
        """The text of the bearer token; ``""`` for a credential that can't be one, ``None`` where there is none."""
        if self.authorization is not None:
            scheme, _, token = self.authorization.strip().partition(" ")
            return token.strip() if scheme.lower() == "bearer" else ""
        for offered in self.subprotocols:
            if offered.startswith(BEARER_PREFIX):
                return offered.removeprefix(BEARER_PREFIX)
        return None


def read_knock(path: str, headers: Iterable[tuple[bytes, bytes]], subprotocols: Iterable[str]) -> Knock:
    """What the handshake says."""
    given: dict[str, str] = {}
    for name, value in headers:
        given.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    return Knock(
        path=path,
        host=given.get("host", ""),
        origin=given.get("origin"),
        authorization=given.get("authorization"),
        subprotocols=tuple(subprotocols),
        session_key=_session_key(given),
    )


def _session_key(headers: Mapping[str, str]) -> str | None:
    return parse_cookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME)


@dataclass(frozen=True, slots=True)
class Ticket:
    """The right to listen to one stream, and where the stream stood."""

    kind: StreamKind
    key: str
    credential: Credential
    stream: str
    head: Head


def let_in(knock: Knock) -> Ticket | Ending:
    """Find the stream, or say why not. A credential comes first: without one nothing is said about what exists."""
    credential = _credential(knock)
    if isinstance(credential, Ending):
        return credential
    match = PATH.fullmatch(knock.path)
    kind = streams.kind_of(match[1]) if match else None
    if match is None or kind is None:
        return NO_SUCH_STREAM
    name = _find(kind, credential, match[2])
    if name is None:
        return NO_SUCH_STREAM
    return Ticket(kind, match[2], credential, name, streams.head_of(name))


def _find(kind: StreamKind, credential: Credential, key: str) -> str | None:
    try:
        return kind.find(credential.user, key)
    except NotFound:
        return None


def _credential(knock: Knock) -> Credential | Ending:
    """A token that is shown counts, right or wrong; the cookie is looked at only without one."""
    bearer = knock.bearer
    if bearer is not None:
        return credentials.from_bearer(bearer) or NOT_AUTHENTICATED
    if knock.session_key is None:
        return NOT_AUTHENTICATED
    if not is_own_origin(knock.origin, knock.host):
        return BAD_ORIGIN
    return credentials.from_session(knock.session_key) or NOT_AUTHENTICATED


def is_own_origin(origin: str | None, host: str) -> bool:
    """Whether a page of this site asks: the same host and port as the request's, or a trusted origin.

    A browser sends the cookie along for any page that opens a socket here; only ``Origin`` tells them apart.
    """
    try:
        parts = urlsplit(origin or "")
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return False
    if any(_is_trusted(origin or "", trusted) for trusted in settings.CSRF_TRUSTED_ORIGINS):
        return True
    domain, host_port = split_domain_port(host)
    default = "443" if parts.scheme == "https" else "80"
    same_port = (str(port) if port else default) == (host_port or default)
    origin_domain, _ = split_domain_port(parts.netloc.lower())
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS) and origin_domain == domain and same_port


def _is_trusted(origin: str, trusted: str) -> bool:
    """A trusted origin is exact, or ``https://*.example.org``."""
    wanted, given = urlsplit(trusted), urlsplit(origin.lower())
    if wanted.netloc.startswith("*"):
        return given.scheme == wanted.scheme and is_same_domain(given.netloc, wanted.netloc.lstrip("*"))
    return origin.lower() == trusted.lower()


@dataclass(frozen=True, slots=True)
class Grant:
    """A right to listen that was given: to whom, and to what."""

    credential: Credential
    kind: StreamKind
    key: str


def recheck(grants: Sequence[Grant]) -> list[Credential | Ending]:
    """For each grant the credential as it is now, or why it is gone. As many queries for one as for a thousand."""
    wanted = list({(g.credential.kind, g.credential.key): g.credential for g in grants}.values())
    fresh = dict(zip(((c.kind, c.key) for c in wanted), credentials.refresh(wanted), strict=True))
    now = [fresh[g.credential.kind, g.credential.key] for g in grants]
    result: list[Credential | Ending] = [
        credential or (EXPIRED if credentials.is_expired(grant.credential) else REVOKED)
        for grant, credential in zip(grants, now, strict=True)
    ]
    for kind in {grant.kind for grant in grants}:
        asked = [(index, c) for index, c in enumerate(now) if c is not None and grants[index].kind is kind]
        answers = kind.still_allowed([(c.user, grants[index].key) for index, c in asked])
        for (index, _), allowed in zip(asked, answers, strict=True):
            if not allowed:
                result[index] = REVOKED
    return result
