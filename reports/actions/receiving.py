"""A report comes in: never refused, exactly once."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import User
from foundation import clock, ids
from foundation.errors import FieldError, IdempotencyConflict
from foundation.subjects import Subject
from journal import audit, unit
from journal.idempotency import Answer, fingerprint, once
from reports import limits, serializers
from reports.actions.media import source_of
from reports.events import ReportAmended, ReportReceived
from reports.intake import Intake
from reports.models import Amendment, NumberSeries, Report
from reports.placing import Place, guarded, place
from tracks.actions import store_fixes

SCOPE = "report"
LOCAL = ZoneInfo("Asia/Shanghai")


def receive(actor: User, *, intake: Intake, received_at: datetime) -> Answer:
    """Store a report of this citizen, whatever it looks like, and give it to the desk responsible.

    The same key with the same content gives the first answer again. With other content the first report stands, what
    differs is kept as an `Amendment`, and `IdempotencyConflict` carries the first one's id.
    """
    try:
        return once(
            owner=str(actor.id),
            scope=SCOPE,
            key=intake.key,
            content=intake.content,
            make=lambda: _make(actor, intake, received_at),
        )
    except IdempotencyConflict as conflict:
        _amend(actor, report_id=str(conflict.extra["id"]), intake=intake)
        raise


def _make(actor: User, intake: Intake, received_at: datetime) -> tuple[object, Callable[[], dict[str, Any]]]:
    where = place(intake.position, received_at=received_at)
    report = _row(actor, intake, where, received_at)
    report.save(force_insert=True)
    if where.position is not None:
        _keep_first_fix(actor, report, intake, where.remarks)
    report.needs_review = [_as_json(remark) for remark in (*intake.needs_review, *where.remarks)]
    if report.needs_review:
        report.raw_body = intake.raw_base64
        report.save(update_fields=["needs_review", "raw_body"])
    audit.record(
        actor,
        "report.received",
        subject=("report", report.id),
        after=report.state,
        report_kind=report.kind,
        agency=report.agency_id,
        flagged=sorted({remark["field"] for remark in report.needs_review}),
    )
    event = ReportReceived(
        report_id=report.id, number=report.number, kind=report.kind, needs_review=bool(report.needs_review)
    )
    unit.append(event, report.stream)
    return report.id, lambda: serializers.receipt(report)


def _row(actor: User, intake: Intake, where: Place, received_at: datetime) -> Report:
    return Report(
        id=ids.new_id(),
        number=NumberSeries.take(where.agency.code[:6], received_at.astimezone(LOCAL).date()),
        reporter=actor,
        kind=intake.kind,
        client_uuid=intake.key or "",
        journey_id=intake.journey_id,
        agency=where.agency,
        station=where.station,
        candidates=where.candidates,
        outside_province=where.outside,
        address=intake.address,
        description=intake.description,
        quick_codes=intake.quick_codes,
        contact_phone=intake.contact_phone,
        callback_allowed=intake.callback_allowed,
        first_position=where.position.as_json() if where.position else None,
        battery_pct=intake.battery_pct,
        network=intake.network,
        app_version=intake.app_version,
        reported_at=intake.reported_at,
        received_at=received_at,
        progress=[{"step": "received", "at": clock.rfc3339(received_at)}],
    )


def _keep_first_fix(actor: User, report: Report, intake: Intake, remarks: list[FieldError]) -> None:
    subject, source = Subject("report", report.id), source_of(actor)
    guarded("position", remarks, lambda: store_fixes(actor, subject=subject, source=source, fixes=[intake.position]))


@unit.deed
def _amend(actor: User, *, report_id: str, intake: Intake) -> None:
    """Keep what came again under a report's key with other content; the same content once."""
    report = Report.objects.of(actor).get(id=report_id)
    amendment, new = Amendment.objects.get_or_create(
        report=report,
        fingerprint=fingerprint(intake.content),
        defaults={"content": _content_text(intake)},
    )
    if not new:
        return
    audit.record(actor, "report.amended", subject=("report", report.id), amendment=str(amendment.id))
    unit.append(ReportAmended(report_id=report.id, amendment_id=amendment.id))


def _content_text(intake: Intake) -> str:
    """JSON text where it could be read and is short enough, else Base64 of the first 64 KiB."""
    if isinstance(intake.content, dict):
        text = json.dumps(intake.content, sort_keys=True)
        if len(text) <= limits.RAW_BODY_BYTES:
            return text
    return intake.raw_base64


def _as_json(remark: FieldError) -> dict[str, str]:
    return {"field": remark.field, "code": remark.code, "detail": remark.detail}
