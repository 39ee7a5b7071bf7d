"""What happens below is said on the police side, in the streams where it shows."""

import uuid
from typing import Any

import pytest
from django.db import transaction

from dispatch.models import Incident, IncidentReport
from evidence.events import RecordingFinished, RecordingLive, RecordingStarted
from evidence.subjects import may_see, may_write
from foundation.errors import Unavailable
from foundation.subjects import Subject
from journal import doorbell, streams, unit
from journal.events import Event, reacts_to
from reports.events import (
    MessagePosted,
    MessagesDelivered,
    MessagesRead,
    ReportAmended,
    ReportChanged,
    ReportReceived,
)
from reports.models import Report
from tests.dispatch.story import API, Story, report_to, said
from tests.personas import CITY, COUNTY, FAR_COUNTY, IN_COUNTY, PROVINCE, STATION, client_for
from tracks.events import FixesStored

pytestmark = pytest.mark.django_db


@unit.deed
def happened(event: Event) -> None:
    unit.append(event)


def test_a_report_is_an_incident(story: Story) -> None:
    report = report_to(story.people.fang, kind="silent")
    incident = Incident.objects.get()
    assert (incident.number, incident.state, incident.agency_id, incident.station_id) == (
        report.number,
        "queued",
        COUNTY,
        STATION,
    )
    assert (incident.received_at, incident.address) == (report.received_at, report.address)
    assert (incident.lon, incident.lat) == (114.548, 38.048)
    for stream in (incident.stream, f"agency:{COUNTY}", f"agency:{CITY}", f"agency:{PROVINCE}"):
        (event,) = streams.read(stream, after=0)
        assert event.data == {
            "incident_id": str(incident.id),
            "state": "queued",
            "version": 1,
            "report_id": str(report.id),
            "number": report.number,
            "agency_code": COUNTY,
            "gravity": 3,
        }
    assert said(f"agency:{STATION}") == said(f"agency:{FAR_COUNTY}") == []


@pytest.mark.parametrize(
    ("kind", "codes", "gravity"),
    [
        ("text", [], 1),
        ("video", [], 2),
        ("silent", [], 3),
        ("one_tap", [], 3),
        ("text", ["has_gun"], 4),
        ("voice", ["suspects_1", "domestic_violence"], 4),
        ("odd", "no list", 2),
        ("text", [{"a": 1}, None], 1),
    ],
)
def test_how_grave_it_looks(story: Story, kind: str, codes: Any, gravity: int) -> None:
    assert story.queued(kind=kind, quick_codes=codes).gravity == gravity


def test_no_report_without_its_incident(story: Story) -> None:
    @reacts_to(ReportReceived)
    def fails(event: ReportReceived) -> None:
        if fail:
            raise Unavailable

    fail = True
    try:
        with pytest.raises(Unavailable):
            report_to(story.people.fang)
    finally:
        fail = False
    assert not Report.objects.exists()
    assert not Incident.objects.exists()


QUEUE, INCIDENT = True, False


@pytest.mark.parametrize(
    ("make", "in_queue"),
    [
        (lambda r: MessagePosted(report_id=r, message_id=uuid.UUID(int=1), seq=1, side="reporter"), QUEUE),
        (lambda r: MessagePosted(report_id=r, message_id=uuid.UUID(int=1), seq=1, side="police"), INCIDENT),
        (lambda r: MessagesDelivered(report_id=r, by="reporter", up_to=1), INCIDENT),
        (lambda r: MessagesRead(report_id=r, by="police", up_to=1), QUEUE),
        (lambda r: MessagesRead(report_id=r, by="reporter", up_to=1), INCIDENT),
        (lambda r: ReportAmended(report_id=r, amendment_id=uuid.UUID(int=1)), QUEUE),
        (lambda r: ReportChanged(report_id=r, fields=["callback_allowed"]), QUEUE),
        (lambda r: recording(RecordingStarted, r), INCIDENT),
        (lambda r: recording(RecordingLive, r), QUEUE),
        (lambda r: recording(RecordingFinished, r), QUEUE),
    ],
)
def test_it_is_said_again(story: Story, make: Any, in_queue: bool) -> None:
    incident = story.queued()
    event = make(Report.objects.get().id)
    happened(event)
    assert said(incident.stream, after=1) == [event.wire_name]
    for code in (COUNTY, CITY, PROVINCE):
        assert said(f"agency:{code}", after=1) == ([event.wire_name] if in_queue else [])


