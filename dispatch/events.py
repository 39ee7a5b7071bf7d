"""What happens to incidents, orders and units. Ids, states and codes only; who cares fetches the rest.

``version`` is the edit counter behind the row's ETag, so that a client knows whether it has that state already.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from journal.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class IncidentEvent(Event):
    """Base: what every event of an incident carries. Not sent itself."""

    incident_id: uuid.UUID
    state: str
    version: int


@dataclass(frozen=True, kw_only=True, slots=True)
class IncidentReceived(IncidentEvent):
    """A report came in and stands in the queue; ``gravity`` 4 is the gravest."""

    report_id: uuid.UUID
    number: str
    agency_code: str
    gravity: int


@dataclass(frozen=True, kw_only=True, slots=True)
class IncidentClaimed(IncidentEvent):
    """A call-taker took it."""

    by: uuid.UUID
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimReleased(IncidentEvent):
    """It was put back into the queue."""

    by: uuid.UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimTakenOver(IncidentEvent):
    """Somebody else holds the claim now."""

    by: uuid.UUID
    former: uuid.UUID
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class IncidentAccepted(IncidentEvent):
    """The 接警单 is saved."""

    class_code: str
    level: int
    agency_code: str
    gravity: int


@dataclass(frozen=True, kw_only=True, slots=True)
class IncidentChanged(IncidentEvent):
    """Fields of the form were edited, named in ``fields``."""

    fields: list[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class IncidentProgressed(IncidentEvent):
    """It followed its orders to another state."""

    former: str


@dataclass(frozen=True, kw_only=True, slots=True)
class IncidentCancelled(IncidentEvent):
    """It was cancelled, with a reason."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IncidentInvalidated(IncidentEvent):
    """It is marked as false, harassing or mistaken."""

    ground: str


@dataclass(frozen=True, kw_only=True, slots=True)
class IncidentRevived(IncidentEvent):
    """It is open again (复活)."""

    former: str


@dataclass(frozen=True, kw_only=True, slots=True)
class IncidentClosed(IncidentEvent):
    """It was reviewed and closed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IncidentArchived(IncidentEvent):
    """It is read-only from now on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderEvent(Event):
    """Base: what every event of an order carries. Not sent itself."""

    order_id: uuid.UUID
    incident_id: uuid.UUID
    unit_id: uuid.UUID
    state: str
    version: int


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderIssued(OrderEvent):
    """A unit has a new order (派警)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderSigned(OrderEvent):
    """The unit has signed (签收)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderDeparted(OrderEvent):
    """The unit has set out (出警)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderArrived(OrderEvent):
    """The unit is there (到场)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderDone(OrderEvent):
    """The work on the scene is done (处置完毕)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderFedBack(OrderEvent):
    """The unit gave its feedback (反馈)."""

    feedback_id: uuid.UUID
    result_code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedbackSentBack(OrderEvent):
    """The desk wants another feedback."""

    feedback_id: uuid.UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderUrged(OrderEvent):
    """The desk is waiting (催办)."""

    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderReturnRequested(OrderEvent):
    """The unit asks to be relieved of the order (申请退单)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderReturned(OrderEvent):
    """The return was approved (退单)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderReturnRefused(OrderEvent):
    """The return was refused; the order stands as before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderCancelled(OrderEvent):
    """The order was called off (撤销)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitStatusChanged(Event):
    """The unit follows its orders to another status."""

    unit_id: uuid.UUID
    status: str
    version: int
