"""What happens to a report. Police-side rooms react; the reporter's stream carries them."""

import uuid
from dataclasses import dataclass

from journal.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportReceived(Event):
    """A report came in; ``needs_review`` says whether something about it was odd."""

    report_id: uuid.UUID
    number: str
    kind: str
    needs_review: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportAmended(Event):
    """The phone sent other content under the same key. For the police; the reporter's stream does not carry it."""

    report_id: uuid.UUID
    amendment_id: uuid.UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportChanged(Event):
    """The reporter edited a field, named in ``fields``."""

    report_id: uuid.UUID
    fields: list[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportProgressed(Event):
    """The reporter's progress has a new step: answered, dispatched, arrived or closed."""

    report_id: uuid.UUID
    step: str
    state: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MessagePosted(Event):
    """Someone wrote; ``side`` is reporter, police or system."""

    report_id: uuid.UUID
    message_id: uuid.UUID
    seq: int
    side: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MessagesDelivered(Event):
    """All messages of the other side up to ``up_to`` (a seq) have reached ``by`` (reporter or police)."""

    report_id: uuid.UUID
    by: str
    up_to: int


@dataclass(frozen=True, kw_only=True, slots=True)
class MessagesRead(Event):
    """All messages of the other side up to ``up_to`` (a seq) were read by ``by`` (reporter or police)."""

    report_id: uuid.UUID
    by: str
    up_to: int
