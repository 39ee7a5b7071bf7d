"""This room's answers to the rooms below: who of the police may see what belongs to a report."""

import uuid
from typing import Any

from accounts.models import User
from dispatch.models import Incident
from evidence.subjects import may_see


def may_see_report(actor: Any, report_id: uuid.UUID) -> bool:
    """Staff who may see the incident of the report may watch its recordings."""
    if not isinstance(actor, User) or not actor.is_staff:
        return False
    return Incident.objects.visible_to(actor).filter(links__report=report_id).exists()


may_see.register("report", may_see_report)
