"""Looking at an incident is a deed too: the trail says who saw what."""

import uuid

from accounts.models import User
from dispatch.models import Incident
from foundation.errors import NotFound
from journal import audit, unit
from journal.models import AuditRecord


@unit.deed
def look_at(actor: User, *, incident_id: uuid.UUID, deed: str = "incident.viewed") -> None:
    """Record that the actor looks at an incident (``deed`` says at what of it). `NotFound` where it may not be seen."""
    if not Incident.objects.visible_to(actor).filter(pk=incident_id).exists():
        raise NotFound
    audit.record(actor, deed, subject=("incident", incident_id), kind=AuditRecord.Kind.READ)