def recording(kind: Any, subject_id: uuid.UUID, subject_kind: str = "report") -> Any:
    return kind(recording_id=uuid.UUID(int=9), subject_kind=subject_kind, subject_id=subject_id, media="video")


def test_other_subjects_are_other_rooms_matter(story: Story) -> None:
    incident = story.queued()
    report = Report.objects.get().id
    happened(recording(RecordingLive, report, "journey"))
    happened(recording(RecordingLive, uuid.UUID(int=8)))
    happened(ReportChanged(report_id=uuid.UUID(int=8), fields=["callback_allowed"]))
    assert said(incident.stream, after=1) == []


def test_a_new_contact_phone_is_found(story: Story) -> None:
    story.queued()
    answer = client_for(story.people.fang).patch(
        f"{API}/reports/{Report.objects.get().id}",
        {"contact_phone": "13700004321"},
        format="json",
        headers={"If-Match": "*"},
    )
    assert answer.status_code == 200, answer.content
    desk = client_for(story.people.dispatcher)
    assert len(desk.get(f"{API}/incidents", {"q": "4321"}).json()["results"]) == 1
    assert desk.get(f"{API}/incidents", {"q": "6789"}).json()["results"] == []


class Door:
    """Keeps what it was shown."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, dict[str, Any]]] = []

    def wake(self, names: Any) -> None:
        """Not of interest here."""

    def show(self, stream: str, frame: dict[str, Any]) -> None:
        self.shown.append((stream, frame))

    def recheck(self) -> None:
        """Not of interest here."""


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    made = Door()
    monkeypatch.setattr(doorbell, "_doors", [made])
    return made


def fixes(subject_id: uuid.UUID, newest: Any, kind: str = "report") -> FixesStored:
    return FixesStored(subject_kind=kind, subject_id=subject_id, stored=1, newest=newest)


def test_the_newest_position_is_shown_once_it_is_stored(
    story: Story, door: Door, django_capture_on_commit_callbacks: Any
) -> None:
    incident = story.queued()
    report = Report.objects.get().id
    with django_capture_on_commit_callbacks(execute=True):
        happened(fixes(report, dict(IN_COUNTY)))
        assert door.shown == []
    frame = {"type": "fixes", "fixes": [dict(IN_COUNTY)], "report_id": str(report)}
    assert door.shown == [(incident.stream, frame)]
    assert said(incident.stream, after=1) == []


def test_late_points_and_other_subjects_are_not_shown(
    story: Story, door: Door, django_capture_on_commit_callbacks: Any
) -> None:
    story.queued()
    report = Report.objects.get().id
    with django_capture_on_commit_callbacks(execute=True):
        happened(fixes(report, None))
        happened(fixes(report, dict(IN_COUNTY), "journey"))
        happened(fixes(uuid.UUID(int=8), dict(IN_COUNTY)))
    assert door.shown == []


def test_who_may_watch_the_recordings_of_a_report(story: Story) -> None:
    order = story.ordered()
    subject = Subject("report", IncidentReport.objects.get().report_id)
    people = story.people
    for actor in (people.dispatcher, people.city_dispatcher, people.province_dispatcher, people.patrol):
        assert may_see.ask(actor, subject), actor
        assert not may_write.ask(actor, subject)
    for nobody in (people.second_dispatcher, people.far_dispatcher, people.auditor, people.wei, object()):
        assert not may_see.ask(nobody, subject), nobody
    assert not may_see.ask(people.dispatcher, Subject("journey", subject.id))
    assert order.incident.links.count() == 1


def test_nothing_is_shown_of_what_is_rolled_back(
    story: Story, door: Door, django_capture_on_commit_callbacks: Any
) -> None:
    story.queued()
    report = Report.objects.get().id
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        happened(fixes(report, dict(IN_COUNTY)))
        transaction.set_rollback(True)
    assert door.shown == []
