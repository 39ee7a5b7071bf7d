"""What can go wrong in a deed, as an error tree that knows nothing of HTTP.

Every error carries a stable ``code``. Rooms derive their own errors in their ``errors.py`` from these; the HTTP door
(``foundation.problem``) and the WebSocket door turn the five kinds into a status or a frame.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field of the input that is wrong: its name (dotted path), a stable code and words for a person."""

    field: str
    code: str
    detail: str


class DomainError(Exception):
    """A deed that could not be done. ``code`` is stable, ``detail`` is for people."""

    code = "error"
    detail = "The request could not be carried out."

    def __init__(
        self,
        detail: str | None = None,
        *,
        code: str | None = None,
        errors: tuple[FieldError, ...] | list[FieldError] = (),
        **extra: object,
    ) -> None:
        self.code = code or self.code
        self.detail = detail or self.detail
        self.errors = tuple(errors)
        self.extra = extra
        super().__init__(f"{self.code}: {self.detail}")


class Invalid(DomainError):
    """The input is wrong; ``errors`` names the fields."""

    code = "invalid"
    detail = "The input is not valid."

    @classmethod
    def field(cls, field: str, code: str, detail: str) -> "Invalid":
        """One wrong field."""
        return cls(errors=(FieldError(field, code, detail),))


class NotFound(DomainError):
    """There is no such thing, or the actor may not know that there is."""

    code = "not_found"
    detail = "Not found."


class Forbidden(DomainError):
    """The actor sees the thing but may not do this."""

    code = "forbidden"
    detail = "You may not do this."


class Conflict(DomainError):
    """The thing is in a state that does not allow this."""

    code = "conflict"
    detail = "The present state does not allow this."


class IllegalTransition(Conflict):
    """A move that the state table does not hold."""

    code = "illegal_transition"


class IdempotencyConflict(DomainError):
    """The key was used before with other content; ``extra["id"]`` is the first one's id."""

    code = "idempotency_conflict"
    detail = "This key was already used with other content."


class Unauthenticated(DomainError):
    """A credential is missing or wrong."""

    code = "not_authenticated"
    detail = "A valid credential is needed."


class PreconditionRequired(DomainError):
    """An edit came without ``If-Match``."""

    code = "precondition_required"
    detail = "Send If-Match with the ETag of the row that you read."


class PreconditionFailed(DomainError):
    """The row changed since it was read."""

    code = "precondition_failed"
    detail = "The row has changed since you read it."


class TooMany(DomainError):
    """Asked too often; ``extra["retry_after"]`` is in seconds."""

    code = "too_many_requests"
    detail = "Too many requests; try again later."


class TooLarge(DomainError):
    """The body is larger than the announced limit."""

    code = "too_large"
    detail = "The body is larger than allowed."


class Unavailable(DomainError):
    """Something that the deed needs is not there now (disk full, storage unreachable); try again."""

    code = "unavailable"
    detail = "Not possible at the moment; try again."
