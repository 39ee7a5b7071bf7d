"""What happens between two people. An asker's stream says nothing of a refusal."""

import uuid
from dataclasses import dataclass

from journal.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactAsked(Event):
    """A request was made. The asker's stream alone: whether the number has an account is not looked up."""

    contact_id: uuid.UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactAccepted(Event):
    """The invited agreed; both streams."""

    contact_id: uuid.UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactDeclined(Event):
    """The invited did not agree; the invited's stream alone."""

    contact_id: uuid.UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactExpired(Event):
    """A request lapsed, unanswered or declined; the asker's stream alone."""

    contact_id: uuid.UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactEnded(Event):
    """It is over: both streams if it was accepted, the asker's if it was withdrawn."""

    contact_id: uuid.UUID
