"""What goes out from the desk. The shapes are those of the API's description."""

import json
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dispatch import classes
from dispatch.actions.claiming import claim_facts
from dispatch.classes import Level, ResultCode
from dispatch.models import Feedback, Incident, Order, Unit
from dispatch.states import IncidentState, OrderState, UnitStatus
from reports.models import Amendment, Report
from reports.serializers import AgencyOut, MessagePageOut, Moment, RemarkOut, StepOut, StreamHeadOut

SILENT_NOTICE: Final = "静默·禁止回拨"


class PersonOut(serializers.Serializer[Any]):
    """A member of staff."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    agency_code = serializers.CharField()


class ClaimOut(serializers.Serializer[Any]):
    """Who is at it, since when, and whether that one was heard of lately."""

    by = PersonOut()
    since = Moment()
    heartbeat_at = Moment(allow_null=True)
    stale = serializers.BooleanField(help_text="No heartbeat for 45 s: it can be taken over")


class FeedbackOut(serializers.Serializer[Any]):
    """A feedback; one that was sent back stays."""

    id = serializers.UUIDField()
    order_id = serializers.UUIDField()
    result_code = serializers.ChoiceField(choices=ResultCode.choices)
    class_code = serializers.CharField()
    class_name = serializers.SerializerMethodField()
    summary = serializers.CharField()
    injured = serializers.IntegerField(allow_null=True)
    deaths = serializers.IntegerField(allow_null=True)
    detained = serializers.IntegerField(allow_null=True)
    by = serializers.UUIDField(source="by_id")
    at = Moment()
    sent_back_at = Moment(allow_null=True)
    sent_back_reason = serializers.CharField()

    def get_class_name(self, feedback: Feedback) -> str:
        """The class in words."""
        return classes.name_of(feedback.class_code)


class UnitOut(serializers.Serializer[Any]):
    """A unit and where it is."""

    id = serializers.UUIDField()
    call_sign = serializers.CharField()
    kind = serializers.ChoiceField(choices=Unit.Kind.choices)
    agency = AgencyOut()
    base = AgencyOut(allow_null=True)
    status = serializers.ChoiceField(choices=UnitStatus.choices)
    status_at = Moment()
    lon = serializers.FloatField(allow_null=True)
    lat = serializers.FloatField(allow_null=True)
    position_at = Moment(allow_null=True)


class OrderUnitOut(serializers.Serializer[Any]):
    """The unit of an order."""

    id = serializers.UUIDField()
    call_sign = serializers.CharField()
    status = serializers.ChoiceField(choices=UnitStatus.choices)


class OrderPartOut(serializers.Serializer[Any]):
    """An order within its incident."""

    id = serializers.UUIDField()
    unit = OrderUnitOut()
    state = serializers.ChoiceField(choices=OrderState.choices)
    instruction = serializers.CharField()
    issued_by = serializers.UUIDField(source="issued_by_id")
    round = serializers.IntegerField()
    return_reason = serializers.CharField()
    cancel_reason = serializers.CharField()
    urge_count = serializers.IntegerField()
    urged_at = Moment(allow_null=True)
    issued_at = Moment()
    signed_at = Moment(allow_null=True)
    departed_at = Moment(allow_null=True)
    arrived_at = Moment(allow_null=True)
    done_at = Moment(allow_null=True)
    fed_back_at = Moment(allow_null=True)
    ended_at = Moment(allow_null=True)
    version = serializers.IntegerField()
    feedbacks = FeedbackOut(many=True)


class OrderIncidentOut(serializers.Serializer[Any]):
    """What a unit needs to know of the incident at a glance."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    state = serializers.ChoiceField(choices=IncidentState.choices)
    class_code = serializers.CharField()
    class_name = serializers.SerializerMethodField()
    level = serializers.IntegerField(allow_null=True)
    address = serializers.CharField()
    summary = serializers.CharField()
    lon = serializers.FloatField(allow_null=True)
    lat = serializers.FloatField(allow_null=True)

    def get_class_name(self, incident: Incident) -> str:
        """The class in words."""
        return classes.name_of(incident.class_code)


class OrderOut(OrderPartOut):
    """An order with its incident."""

    incident = OrderIncidentOut()


class OrderDetailOut(OrderOut):
    """An order as a snapshot of its unit's stream."""

    stream = serializers.SerializerMethodField(help_text="Read before the data")

    @extend_schema_field(StreamHeadOut)
    def get_stream(self, order: Order) -> dict[str, Any] | None:
        """The head that the view has read."""
        head: dict[str, Any] | None = self.context.get("stream")
        return head


