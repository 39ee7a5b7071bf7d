"""What comes in and goes out. The shapes are those of the API's description."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from foundation import clock
from foundation.http import MAX_KEY
from foundation.subjects import Subject
from journal import streams
from reports import limits
from reports.intake import e164
from reports.models import Message, Report
from reports.quick_codes import QUICK_CODES
from tracks.models import current_position

CODES = [(entry.code, f"{entry.zh} {entry.en}") for entry in QUICK_CODES]


class Moment(serializers.DateTimeField):
    """A moment as the API writes it: RFC 3339 in UTC with ``Z``."""

    def to_representation(self, value: datetime | str) -> str:
        """The moment's text."""
        return value if isinstance(value, str) else clock.rfc3339(value)


class StrictBoolean(serializers.BooleanField):
    """``true`` or ``false``; nothing that merely looks like it."""

    def to_internal_value(self, data: Any) -> bool:
        """Take a boolean only."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class PositionIn(serializers.Serializer[Any]):
    """A position. For the description only: positions are read by the tracks room, which never refuses one."""

    lon = serializers.FloatField()
    lat = serializers.FloatField()
    coord_type = serializers.ChoiceField(choices=["wgs84", "cgcs2000", "gcj02", "bd09"])
    accuracy_m = serializers.FloatField(required=False, allow_null=True)
    confidence_pct = serializers.FloatField(required=False, allow_null=True)
    altitude_m = serializers.FloatField(required=False, allow_null=True)
    speed_mps = serializers.FloatField(required=False, allow_null=True)
    heading_deg = serializers.FloatField(required=False, allow_null=True)
    provider = serializers.ChoiceField(choices=["gps", "network", "cell", "manual"], required=False, allow_null=True)
    fix_time = serializers.DateTimeField(required=False, allow_null=True)
    battery_pct = serializers.FloatField(required=False, allow_null=True)
    seq = serializers.IntegerField(required=False, allow_null=True)


class PositionOut(PositionIn):
    """A position in WGS-84; ``raw`` holds what the phone sent."""

    received_at = Moment()
    raw = serializers.DictField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """It is stored in this form."""
        return dict(instance)


class ReportIn(serializers.Serializer[Any]):
    """A report. For the description only: whatever comes is accepted, and what is not like this is flagged."""

    client_uuid = serializers.UUIDField(help_text="Made by the phone before the first sending")
    kind = serializers.ChoiceField(choices=Report.Kind.choices)
    position = PositionIn(allow_null=True)
    address = serializers.CharField(required=False, max_length=limits.ADDRESS_CHARS)
    description = serializers.CharField(required=False, max_length=limits.DESCRIPTION_CHARS)
    quick_codes = serializers.ListField(
        child=serializers.ChoiceField(choices=CODES), required=False, max_length=limits.QUICK_CODES
    )
    contact_phone = serializers.CharField(required=False, max_length=limits.PHONE_CHARS)
    callback_allowed = serializers.BooleanField(
        required=False, help_text="By default true, but false for a silent report and where the kind can't be read"
    )
    reported_at = serializers.DateTimeField(help_text="The phone's time")
    battery_pct = serializers.FloatField(required=False, allow_null=True, min_value=0, max_value=100)
    network = serializers.CharField(required=False, max_length=limits.SHORT_TEXT_CHARS)
    app_version = serializers.CharField(required=False, max_length=limits.SHORT_TEXT_CHARS)
    journey_id = serializers.UUIDField(required=False, allow_null=True)


class ReportEditIn(serializers.Serializer[Any]):
    """What the reporter may change."""

    callback_allowed = StrictBoolean(required=False)
    contact_phone = serializers.CharField(required=False, allow_null=True, max_length=limits.PHONE_CHARS)

    def validate_contact_phone(self, value: str | None) -> str | None:
        """The number in E.164 form."""
        if value is None:
            return None
        number = e164(value)
        if number is None:
            raise serializers.ValidationError("Not a phone number.", code="invalid")
        return number

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Name what can't be changed, rather than seem to have changed it."""
        unknown = set(self.initial_data) - set(self.fields)
        if unknown:
            details = {name: serializers.ErrorDetail("This can't be changed.", code="read_only") for name in unknown}
            raise serializers.ValidationError({name: [detail] for name, detail in details.items()})
        return attrs


class StreamHeadOut(serializers.Serializer[Any]):
    """Where the stream stood before the data were read."""

    epoch = serializers.CharField()
    offset = serializers.IntegerField()


class StepOut(serializers.Serializer[Any]):
    """A step of the progress: received, answered, dispatched, arrived, closed, reopened."""

    step = serializers.CharField()
    at = Moment()


class RemarkOut(serializers.Serializer[Any]):
    """Something about the report that a dispatcher should look at."""

    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class AgencyOut(serializers.Serializer[Any]):
    """The desk or station responsible."""

    code = serializers.CharField()
    name = serializers.CharField()


