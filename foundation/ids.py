"""Ids of rows, and secrets that are shown once."""

import hashlib
import hmac
import secrets
import uuid

import uuid_utils
from django.conf import settings


def new_id() -> uuid.UUID:
    """A new row id: UUIDv7 (RFC 9562), so that later rows sort after earlier ones."""
    return uuid.UUID(bytes=uuid_utils.uuid7().bytes)


def random_id() -> uuid.UUID:
    """An id that tells nothing about when it was made: UUIDv4."""
    return uuid.uuid4()


def parse_id(text: object) -> uuid.UUID | None:
    """The id that an outsider wrote, or ``None`` where it is none: an unknown id is never an error of its own."""
    if isinstance(text, uuid.UUID):
        return text
    if not isinstance(text, str) or len(text) != 36:
        return None
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def new_secret(size: int = 32) -> str:
    """A random secret of ``size`` bytes, URL-safe."""
    return secrets.token_urlsafe(size)


def digest(secret: str) -> str:
    """What is stored instead of a random secret: SHA-256, hex. Right for secrets of full entropy only."""
    return hashlib.sha256(secret.encode()).hexdigest()


def keyed_hash(purpose: str, text: str) -> str:
    """HMAC-SHA-256 (hex) of ``text`` under the server's key, apart for each purpose.

    For values that can be guessed (phone numbers, short codes), and for secrets that a replay must be able to
    give again without their being stored.
    """
    key = hmac.digest(settings.KEYED_HASH_KEY, purpose.encode(), "sha256")
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