class ReportGlanceOut(serializers.Serializer[Any]):
    """A report in the queue: what must be seen before it is opened."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Report.Kind.choices)
    channel = serializers.ChoiceField(choices=Report.Channel.choices)
    silent = serializers.SerializerMethodField()
    callback_allowed = serializers.BooleanField()
    needs_review = RemarkOut(many=True)

    def get_silent(self, report: Report) -> bool:
        """Whether the reporter must not be heard."""
        return report.kind == Report.Kind.SILENT


class ReportRecordingOut(serializers.Serializer[Any]):
    """A recording of a report; `POST /recordings/{id}/playback` shows it."""

    id = serializers.UUIDField()
    media = serializers.CharField()
    state = serializers.CharField()
    started_at = Moment(allow_null=True)


class CandidateOut(serializers.Serializer[Any]):
    """Near a border: another agency that may be the right one."""

    agency = serializers.CharField()
    name = serializers.CharField()
    distance_m = serializers.FloatField()


class AmendmentOut(serializers.Serializer[Any]):
    """What came again under the report's key with other content."""

    at = Moment()
    content = serializers.SerializerMethodField(
        help_text="JSON text, the phone number in it masked; Base64 of the first 64 KiB where it could not be read"
    )

    def get_content(self, row: Amendment) -> str:
        """What was sent, as text that every client can take."""
        try:
            said = json.loads(row.content)
        except ValueError:
            return str(row.content)
        if not isinstance(said, dict):
            return str(row.content)
        if isinstance(said.get("contact_phone"), str):
            said["contact_phone"] = masked(said["contact_phone"])
        return json.dumps(said, ensure_ascii=False).encode("utf-8", "replace").decode()


class ReportPartOut(ReportGlanceOut):
    """A report within its incident, as the police see it."""

    number = serializers.CharField()
    state = serializers.ChoiceField(choices=Report.State.choices)
    progress = StepOut(many=True)
    callback_notice = serializers.SerializerMethodField(help_text=SILENT_NOTICE)
    contact_phone = serializers.SerializerMethodField(help_text="Masked")
    description = serializers.CharField()
    quick_codes = serializers.ListField(child=serializers.CharField())
    address = serializers.CharField()
    first_position = serializers.DictField(allow_null=True, help_text="Used for routing; never changes")
    current_position = serializers.DictField(allow_null=True, help_text="The newest plausible fix")
    battery_pct = serializers.FloatField(allow_null=True)
    network = serializers.CharField()
    app_version = serializers.CharField()
    journey_id = serializers.UUIDField(allow_null=True)
    candidates = CandidateOut(many=True)
    outside_province = serializers.BooleanField()
    amendments = AmendmentOut(many=True, source="amended")
    raw_body = serializers.CharField(
        allow_null=True, help_text="Where something was odd: Base64 of the first 64 KiB of the body, as it came"
    )
    recordings = ReportRecordingOut(many=True)
    reported_at = Moment(allow_null=True)
    received_at = Moment()
    answered_at = Moment(allow_null=True)

    def get_callback_notice(self, report: Report) -> str | None:
        """The warning for the call-taker, where the reporter must not be called."""
        return None if report.callback_allowed else SILENT_NOTICE

    def get_contact_phone(self, report: Report) -> str:
        """The number to reach, masked."""
        return masked(report.contact_phone or report.reporter.phone or "")


