"""Who stands behind a credential, and whether it still holds: the one answer for HTTP and for sockets.

A credential is an opaque bearer token, or the session cookie of a member of staff who has passed the second factor.
Nothing here writes, and whatever an outsider sends (garbage, NUL, megabytes) is at worst no credential.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils.crypto import constant_time_compare
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice
from knox.crypto import hash_token

from accounts.models import Token, User
from foundation import clock, ids

# Ours have 64 characters; whatever is much longer is not worth a hash and a query.
MAX_TOKEN_LENGTH = 200
MAX_SESSION_KEY_LENGTH = 40


@dataclass(frozen=True)
class Credential:
    """Someone who has shown who they are, with their agency loaded.

    ``key`` names the credential among those of its ``kind``: a token's ``public_id``, or the session's key, which is a
    secret and is kept out of ``repr``. ``expires_at`` is ``None`` where it ends by revocation only.
    """

    user: User
    kind: Literal["token", "session"]
    key: str = field(repr=False)
    expires_at: datetime | None


def from_bearer(text: str) -> Credential | None:
    """The credential behind the text of a bearer token, or ``None``. One query."""
    if not text.isascii() or len(text) > MAX_TOKEN_LENGTH:
        return None
    digest = hash_token(text)
    token = Token.objects.select_related("user__agency").filter(digest=digest).first()
    return _of_token(token)


def from_session(session_key: str | None) -> Credential | None:
    """The credential of a session in which a member of staff has passed the second factor, or ``None``. Three queries."""
    if not session_key or not session_key.isalnum() or len(session_key) > MAX_SESSION_KEY_LENGTH:
        return None
    return _of_sessions([session_key]).get(session_key)


def refresh(credentials: Sequence[Credential]) -> list[Credential | None]:
    """The same credentials as they are now, in order, each with its user and agency read afresh.

    ``None`` where one was revoked, has expired or was logged out, or where its user is no longer active. Four queries,
    however many there are (on SQLite four per 999).
    """
    token_ids = [uuid.UUID(c.key) for c in credentials if c.kind == "token"]
    tokens = Token.objects.select_related("user__agency").in_bulk(token_ids, field_name="public_id")
    sessions = _of_sessions([c.key for c in credentials if c.kind == "session"])
    return [_of_token(tokens.get(uuid.UUID(c.key))) if c.kind == "token" else sessions.get(c.key) for c in credentials]


def is_expired(credential: Credential) -> bool:
    """Whether its time is over, as opposed to its having been revoked."""
    return credential.expires_at is not None and credential.expires_at <= clock.now()


def _of_token(token: Token | None) -> Credential | None:
    if token is None or token.is_expired or not token.user.is_active:
        return None
    return Credential(user=token.user, kind="token", key=str(token.public_id), expires_at=token.expiry)


class _Claim(NamedTuple):
    """What a session says of itself, before it is believed."""

    user_id: uuid.UUID | None
    password_hash: str
    device_id: int | None
    expires_at: datetime


def _of_sessions(keys: Sequence[str]) -> dict[str, Credential]:
    sessions = Session.objects.filter(expire_date__gt=clock.now()).in_bulk(keys) if keys else {}
    claims = {key: _claim(session) for key, session in sessions.items()}
    users = User.objects.select_related("agency").in_bulk([c.user_id for c in claims.values() if c.user_id])
    devices = TOTPDevice.objects.filter(confirmed=True).in_bulk([c.device_id for c in claims.values() if c.device_id])
    found = {}
    for key, claim in claims.items():
        user = users.get(claim.user_id) if claim.user_id else None
        device = devices.get(claim.device_id)
        if user is not None and device is not None and device.user_id == user.pk and _holds(claim, user):
            found[key] = Credential(user=user, kind="session", key=key, expires_at=claim.expires_at)
    return found


def _claim(session: Session) -> _Claim:
    data: dict[str, Any] = session.get_decoded()
    label, _, device_id = str(data.get(DEVICE_ID_SESSION_KEY, "")).partition("/")
    is_totp = label == TOTPDevice.model_label() and device_id.isdecimal()
    return _Claim(
        user_id=ids.parse_id(data.get(SESSION_KEY)),
        password_hash=str(data.get(HASH_SESSION_KEY, "")),
        device_id=int(device_id) if is_totp else None,
        expires_at=session.expire_date,
    )


def _holds(claim: _Claim, user: User) -> bool:
    """Whether the session is that of active staff and no older than their password."""
    if not user.is_active or not user.is_staff:
        return False
    return constant_time_compare(claim.password_hash, user.get_session_auth_hash())
