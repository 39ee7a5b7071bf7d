"""Answers to the rooms below: who may add to a report."""

import uuid
from typing import Any

from accounts.models import User
from evidence import subjects as evidence
from reports.models import Report


def is_the_reporter(actor: Any, report_id: uuid.UUID) -> bool:
    """Whether this is the one who made the report."""
    return isinstance(actor, User) and Report.objects.of(actor).filter(id=report_id).exists()


evidence.may_write.register("report", is_the_reporter)
