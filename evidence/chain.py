"""The hash chain over everything stored for a recording (contract, *Recordings*).

``chain_0 = SHA-256(UTF-8 of the recording's id in lower case)``,
``chain_n = SHA-256(chain_{n-1} ‖ sha256_n ‖ seq_n as 8 bytes big-endian)``, raw bytes throughout, over every object in
the order of its arrival: inits and conflicting copies too, client playlists not. It shows later change, not origin.
"""

import hashlib
import uuid

INIT_SEQ = 2**64 - 1
"""What stands for the number of an init, which has none in its name."""

MAX_SEQ = 2**63 - 1
"""The largest number in a name that is taken (the database's BIGINT)."""


def root(recording_id: uuid.UUID) -> bytes:
    """The head of the chain before anything is stored."""
    return hashlib.sha256(str(recording_id).lower().encode()).digest()


def link(previous: bytes, sha256: bytes, seq: int) -> bytes:
    """The head after one more object; ``seq`` is the number in its name, `INIT_SEQ` for an init."""
    return hashlib.sha256(previous + sha256 + seq.to_bytes(8, "big")).digest()
