"""The deeds on an incident, one address each."""

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view

from dispatch import actions
from dispatch.api.doors import IF_MATCH, REFUSED, IncidentDeed
from dispatch.classes import Ground
from dispatch.models import Incident
from dispatch.serializers.incoming import AcceptIn, CloseIn, InvalidateIn, OptionalReasonIn, ReasonIn
from dispatch.serializers.outgoing import IncidentOut


def described(operation: str, summary: str, form: Any = None) -> Any:
    """The deed's place in the API's description."""
    return extend_schema_view(
        post=extend_schema(
            operation_id=operation,
            summary=summary,
            parameters=[IF_MATCH],
            request=form,
            responses={200: IncidentOut, **REFUSED},
        )
    )


@described("incidents_claim", "Take an incident out of the queue; of those who try at once one gets it")
class Claim(IncidentDeed):
    """受理."""

    def act(self, incident_id: uuid.UUID, header: str | None, clean: dict[str, Any]) -> Incident:
        """Claim."""
        return actions.claim(self.actor, incident_id=incident_id, if_match=header)


@described("incidents_heartbeat", "Keep the claim: every 15 s; stale after 45 s")
class Heartbeat(IncidentDeed):
    """The holder is still at it."""

    def act(self, incident_id: uuid.UUID, header: str | None, clean: dict[str, Any]) -> Incident:
        """Keep."""
        return actions.heartbeat(self.actor, incident_id=incident_id, if_match=header)


@described("incidents_release", "Put the incident back into the queue", OptionalReasonIn)
class Release(IncidentDeed):
    """Back into the queue."""

    form = OptionalReasonIn

    def act(self, incident_id: uuid.UUID, header: str | None, clean: dict[str, Any]) -> Incident:
        """Release."""
        return actions.release(self.actor, incident_id=incident_id, if_match=header, **clean)


@described(
    "incidents_take_over",
    "Take a stale claim from another; a supervisor, with a reason, also one that is alive",
    OptionalReasonIn,
)
class TakeOver(IncidentDeed):
    """接管."""

    form = OptionalReasonIn

    def act(self, incident_id: uuid.UUID, header: str | None, clean: dict[str, Any]) -> Incident:
        """Take over."""
        return actions.take_over(self.actor, incident_id=incident_id, if_match=header, **clean)


@described("incidents_accept", "Save the 接警单; the holder of the claim does that", AcceptIn)
class Accept(IncidentDeed):
    """接警."""

    form = AcceptIn

    def act(self, incident_id: uuid.UUID, header: str | None, clean: dict[str, Any]) -> Incident:
        """Accept."""
        return actions.accept(self.actor, incident_id=incident_id, if_match=header, **clean)


@described("incidents_cancel", "Cancel an incident and its orders", ReasonIn)
class Cancel(IncidentDeed):
    """取消."""

    form = ReasonIn

    def act(self, incident_id: uuid.UUID, header: str | None, clean: dict[str, Any]) -> Incident:
        """Cancel."""
        return actions.cancel(self.actor, incident_id=incident_id, if_match=header, **clean)


@described("incidents_invalidate", "Mark as false, harassing (both with the legal ground) or mistaken", InvalidateIn)
class Invalidate(IncidentDeed):
    """无效."""

    form = InvalidateIn

    def act(self, incident_id: uuid.UUID, header: str | None, clean: dict[str, Any]) -> Incident:
        """Invalidate."""
        ground = Ground(clean.pop("ground"))
        return actions.invalidate(self.actor, incident_id=incident_id, if_match=header, ground=ground, **clean)


@described("incidents_revive", "Open a closed, cancelled or invalid incident again", ReasonIn)
class Revive(IncidentDeed):
    """复活."""

    form = ReasonIn

    def act(self, incident_id: uuid.UUID, header: str | None, clean: dict[str, Any]) -> Incident:
        """Revive."""
        return actions.revive(self.actor, incident_id=incident_id, if_match=header, **clean)


@described(
    "incidents_close", "Close a reviewed incident; without an order, with the reason why none was needed", CloseIn
)
class Close(IncidentDeed):
    """办结."""

    form = CloseIn

    def act(self, incident_id: uuid.UUID, header: str | None, clean: dict[str, Any]) -> Incident:
        """Close."""
        return actions.close(self.actor, incident_id=incident_id, if_match=header, **clean)


@described("incidents_archive", "Archive a closed incident: read-only for ever")
class Archive(IncidentDeed):
    """归档."""

    def act(self, incident_id: uuid.UUID, header: str | None, clean: dict[str, Any]) -> Incident:
        """Archive."""
        return actions.archive(self.actor, incident_id=incident_id, if_match=header)
