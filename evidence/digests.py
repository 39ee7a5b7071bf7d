"""The ``Content-Digest`` field of a request (RFC 9530)."""

import base64
import binascii
import hashlib

from evidence.errors import DigestMismatch
from foundation.errors import Invalid

FIELD = "Content-Digest"
MAX_FIELD = 2000


def expected_sha256(field: str | None) -> bytes | None:
    """The SHA-256 that the sender says; ``None`` where it says none. `Invalid` where it can't be read."""
    if field is None:
        return None
    for part in field[:MAX_FIELD].split(","):
        algorithm, _, value = part.strip().partition("=")
        if algorithm == "sha-256":
            return _sha256(value.partition(";")[0].strip())
    return None


def sha256(data: bytes | bytearray) -> bytes:
    """The hash of bytes that are all there."""
    return hashlib.sha256(data).digest()


def check(expected: bytes | None, found: bytes) -> None:
    """Raise `DigestMismatch` where the bytes are not those that the sender meant."""
    if expected is not None and expected != found:
        raise DigestMismatch


def _sha256(value: str) -> bytes:
    """The bytes in ``:Base64:``."""
    try:
        if len(value) < 2 or value[0] != ":" or value[-1] != ":":
            raise ValueError
        digest = base64.b64decode(value[1:-1], validate=True)
    except (ValueError, binascii.Error):
        digest = b""
    if len(digest) != 32:
        raise Invalid.field(FIELD, "invalid", "It reads sha-256=:<32 bytes in Base64>: (RFC 9530).")
    return digest
