"""What the reporter is told of the progress. Dispatch calls these from its reactions; nobody else does."""

import uuid
from datetime import datetime

from accounts.models import User
from foundation import clock, errors
from journal import audit, unit
from reports.events import ReportProgressed
from reports.models import Report

ANSWERED, DISPATCHED, ARRIVED, CLOSED, REOPENED = "answered", "dispatched", "arrived", "closed", "reopened"
STEPS = frozenset({ANSWERED, DISPATCHED, ARRIVED, CLOSED})
COLUMNS = ("state", "answered_at", "closed_at", "progress", "version")


@unit.deed
def record_progress(actor: User, *, report_id: uuid.UUID, step: str, at: datetime | None = None) -> Report:
    """Tell the reporter of a step: ``answered``, ``dispatched``, ``arrived`` or ``closed``.

    Each step is told once, and again only after the report was taken up anew. A step that implies an answer
    (someone is sent, the case is closed) records the answer first. A closed report is told nothing more.
    """
    if step not in STEPS:
        raise ValueError(step)
    report = _locked(report_id)
    if report.state == Report.State.CLOSED or step in _told(report):
        return report
    moment = at or clock.now()
    if report.state == Report.State.RECEIVED:
        before = report.move_to(Report.State.ANSWERED)
        report.answered_at = moment
        _tell(actor, report, ANSWERED, moment, before)
    if step == CLOSED:
        before = report.move_to(Report.State.CLOSED)
        report.closed_at = moment
        _tell(actor, report, CLOSED, moment, before)
    elif step != ANSWERED:
        _tell(actor, report, step, moment, report.state)
    report.save(update_fields=COLUMNS)
    return report


@unit.deed
def reopen(actor: User, *, report_id: uuid.UUID) -> Report:
    """Take up a closed report again; on any other it changes nothing."""
    report = _locked(report_id)
    if report.state != Report.State.CLOSED:
        return report
    before = report.move_to(Report.State.ANSWERED)
    report.closed_at = None
    _tell(actor, report, REOPENED, clock.now(), before)
    report.save(update_fields=COLUMNS)
    return report


def _locked(report_id: uuid.UUID) -> Report:
    report = Report.objects.select_for_update().filter(id=report_id).first()
    if report is None:
        raise errors.NotFound
    return report


def _told(report: Report) -> set[str]:
    """The steps told since the report came in or was last taken up again. An answer holds for good."""
    steps = [entry["step"] for entry in report.progress]
    since = len(steps) - steps[::-1].index(REOPENED) if REOPENED in steps else 0
    return {*steps[since:], *({ANSWERED} & set(steps))}


def _tell(actor: User, report: Report, step: str, moment: datetime, before: str) -> None:
    report.progress = [*report.progress, {"step": step, "at": clock.rfc3339(moment)}]
    report.version += 1
    audit.record(actor, f"report.{step}", subject=("report", report.id), before=before, after=report.state)
    unit.append(ReportProgressed(report_id=report.id, step=step, state=report.state), report.stream)
