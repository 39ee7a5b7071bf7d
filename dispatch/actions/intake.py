"""The 接警单: an incident begins with a report, is filled in by the call-taker, and is corrected later."""

import uuid
from collections.abc import Mapping
from typing import Any

from accounts.managers import phone_tail_hash
from accounts.models import User
from dispatch import classes, policies
from dispatch.actions.claiming import claim_facts
from dispatch.actions.steps import MOVED, allow, locked_incident, record, store
from dispatch.errors import NotAccepted, NotClaimHolder, ReadOnly
from dispatch.events import IncidentAccepted, IncidentChanged, IncidentReceived
from dispatch.models import Incident, IncidentReport
from dispatch.states import IncidentState
from foundation.errors import FieldError, Invalid
from geo.models import Agency
from journal import unit
from reports.models import Report

# What is set by accepting the incident, and edited only afterwards.
ACCEPTED_FIELDS = frozenset({"class_code", "level", "agency_code"})


@unit.deed
def receive(actor: User, *, report_id: uuid.UUID) -> Incident:
    """Make the incident of a new report, in the queue of the desk that the report was routed to."""
    report = Report.objects.select_related("agency", "station").get(pk=report_id)
    position = report.first_position or {}
    incident = Incident.objects.create(
        number=report.number,
        agency=report.agency,
        station=report.station,
        address=report.address,
        gravity=classes.gravity_at_intake(report.kind, report.quick_codes),
        lon=position.get("lon"),
        lat=position.get("lat"),
        received_at=report.received_at,
    )
    IncidentReport.objects.create(incident=incident, report=report, contact_tail_hash=contact_tail(report))
    record(actor, "incident.received", incident, after=incident.state, report=str(report.id), agency=report.agency_id)
    event = IncidentReceived(
        incident_id=incident.id,
        state=incident.state,
        version=incident.version,
        report_id=report.id,
        number=incident.number,
        agency_code=incident.agency_id,
        gravity=incident.gravity,
    )
    unit.append(event, *incident.streams)
    return incident


def contact_tail(report: Report) -> str:
    """The look-up key of the contact phone's last four digits; empty where there are no four digits."""
    digits = "".join(c for c in report.contact_phone or "" if c.isascii() and c.isdigit())
    return phone_tail_hash(digits) if len(digits) >= 4 else ""


@unit.deed
def accept(
    actor: User,
    *,
    incident_id: uuid.UUID,
    class_code: str,
    level: int,
    address: str,
    agency_code: str,
    summary: str,
    position: Mapping[str, Any] | None = None,
    if_match: str | None = None,
) -> Incident:
    """Save the 接警单. Only the holder of the claim does that; ``position`` (output form) becomes the picked position."""
    incident = locked_incident(actor, incident_id)
    allow(policies.may_take_calls(actor, incident), incident, if_match)
    if incident.state == IncidentState.CLAIMED and incident.claimed_by_id != actor.id:
        raise NotClaimHolder(claim=claim_facts(incident))
    before = incident.move_to(IncidentState.ACCEPTED)
    form: dict[str, Any] = {
        "class_code": class_code,
        "level": level,
        "address": address,
        "agency_code": agency_code,
        "summary": summary,
    }
    if position is not None:
        form["picked_position"] = position
    columns = _fill_in(actor, incident, form)
    store(incident, *MOVED, *columns)
    record(
        actor,
        "incident.accepted",
        incident,
        before=before,
        after=incident.state,
        class_code=class_code,
        level=level,
        agency=agency_code,
    )
    event = IncidentAccepted(
        incident_id=incident.id,
        state=incident.state,
        version=incident.version,
        class_code=class_code,
        level=level,
        agency_code=agency_code,
        gravity=incident.gravity,
    )
    unit.append(event, *incident.streams)
    return incident


@unit.deed
def edit(actor: User, *, incident_id: uuid.UUID, if_match: str, **form: Any) -> Incident:
    """Correct the form: any of class_code, level, address, summary, agency_code, picked_position.

    What is over is not edited (`ReadOnly`). Fields that have that value already are left alone; where nothing changes,
    nothing is recorded.
    """
    incident = locked_incident(actor, incident_id)
    allow(policies.may_edit(actor, incident), incident, if_match)
    if not incident.is_open:
        raise ReadOnly
    if incident.accepted_at is None or incident.state in {IncidentState.QUEUED, IncidentState.CLAIMED}:
        early = sorted(ACCEPTED_FIELDS & set(form))
        if early:
            raise NotAccepted(errors=[FieldError(name, "not_accepted", "Saved with accept.") for name in early])
    changed = {name: value for name, value in form.items() if value != _present(incident, name)}
    if not changed:
        return incident
    streams = incident.streams
    columns = _fill_in(actor, incident, changed)
    store(incident, *columns)
    fields = sorted(changed)
    codes = {name: value for name, value in changed.items() if name in ACCEPTED_FIELDS}
    record(actor, "incident.edited", incident, before=incident.state, after=incident.state, fields=fields, **codes)
    event = IncidentChanged(incident_id=incident.id, state=incident.state, version=incident.version, fields=fields)
    # Where the responsible agency changed, the former one hears of it too.
    unit.append(event, *streams, *incident.streams)
    return incident


def _present(incident: Incident, name: str) -> Any:
    return incident.responsible_agency_id if name == "agency_code" else getattr(incident, name)


def _fill_in(actor: User, incident: Incident, form: Mapping[str, Any]) -> list[str]:
    """Put the form's values into the row; the columns that it touched. `Invalid` names the field that can't be right."""
    columns: list[str] = []
    for name, value in form.items():
        match name:
            case "class_code":
                check_class(value)
                incident.class_code = value
            case "level":
                incident.level, incident.gravity = value, classes.gravity_of_level(value)
                columns.append("gravity")
            case "agency_code":
                incident.responsible_agency = _responsible(actor, incident, value)
                columns.append("responsible_agency")
                continue
            case "picked_position":
                incident.picked_position = value
                incident.lon, incident.lat = _place(incident)
                columns += ["lon", "lat"]
            case "address" | "summary":
                setattr(incident, name, value)
        columns.append(name)
    return columns


def _place(incident: Incident) -> tuple[float | None, float | None]:
    """Where the map shows it: the pick, else the first report's first position."""
    position = incident.picked_position
    if position is None:
        link = incident.links.select_related("report").order_by("id").first()
        position = link.report.first_position if link else None
    return (position["lon"], position["lat"]) if position else (None, None)


def check_class(code: str) -> None:
    """Raise `Invalid` unless the class table holds the code."""
    if code not in classes.dictionary():
        raise Invalid.field("class_code", "unknown", "The class table does not hold this code.")


def _responsible(actor: User, incident: Incident, code: str) -> Agency:
    agency = Agency.objects.filter(pk=code).first()
    if agency is None:
        raise Invalid.field("agency_code", "unknown", "There is no such agency.")
    if not policies.may_accept_for(actor, incident, agency):
        raise Invalid.field(
            "agency_code", "not_below", "The responsible agency is the owning one or one below it; others by transfer."
        )
    return agency
