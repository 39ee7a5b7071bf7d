"""How this room reacts to what happens below: a report becomes an incident, and the police side hears of the rest."""

import functools
import uuid

from django.db import transaction

from accounts.models import User
from dispatch import actions
from dispatch.actions.intake import contact_tail
from dispatch.models import Incident, IncidentReport, incident_stream
from evidence.events import RecordingFinished, RecordingLive, RecordingStarted
from journal import doorbell, unit
from journal.events import Event, reacts_to
from reports.events import (
    MessagePosted,
    MessagesDelivered,
    MessagesRead,
    ReportAmended,
    ReportChanged,
    ReportReceived,
)
from reports.models import Message, Report
from tracks.events import FixesStored


@reacts_to(ReportReceived)
def make_an_incident(event: ReportReceived) -> None:
    """A report and its incident are made in one transaction."""
    actions.receive(User.objects.system(), report_id=event.report_id)


@reacts_to(MessagePosted)
def relay_message(event: MessagePosted) -> None:
    """The desk's queue shows that a reporter wrote; what the police wrote concerns the incident only."""
    relay(event, event.report_id, in_queue=event.side == Message.Side.REPORTER)


@reacts_to(MessagesDelivered)
def relay_delivered(event: MessagesDelivered) -> None:
    """Shown beside the messages of the incident."""
    relay(event, event.report_id, in_queue=False)


@reacts_to(MessagesRead)
def relay_read(event: MessagesRead) -> None:
    """The queue's mark of unread messages goes when the police have read; both sides' marks show in the incident."""
    relay(event, event.report_id, in_queue=event.by == "police")


@reacts_to(ReportAmended)
def relay_amended(event: ReportAmended) -> None:
    """The dispatcher sees that something else was sent."""
    relay(event, event.report_id, in_queue=True)


@reacts_to(ReportChanged)
def relay_changed(event: ReportChanged) -> None:
    """The reporter forbade or allowed a call-back, or gave another number to reach."""
    if "contact_phone" in event.fields:
        report = Report.objects.get(pk=event.report_id)
        IncidentReport.objects.filter(report=report).update(contact_tail_hash=contact_tail(report))
    relay(event, event.report_id, in_queue=True)


@reacts_to(RecordingStarted)
def relay_recording_started(event: RecordingStarted) -> None:
    """A recording of a report was opened."""
    _relay_recording(event, event.subject_kind, event.subject_id, in_queue=False)


@reacts_to(RecordingLive)
def relay_recording_live(event: RecordingLive) -> None:
    """There is something to watch: the queue shows it."""
    _relay_recording(event, event.subject_kind, event.subject_id, in_queue=True)


@reacts_to(RecordingFinished)
def relay_recording_finished(event: RecordingFinished) -> None:
    """Nothing more is expected: the queue's mark goes."""
    _relay_recording(event, event.subject_kind, event.subject_id, in_queue=True)


@reacts_to(FixesStored)
def show_fixes(event: FixesStored) -> None:
    """Positions skip the journal: the newest is shown to who listens to the incident, once it is stored for good."""
    if event.subject_kind != "report" or event.newest is None:
        return
    incident_id = (
        IncidentReport.objects.filter(report_id=event.subject_id).values_list("incident_id", flat=True).first()
    )
    if incident_id is None:
        return
    frame = {"type": "fixes", "fixes": [event.newest], "report_id": str(event.subject_id)}
    transaction.on_commit(functools.partial(doorbell.show, incident_stream(incident_id), frame), robust=True)


def _relay_recording(event: Event, subject_kind: str, subject_id: uuid.UUID, *, in_queue: bool) -> None:
    if subject_kind == "report":
        relay(event, subject_id, in_queue=in_queue)


def relay(event: Event, report_id: uuid.UUID, *, in_queue: bool) -> None:
    """Say an event of a report in its incident's stream, and in the desks' streams where the queue shows it."""
    incidents = Incident.objects.select_related("agency", "responsible_agency")
    incident = incidents.filter(links__report=report_id).first()
    if incident is not None:
        unit.relay(event, *(incident.streams if in_queue else (incident.stream,)))