class ReportOut(serializers.Serializer[Any]):
    """A report as its reporter sees it in a list."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    kind = serializers.ChoiceField(choices=Report.Kind.choices)
    state = serializers.ChoiceField(choices=Report.State.choices)
    progress = StepOut(many=True)
    needs_review = RemarkOut(many=True)
    agency = AgencyOut()
    station = AgencyOut(allow_null=True)
    outside_province = serializers.BooleanField()
    callback_allowed = serializers.BooleanField()
    cancel_needs_pin = serializers.SerializerMethodField()
    quick_codes = serializers.ListField(child=serializers.CharField())
    reported_at = Moment(allow_null=True)
    received_at = Moment()
    answered_at = Moment(allow_null=True)
    closed_at = Moment(allow_null=True)

    def get_cancel_needs_pin(self, report: Report) -> bool:
        """Whether cancelling asks for a PIN: nobody has one yet."""
        return False


class ReportPageOut(serializers.Serializer[Any]):
    """Own reports, newest first; ``next`` is the ``cursor`` of the page that follows."""

    results = ReportOut(many=True)
    next = serializers.CharField(allow_null=True)


class ReportReceiptOut(ReportOut):
    """The answer to ``POST /reports``. It holds no floating-point numbers, which a database may give back otherwise."""

    stream = serializers.SerializerMethodField()

    @extend_schema_field(StreamHeadOut)
    def get_stream(self, report: Report) -> dict[str, Any]:
        """The head of the reporter's stream, from the context: it is read before the data."""
        head: streams.Head = self.context["head"]
        return head.as_json()


class ReportDetailOut(ReportReceiptOut):
    """A report as its reporter sees it."""

    address = serializers.CharField()
    description = serializers.CharField()
    contact_phone = serializers.CharField(allow_null=True)
    first_position = PositionOut(allow_null=True, help_text="Used for routing; never changes")
    current_position = serializers.SerializerMethodField()
    battery_pct = serializers.FloatField(allow_null=True)
    network = serializers.CharField()
    app_version = serializers.CharField()
    journey_id = serializers.UUIDField(allow_null=True)

    @extend_schema_field(PositionOut(allow_null=True))
    def get_current_position(self, report: Report) -> dict[str, Any] | None:
        """The newest plausible fix."""
        return current_position(Subject("report", report.id))


class FixesIn(serializers.Serializer[Any]):
    """A batch of positions; a bad one is counted, not refused."""

    fixes = serializers.ListField(child=PositionIn())


class FixesOut(serializers.Serializer[Any]):
    """What became of a batch, and when the next one is wanted."""

    stored = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    flagged = serializers.IntegerField()
    last_seq = serializers.IntegerField(allow_null=True)
    next_interval_s = serializers.FloatField()


class MessageIn(serializers.Serializer[Any]):
    """Something said, with words or quick codes."""

    client_uuid = serializers.CharField(required=False, allow_null=True, max_length=MAX_KEY)
    text = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, default="", help_text=f"≤ {limits.MESSAGE_CHARS} characters"
    )
    quick_codes = serializers.ListField(child=serializers.CharField(), required=False, allow_null=True, default=list)
    attachment_ids = serializers.ListField(
        child=serializers.CharField(), required=False, allow_null=True, default=list, max_length=0
    )


class MessageOut(serializers.Serializer[Any]):
    """A message. ``side`` is set by the server; nothing in ``text`` can change it."""

    id = serializers.UUIDField()
    seq = serializers.IntegerField()
    side = serializers.ChoiceField(choices=Message.Side.choices)
    text = serializers.CharField()
    quick_codes = serializers.ListField(child=serializers.CharField())
    attachment_ids = serializers.ListField(child=serializers.CharField())
    sent_at = Moment()
    delivered_at = Moment(allow_null=True)
    read_at = Moment(allow_null=True)


class MessagePageOut(serializers.Serializer[Any]):
    """Messages in order; ``next`` is the ``cursor`` (and ``after``) of the page that follows."""

    results = MessageOut(many=True)
    next = serializers.CharField(allow_null=True)
    stream = StreamHeadOut()


class ReadIn(serializers.Serializer[Any]):
    """Up to which message all were read: its id, or its ``seq``."""

    up_to = serializers.JSONField()


class ReadOut(serializers.Serializer[Any]):
    """The ``seq`` up to which the other side's messages are read now."""

    read_up_to = serializers.IntegerField()


def receipt(report: Report) -> dict[str, Any]:
    """The answer to ``POST /reports``."""
    return dict(ReportReceiptOut(report, context={"head": streams.head_of(report.stream)}).data)


def message(row: Message) -> dict[str, Any]:
    """A message as the API shows it."""
    return dict(MessageOut(row).data)
