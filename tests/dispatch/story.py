"""What the tests of this room say again and again: an incident that has come so far, and a unit to send.

Everything is brought about by the deeds themselves, so that a story can't be in a state that could not come to be.
"""

import itertools
import uuid
from dataclasses import dataclass, field
from typing import Any

from accounts.models import User
from dispatch import actions
from dispatch.models import Feedback, Incident, Order, Unit
from foundation import clock
from geo.models import Agency
from journal import streams, unit
from journal.models import AuditRecord, StreamEvent
from reports.events import ReportReceived
from reports.models import Report
from tests.personas import COUNTY, IN_COUNTY, STATION, People

API = "/api/v1"
ASSAULT = "02020100"
_numbers = itertools.count(1)


@unit.deed
def report_to(reporter: User, agency: str = COUNTY, **fields: Any) -> Report:
    """A report that was routed to an agency, told to whoever reacts."""
    values: dict[str, Any] = {
        "number": f"{agency[:6]}20261124{next(_numbers):06d}",
        "kind": "text",
        "agency_id": agency,
        "station_id": STATION if agency == COUNTY else None,
        "address": "建北街道 3 号",
        "description": "有人砸门",
        "contact_phone": "+8613900006789",
        "first_position": {**IN_COUNTY, "received_at": clock.rfc3339(clock.now()), "raw": {}},
        **fields,
    }
    made = Report.objects.create(reporter=reporter, **values)
    event = ReportReceived(report_id=made.id, number=made.number, kind=made.kind, needs_review=bool(made.needs_review))
    unit.append(event, made.stream)
    return made


@dataclass
class Story:
    """People, and incidents as far as the story has come."""

    people: People
    units: dict[str, Unit] = field(default_factory=dict)

    def queued(self, agency: str = COUNTY, **fields: Any) -> Incident:
        """An incident that nobody has taken."""
        made = report_to(self.people.fang, agency, **fields)
        return Incident.objects.get(links__report=made)

    def claimed(self, by: User | None = None, **fields: Any) -> Incident:
        """An incident that somebody has taken."""
        return actions.claim(by or self.people.dispatcher, incident_id=self.queued(**fields).id)

    def accepted(self, by: User | None = None, responsible: str = COUNTY, **fields: Any) -> Incident:
        """An incident with its 接警单."""
        incident = self.claimed(by, **fields)
        return actions.accept(
            by or self.people.dispatcher, incident_id=incident.id, **accept_form(agency_code=responsible)
        )

    def ordered(self, name: str = "110", incident: Incident | None = None, confirm_busy: bool = True) -> Order:
        """An order for a unit of the county."""
        target = incident or self.accepted()
        answer = actions.issue_order(
            self.people.dispatcher,
            incident_id=target.id,
            unit_id=self.unit(name).id,
            instruction="速往现场",
            confirm_busy=confirm_busy,
            key=None,
            content={},
            shape=lambda order: {"id": str(order.id)},
        )
        return Order.objects.get(pk=answer.body["id"])

    def brought_to(self, state: str, name: str = "110", incident: Incident | None = None) -> Order:
        """An order that has come to a state on the straight way."""
        order = self.ordered(name, incident)
        steps = ["signed", "en_route", "on_scene", "done", "fed_back"]
        deeds: dict[str, Any] = {
            "signed": actions.sign,
            "en_route": actions.depart,
            "on_scene": actions.arrive,
            "done": actions.finish,
        }
        for step in steps[: steps.index(state) + 1] if state != "issued" else []:
            if step == "fed_back":
                self.fed_back(order)
            else:
                deeds[step](self.people.dispatcher, order_id=order.id)
        order.refresh_from_db()
        return order

    def fed_back(self, order: Order) -> Feedback:
        """The feedback on an order that is done."""
        answer = actions.give_feedback(
            self.people.dispatcher,
            order_id=order.id,
            form={"result_code": "mediated", "class_code": ASSAULT, "summary": "已调解"},
            key=None,
            content={},
            shape=lambda made: {"id": str(made.id)},
        )
        return Feedback.objects.get(pk=answer.body["id"])

    def unit(self, name: str = "110", agency: str = COUNTY) -> Unit:
        """A unit; 130102-patrol-1 is a member of the county's first, ``110``."""
        if name not in self.units:
            made = Unit.objects.create(call_sign=name, agency=Agency.objects.get(pk=agency), lon=114.5, lat=38.04)
            self.units[name] = made
            if name == "110":
                self.people.patrol.unit_id = made.id
                self.people.patrol.save(update_fields=["unit_id"])
        return self.units[name]


def accept_form(**changes: Any) -> dict[str, Any]:
    """A 接警单 as it should be."""
    form = {"class_code": ASSAULT, "level": 2, "address": "建北街道 3 号", "summary": "邻居打人", "agency_code": COUNTY}
    return form | changes


def feedback_form(**changes: Any) -> dict[str, Any]:
    """A 反馈单 as it should be, with a key of its own."""
    form = {
        "client_uuid": str(uuid.uuid4()),
        "result_code": "mediated",
        "class_code": ASSAULT,
        "summary": "双方已和解",
        "injured": 1,
    }
    return form | changes


def said(stream: str, after: int = 0) -> list[str]:
    """The names of a stream's events."""
    return [event.name for event in streams.read(stream, after=after)]


def deeds_of(incident: Incident) -> list[str]:
    """What the incident's thread records, in order."""
    records = AuditRecord.objects.filter(thread=f"incident:{incident.id}", kind="change").order_by("seq")
    return list(records.values_list("deed", flat=True))


def counts() -> tuple[int, int]:
    """How many events and records there are: a refused deed leaves both as they were."""
    return StreamEvent.objects.count(), AuditRecord.objects.filter(kind="change").count()
