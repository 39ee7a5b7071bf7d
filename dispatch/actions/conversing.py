"""The police side of the conversation with a reporter: the reports room keeps it, this one knows who may take part."""

import uuid
from collections.abc import Sequence
from typing import Any

import reports.actions
from accounts.models import User
from dispatch import policies
from dispatch.actions.looking import look_at
from dispatch.models import Incident
from foundation.errors import Forbidden, Invalid, NotFound
from journal.idempotency import Answer
from reports.models import Message


def list_messages(
    actor: User, *, incident_id: uuid.UUID, report_id: uuid.UUID | None, after: int, limit: int
) -> list[Message]:
    """The messages after a ``seq``. They are marked as delivered where the actor works on the incident.

    Whoever only sees the incident reads them without a trace for the reporter; the look is on the record either way.
    """
    incident = _seen(actor, incident_id)
    report = the_report(incident, report_id)
    look_at(actor, incident_id=incident.id, deed="incident.messages_viewed")
    if not policies.may_take_calls(actor, incident):
        return list(Message.objects.filter(report_id=report, seq__gt=after).order_by("seq")[:limit])
    return reports.actions.list_messages(actor, report_id=report, by="police", after=after, limit=limit)


def write_message(
    actor: User,
    *,
    incident_id: uuid.UUID,
    report_id: uuid.UUID | None,
    text: str,
    quick_codes: Sequence[str] = (),
    key: str | None,
    content: Any,
) -> Answer:
    """Write to a reporter, once per ``key``."""
    incident = _seen(actor, incident_id)
    if not policies.may_take_calls(actor, incident):
        raise Forbidden
    return reports.actions.post_message(
        actor,
        report_id=the_report(incident, report_id),
        side="police",
        text=text,
        quick_codes=tuple(quick_codes),
        key=key,
        content=content,
    )


def mark_read(actor: User, *, incident_id: uuid.UUID, report_id: uuid.UUID | None, up_to: int | uuid.UUID) -> int:
    """The reporter's messages up to this one (its ``seq`` or id) were read; the ``seq`` up to which all are read now."""
    incident = _seen(actor, incident_id)
    if not policies.may_take_calls(actor, incident):
        raise Forbidden
    report = the_report(incident, report_id)
    seq = up_to if isinstance(up_to, int) else _seq_of(report, up_to)
    return reports.actions.mark_read(actor, report_id=report, by="police", up_to=seq)


def _seq_of(report_id: uuid.UUID, message_id: uuid.UUID) -> int:
    seq = Message.objects.filter(report=report_id, pk=message_id).values_list("seq", flat=True).first()
    if seq is None:
        raise Invalid.field("up_to", "unknown", "Must be the id or the seq of a message of this report.")
    return seq


def _seen(actor: User, incident_id: uuid.UUID) -> Incident:
    seen = Incident.objects.visible_to(actor).select_related("agency", "responsible_agency")
    incident = seen.filter(pk=incident_id).first()
    if incident is None:
        raise NotFound
    return incident


def the_report(incident: Incident, report_id: uuid.UUID | None) -> uuid.UUID:
    """The report that is meant: the named one, else the only one. `Invalid` names ``report_id``."""
    linked = list(incident.links.values_list("report_id", flat=True))
    if report_id is None:
        if len(linked) == 1:
            return linked[0]
        raise Invalid.field("report_id", "required", "Several reports are linked: name the one you mean.")
    if report_id not in linked:
        raise Invalid.field("report_id", "unknown", "This report is not linked to the incident.")
    return report_id
