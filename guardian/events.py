"""What happens between two people. Each event says whose stream carries it, because a stream must not tell too much."""

import uuid
from dataclasses import dataclass

from journal.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactRequested(Event):
    """Someone asked; for the asker only. The person behind the number finds it in their list."""

    contact_id: uuid.UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactAccepted(Event):
    """The other person agreed; for both."""

    contact_id: uuid.UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactDeclined(Event):
    """The other person does not want to; for that person only, never for the asker."""

    contact_id: uuid.UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactEnded(Event):
    """It is over: for both when they had agreed; for the asker only when a request was withdrawn."""

    contact_id: uuid.UUID
