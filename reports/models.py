"""Reports, what was sent again with other content, and the conversation."""

import uuid
from datetime import date

from django.db import models, transaction
from django.db.models import F

from accounts.models import User
from foundation import clock, errors, ids
from foundation.fields import EncryptedTextField
from geo.models import Agency


class ReportQuerySet(models.QuerySet["Report"]):
    """Reports, selected."""

    def of(self, reporter: User) -> "ReportQuerySet":
        """The reports that this person made."""
        return self.filter(reporter=reporter)


class Report(models.Model):
    """A call for help (报警), as the reporter sees it. What the police make of it is the incident.

    Three times are kept apart: ``reported_at`` (the phone's), ``received_at`` (ours), ``answered_at`` (a call-taker
    opened it). ``first_position`` was used for routing and is never changed; the current one comes from the tracks room.
    """

    class Kind(models.TextChoices):
        VIDEO = "video", "视频报警"
        VOICE = "voice", "语音报警"
        SILENT = "silent", "静默报警"
        ONE_TAP = "one_tap", "一键报警"
        TEXT = "text", "文字报警"

    class State(models.TextChoices):
        RECEIVED = "received", "已接收"
        ANSWERED = "answered", "已受理"
        CLOSED = "closed", "已办结"

    class Channel(models.TextChoices):
        """Where it came in; the sample codes of product.md are in `CHANNEL_CODES`."""

        APP = "app", "手机应用"
        PHONE = "phone", "电话"
        WALK_IN = "walk_in", "现场"
        SMS = "sms", "短信"
        DEVICE = "device", "固定报警装置"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    number = models.CharField(max_length=30, unique=True)
    reporter = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reports")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.APP)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    client_uuid = models.CharField(max_length=200, blank=True)
    journey_id = models.UUIDField(null=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    station = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")
    candidates = models.JSONField(default=list, help_text="Near a border: [{agency, name, distance_m}]")
    outside_province = models.BooleanField(default=False)
    address = models.CharField(max_length=500, blank=True)
    description = models.TextField(blank=True)
    quick_codes = models.JSONField(default=list)
    contact_phone = EncryptedTextField(null=True)
    callback_allowed = models.BooleanField(default=True)
    first_position = models.JSONField(null=True, help_text="The output form of a position, with raw")
    battery_pct = models.FloatField(null=True)
    network = models.CharField(max_length=40, blank=True)
    app_version = models.CharField(max_length=40, blank=True)
    reported_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(default=clock.now)
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    needs_review = models.JSONField(default=list, help_text="[{field, code, detail}]: what was not as it should be")
    raw_body = EncryptedTextField(
        null=True, help_text="Base64 of the first 64 KiB as they came, where something was odd"
    )
    progress = models.JSONField(default=list, help_text="[{step, at}], for the reporter")
    version = models.PositiveIntegerField(default=1)
    message_seq = models.PositiveIntegerField(default=0)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = "报警"
        verbose_name_plural = "报警"
        indexes = [
            models.Index(fields=["reporter", "-id"], name="reports_of_a_reporter"),
            models.Index(fields=["agency", "-id"], name="reports_of_an_agency"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def stream(self) -> str:
        """The reporter's own stream."""
        return report_stream(self.id)

    def move_to(self, state: str) -> str:
        """Change the state as the table allows, in memory; gives the former one."""
        if state not in TRANSITIONS[self.state]:
            raise errors.IllegalTransition(f"A report can't go from {self.state} to {state}.")
        before, self.state = self.state, state
        return before


# From each state to those that may follow. A report is never closed by a timer; it can be taken up again.
TRANSITIONS: dict[str, frozenset[str]] = {
    Report.State.RECEIVED: frozenset({Report.State.ANSWERED}),
    Report.State.ANSWERED: frozenset({Report.State.CLOSED}),
    Report.State.CLOSED: frozenset({Report.State.ANSWERED}),
}


class NumberSeries(models.Model):
    """The last serial number that an area's desk gave out on a day (Asia/Shanghai)."""

    id = models.BigAutoField(primary_key=True)
    area_code = models.CharField(max_length=6)
    day = models.DateField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area_code", "day"], name="one_series_per_area_and_day")]

    def __str__(self) -> str:
        return f"{self.area_code} {self.day:%Y%m%d} {self.last}"

    @staticmethod
    def take(area_code: str, day: date) -> str:
        """The next number: six digits of the area, the day, a serial of at least five digits.

        Inside a transaction: the row stays locked until its end, so that no number is given twice or lost.
        """
        with transaction.atomic():
            row = NumberSeries.objects.filter(area_code=area_code, day=day)
            if not row.update(last=F("last") + 1):
                NumberSeries.objects.bulk_create([NumberSeries(area_code=area_code, day=day)], ignore_conflicts=True)
                row.update(last=F("last") + 1)
            serial = row.values_list("last", flat=True).get()
        return f"{area_code}{day:%Y%m%d}{serial:05d}"


class Amendment(models.Model):
    """What came again under a report's key with other content. The dispatcher sees it; the first report stands."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="amendments")
    fingerprint = models.CharField(max_length=64)
    content = EncryptedTextField(help_text="JSON text, or Base64 of what could not be read")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "fingerprint"], name="one_amendment_per_content")]

    def __str__(self) -> str:
        return f"{self.report_id} {self.at:%F %T}"


class Message(models.Model):
    """One message between the reporter and the police. ``seq`` counts within the report, from 1."""

    class Side(models.TextChoices):
        REPORTER = "reporter", "报警人"
        POLICE = "police", "警方"
        SYSTEM = "system", "系统"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="messages")
    seq = models.PositiveIntegerField()
    side = models.CharField(max_length=10, choices=Side.choices)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True)
    quick_codes = models.JSONField(default=list)
    attachment_ids = models.JSONField(default=list)
    sent_at = models.DateTimeField(default=clock.now)
    delivered_at = models.DateTimeField(null=True, help_text="The other side's device has fetched it")
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "seq"], name="one_message_per_number")]

    def __str__(self) -> str:
        return f"{self.report_id}#{self.seq}"


def report_stream(report_id: uuid.UUID) -> str:
    """The name of a report's stream."""
    return f"report:{report_id}"
