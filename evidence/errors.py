"""What can go wrong with recordings."""

from foundation.errors import Conflict, FieldError, Forbidden, Invalid, Unavailable


class NotMedia(Invalid):
    """The body is not what its name says; ``detail`` says what was missed. Nothing was stored."""

    code = "not_media"

    def __init__(self, what: str) -> None:
        super().__init__("The body is not what its name says.", errors=[FieldError("body", self.code, what)])


class DigestMismatch(Invalid):
    """The bytes are not those of ``Content-Digest``: they changed on the way. Nothing was stored."""

    code = "digest_mismatch"

    def __init__(self) -> None:
        detail = "The bytes that came do not have this SHA-256; send them again."
        super().__init__(detail, errors=[FieldError("Content-Digest", self.code, detail)])


class SegmentConflict(Conflict):
    """Other bytes came before under this number. Both are kept; ``extra`` has what was stored of the new ones."""

    code = "segment_conflict"
    detail = "Other bytes came before under this number. Both are kept; the first ones stay in the playlist."


class SecretEnded(Forbidden):
    """The recording is finished, and its secret address ended with it."""

    code = "secret_ended"
    detail = "The recording is finished and its secret address ended with it; send late segments with the Bearer token."


class StorageFailed(Unavailable):
    """The media storage can't take bytes now (disk full, folder unreachable). Nothing was stored."""

    code = "storage_unavailable"
    detail = "The media storage can't take this now. Nothing of it was stored; try again."
