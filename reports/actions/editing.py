"""The reporter corrects the report."""

import uuid

from accounts.models import User
from foundation.errors import NotFound
from foundation.http import matches
from journal import audit, unit
from reports.events import ReportChanged
from reports.models import Report

EDITABLE = frozenset({"callback_allowed", "contact_phone"})


@unit.deed
def edit(
    actor: User, *, report_id: uuid.UUID, changes: dict[str, bool | str | None], if_match: str | None = None
) -> Report:
    """Change `EDITABLE` fields of one's own report.

    Only the reporter can forbid a call-back or allow it again. What is as it was changes nothing and tells nobody.
    """
    if not changes.keys() <= EDITABLE:
        raise ValueError(changes.keys() - EDITABLE)
    report = Report.objects.of(actor).select_for_update(of=("self",)).filter(id=report_id).first()
    if report is None:
        raise NotFound
    matches(if_match, report)
    changed = sorted(name for name, value in changes.items() if getattr(report, name) != value)
    if not changed:
        return report
    for name in changed:
        setattr(report, name, changes[name])
    report.version += 1
    report.save(update_fields=[*changed, "version"])
    audit.record(actor, "report.changed", subject=("report", report.id), fields=changed)
    unit.append(ReportChanged(report_id=report.id, fields=changed), report.stream)
    return report