class IncidentOut(serializers.Serializer[Any]):
    """An incident in a list."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    state = serializers.ChoiceField(choices=IncidentState.choices)
    agency = AgencyOut(help_text="Owns it")
    responsible_agency = AgencyOut(allow_null=True, help_text="Set when it was accepted")
    station = AgencyOut(allow_null=True, help_text="The nearest one, proposed")
    class_code = serializers.CharField()
    class_name = serializers.SerializerMethodField()
    level = serializers.IntegerField(allow_null=True, help_text="1 一级 (gravest) … 4 四级")
    level_name = serializers.SerializerMethodField()
    gravity = serializers.IntegerField(help_text="4 is the gravest; for the order of the queue")
    address = serializers.CharField()
    summary = serializers.CharField()
    lon = serializers.FloatField(allow_null=True, help_text="WGS-84: the picked position, else the first one")
    lat = serializers.FloatField(allow_null=True)
    claim = serializers.SerializerMethodField()
    received_at = Moment()
    answered_at = Moment(allow_null=True)
    accepted_at = Moment(allow_null=True)
    dispatched_at = Moment(allow_null=True)
    signed_at = Moment(allow_null=True)
    departed_at = Moment(allow_null=True)
    arrived_at = Moment(allow_null=True)
    resolved_at = Moment(allow_null=True)
    fed_back_at = Moment(allow_null=True)
    closed_at = Moment(allow_null=True)
    archived_at = Moment(allow_null=True)
    version = serializers.IntegerField()
    reports = serializers.SerializerMethodField()

    def get_class_name(self, incident: Incident) -> str:
        """The class in words."""
        return classes.name_of(incident.class_code)

    def get_level_name(self, incident: Incident) -> str:
        """The level in words."""
        return str(Level(incident.level).label) if incident.level else ""

    @extend_schema_field(ClaimOut(allow_null=True))
    def get_claim(self, incident: Incident) -> dict[str, Any] | None:
        """Who is at it."""
        return claim_facts(incident)

    @extend_schema_field(ReportGlanceOut(many=True))
    def get_reports(self, incident: Incident) -> Any:
        """The linked reports (prefetched)."""
        return ReportGlanceOut([link.report for link in incident.links.all()], many=True).data


class IncidentDetailOut(IncidentOut):
    """An incident with everything that belongs to it, as a snapshot of its stream."""

    picked_position = serializers.DictField(allow_null=True, help_text="The dispatcher's own pick")
    reason = serializers.CharField()
    ground = serializers.CharField()
    legal_ground = serializers.CharField()
    closing_summary = serializers.CharField()
    round = serializers.IntegerField(help_text="Counts revivals, from 1")
    outside_province = serializers.BooleanField(help_text="A report came from outside the province: a warning")
    orders = OrderPartOut(many=True)
    stream = serializers.SerializerMethodField(help_text="Read before the data")

    @extend_schema_field(StreamHeadOut)
    def get_stream(self, incident: Incident) -> dict[str, Any] | None:
        """The head that the view has read."""
        head: dict[str, Any] | None = self.context.get("stream")
        return head

    @extend_schema_field(ReportPartOut(many=True))
    def get_reports(self, incident: Incident) -> Any:
        """The linked reports, with what `snapshots.fill_reports` hung on them."""
        return ReportPartOut([link.report for link in incident.links.all()], many=True).data


class IncidentPageOut(serializers.Serializer[Any]):
    """A page of the queue; ``stream`` is the desk's (null for a patrol, who has none)."""

    results = IncidentOut(many=True)
    next = serializers.CharField(allow_null=True)
    stream = StreamHeadOut(allow_null=True)


class IncidentMessagePageOut(MessagePageOut):
    """A page of the conversation, as a snapshot of the incident's stream."""

    stream = StreamHeadOut()


class TimelineActorOut(serializers.Serializer[Any]):
    """Who did it."""

    id = serializers.UUIDField(source="actor_id", allow_null=True)
    kind = serializers.CharField(source="actor_kind")
    name = serializers.CharField(source="actor_label")
    agency_code = serializers.CharField()


class SubjectOut(serializers.Serializer[Any]):
    """A row, by its kind and id."""

    kind = serializers.CharField()
    id = serializers.CharField()


class TimelineOut(serializers.Serializer[Any]):
    """One entry: who, when, what, from, to, why."""

    id = serializers.UUIDField()
    at = Moment()
    who = TimelineActorOut(source="*")
    deed = serializers.CharField()
    subject = serializers.SerializerMethodField()
    to = serializers.CharField(source="after", help_text="The state that it reached, or empty")
    why = serializers.SerializerMethodField()

    def get_fields(self) -> dict[str, Any]:
        """``from`` is a word of Python, so that field can't be declared like the others."""
        left = serializers.CharField(source="before", help_text="The state that it left, or empty")
        return super().get_fields() | {"from": left}

    @extend_schema_field(SubjectOut)
    def get_subject(self, record: Any) -> dict[str, str]:
        """The row that was touched."""
        return {"kind": record.subject_kind, "id": record.subject_id}

    def get_why(self, record: Any) -> str:
        """Why, as a member of staff gave it; a citizen's words are not repeated here."""
        return "" if record.actor_kind == "citizen" else record.reason


class IncidentClassOut(serializers.Serializer[Any]):
    """A class of the class table."""

    code = serializers.CharField()
    name = serializers.CharField()
    name_en = serializers.CharField()
    level = serializers.IntegerField(help_text="What the form proposes")
    parent_code = serializers.CharField(allow_null=True)


class NamedCodeOut(serializers.Serializer[Any]):
    """A code and its name."""

    code = serializers.CharField()
    name = serializers.CharField()


class LevelOut(serializers.Serializer[Any]):
    """A level and its name."""

    level = serializers.IntegerField()
    name = serializers.CharField()


class IncidentClassesOut(serializers.Serializer[Any]):
    """The dictionaries of the forms."""

    results = IncidentClassOut(many=True)
    next = serializers.CharField(allow_null=True)
    sample = serializers.BooleanField(help_text="The sample that comes with the code, not the province's own table")
    levels = LevelOut(many=True)
    result_codes = NamedCodeOut(many=True)
    grounds = NamedCodeOut(many=True)


def masked(phone: str) -> str:
    """A phone number as others may see it: ``138****1234``."""
    national = phone.removeprefix("+86")
    return f"{national[:3]}****{national[-4:]}" if len(national) >= 8 else "****" if national else ""
