"""Incidents, orders, feedback and units: the three forms of 接处警 and the people who are sent."""

import uuid
from datetime import datetime, timedelta
from typing import Final

from django.db import models
from django.db.models import Q

from accounts.managers import phone_tail_hash
from accounts.models import Role, User
from dispatch.classes import Ground, Level, ResultCode
from dispatch.states import (
    ACTIVE_ORDER,
    INCIDENT_STAMPS,
    OPEN_INCIDENT,
    ORDER_STAMPS,
    IncidentState,
    OrderState,
    UnitStatus,
    check_incident_move,
    check_order_move,
)
from foundation import clock, ids
from geo.models import Agency
from reports.models import Report

DESK_ROLES: Final = (Role.CALL_TAKER, Role.DISPATCHER, Role.SUPERVISOR)
CLAIM_STALE_AFTER: Final = timedelta(seconds=45)
HEARTBEAT_EVERY_S: Final = 15


def desk_agencies(actor: User) -> "models.QuerySet[Agency]":
    """The agencies whose matters this member of staff sees from a desk: the own one and those below it."""
    if actor.agency is None or not actor.has_role(*DESK_ROLES):
        return Agency.objects.none()
    return Agency.objects.within(actor.agency)


def own_unit(actor: User) -> uuid.UUID | None:
    """The unit of a patrol."""
    return actor.unit_id if actor.has_role(Role.PATROL) else None


class UnitQuerySet(models.QuerySet["Unit"]):
    """Units, selected."""

    def visible_to(self, actor: User) -> "UnitQuerySet":
        """A desk sees the units of its agency and below; a patrol the own one."""
        if actor.is_system:
            return self
        return self.filter(Q(agency__in=desk_agencies(actor).values("code")) | Q(pk=own_unit(actor)))


class Unit(models.Model):
    """Those who are sent (警力): a car, a foot patrol, a motorcycle. Its members are users with this ``unit_id``."""

    class Kind(models.TextChoices):
        CAR = "car", "警车"
        MOTORCYCLE = "motorcycle", "摩托车"
        FOOT = "foot", "步巡"
        SPECIAL = "special", "特警"
        TRAFFIC = "traffic", "交警"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    call_sign = models.CharField("呼号", max_length=40)
    kind = models.CharField("类型", max_length=12, choices=Kind.choices, default=Kind.CAR)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="units", verbose_name="所属机关")
    base = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="驻地"
    )
    status = models.CharField("状态", max_length=12, choices=UnitStatus.choices, default=UnitStatus.AVAILABLE)
    status_at = models.DateTimeField(default=clock.now)
    lon = models.FloatField(null=True, blank=True, help_text="WGS-84")
    lat = models.FloatField(null=True, blank=True, help_text="WGS-84")
    position_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = "警力"
        verbose_name_plural = "警力"
        constraints = [models.UniqueConstraint(fields=["agency", "call_sign"], name="one_call_sign_per_agency")]

    def __str__(self) -> str:
        return self.call_sign

    @property
    def stream(self) -> str:
        """The stream of the unit's orders."""
        return f"unit:{self.id}"


class IncidentQuerySet(models.QuerySet["Incident"]):
    """Incidents, selected."""

    def visible_to(self, actor: User) -> "IncidentQuerySet":
        """Who may know of an incident.

        A desk sees those that its agency, or one below it, owns or is responsible for. A patrol sees those with an
        order for its unit. Citizens, and staff of other trades, see none.
        """
        if actor.is_system:
            return self
        codes = desk_agencies(actor).values("code")
        ordered = Order.objects.of_unit(own_unit(actor)).values("incident")
        return self.filter(Q(agency__in=codes) | Q(responsible_agency__in=codes) | Q(pk__in=ordered))

    def of_agency(self, agency: Agency) -> "IncidentQuerySet":
        """Those that the agency, or one below it, owns or is responsible for."""
        codes = Agency.objects.within(agency).values("code")
        return self.filter(Q(agency__in=codes) | Q(responsible_agency__in=codes))

    def matching(self, text: str) -> "IncidentQuerySet":
        """Those whose number, address or summary holds the text, or whose reporter's phone ends with these four digits."""
        found = Q(number__startswith=text) | Q(address__icontains=text) | Q(summary__icontains=text)
        if len(text) == 4 and text.isascii() and text.isdigit():
            tail = phone_tail_hash(text)
            links = IncidentReport.objects.values("incident")
            # Two subqueries, each with its index: where few match, PostgreSQL needs half the time of an OR over the join.
            found |= Q(pk__in=links.filter(contact_tail_hash=tail))
            found |= Q(pk__in=links.filter(report__reporter__phone_tail_hash=tail))
        return self.filter(found)

    def within_box(self, west: float, south: float, east: float, north: float) -> "IncidentQuerySet":
        """Those whose place lies in a box of WGS-84 degrees."""
        return self.filter(lon__gte=west, lon__lte=east, lat__gte=south, lat__lte=north)


class Incident(models.Model):
    """What the police make of one or more reports (警情, 接警单).

    ``agency`` is the desk that owns it; ``responsible_agency`` is set when the incident is accepted. ``lon`` and ``lat``
    are where the map shows it: the dispatcher's own pick, else the first report's first position; neither of the two is
    overwritten by the other.

    Stamps hold the *first* time of each stage, also after a revival: clocks measure the first response, the timeline has
    the rest. ``closed_at`` alone is taken back by a revival, since the incident is not closed.

    ``round`` counts revivals: the incident follows the orders of the present round only.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    number = models.CharField("警情编号", max_length=30, unique=True)
    state = models.CharField("状态", max_length=12, choices=IncidentState.choices, default=IncidentState.QUEUED)
    former_state = models.CharField(max_length=12, blank=True, help_text="The state before it was merged")
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name="受理机关"
    )
    responsible_agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, verbose_name="处警机关"
    )
    station = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="派出所")
    class_code = models.CharField("警情类别", max_length=8, blank=True, db_index=True)
    level = models.PositiveSmallIntegerField("警情等级", choices=Level.choices, null=True)
    gravity = models.PositiveSmallIntegerField(default=2, help_text="4 is the gravest; for the order of the queue")
    address = models.CharField("地址", max_length=500, blank=True)
    summary = models.TextField("警情摘要", blank=True)
    picked_position = models.JSONField(null=True, help_text="The dispatcher's own pick on the map")
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    claimed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    claimed_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    reason = models.CharField("原因", max_length=500, blank=True)
    ground = models.CharField("无效事由", max_length=16, choices=Ground.choices, blank=True)
    legal_ground = models.CharField("法律依据", max_length=200, blank=True)
    closing_summary = models.TextField("办结说明", blank=True)
    round = models.PositiveSmallIntegerField(default=1)
    received_at = models.DateTimeField(default=clock.now, db_index=True)
    answered_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    departed_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    fed_back_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        verbose_name = "警情"
        verbose_name_plural = "警情"
        indexes = [
            # The queue: what is open, newest first; a desk's list; the map.
            models.Index(fields=["state", "-id"], name="incidents_by_state"),
            models.Index(fields=["agency", "-id"], name="incidents_of_an_agency"),
            models.Index(fields=["responsible_agency", "-id"], name="incidents_of_a_responsible"),
            models.Index(fields=["lat", "lon"], name="incidents_on_the_map"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def stream(self) -> str:
        """The incident's own stream, police side."""
        return incident_stream(self.id)

    @property
    def streams(self) -> tuple[str, ...]:
        """Where its events are said: its own stream, and those of the agencies that see it, up to the province."""
        codes = dict.fromkeys(self.agency.ancestor_codes)
        if self.responsible_agency is not None:
            codes |= dict.fromkeys(self.responsible_agency.ancestor_codes)
        return (self.stream, *(f"agency:{code}" for code in codes))

    @property
    def is_open(self) -> bool:
        """Whether the police are still at work on it."""
        return self.state in OPEN_INCIDENT

    @property
    def claim_is_stale(self) -> bool:
        """Whether the holder of the claim has not been heard of for too long."""
        return self.heartbeat_at is not None and clock.now() - self.heartbeat_at >= CLAIM_STALE_AFTER

    def move_to(self, state: IncidentState, *, at: datetime | None = None) -> IncidentState:
        """Change the state by the table, and stamp a stage that is reached for the first time; the old state.

        Raises `IllegalTransition`. Saves nothing.
        """
        old = IncidentState(self.state)
        check_incident_move(old, state, former=self.former_state)
        if old == IncidentState.CLOSED and state == IncidentState.ACCEPTED:
            self.closed_at = None
        self.former_state = old if state == IncidentState.MERGED else ""
        self.state = state
        stamp = INCIDENT_STAMPS.get(state)
        if stamp and getattr(self, stamp) is None:
            setattr(self, stamp, at or clock.now())
        return old


class IncidentReport(models.Model):
    """That a report belongs to an incident. An incident has one or more; a report has exactly one."""

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="links")
    report = models.OneToOneField(Report, on_delete=models.PROTECT, related_name="incident_link")
    linked_at = models.DateTimeField(default=clock.now)
    contact_tail_hash = models.CharField(
        max_length=64, blank=True, db_index=True, help_text="Of a contact phone that differs from the account's"
    )

    def __str__(self) -> str:
        return f"{self.incident_id} ← {self.report_id}"


class OrderQuerySet(models.QuerySet["Order"]):
    """Orders, selected."""

    def visible_to(self, actor: User) -> "OrderQuerySet":
        """A desk sees the orders of the incidents that it sees, a patrol those of its unit."""
        if actor.is_system:
            return self
        codes = desk_agencies(actor).values("code")
        of_desk = Q(incident__agency__in=codes) | Q(incident__responsible_agency__in=codes)
        return self.filter(of_desk | Q(unit_id=own_unit(actor)))

    def of_unit(self, unit_id: uuid.UUID | None) -> "OrderQuerySet":
        """Those given to a unit; none where there is no unit."""
        return self.filter(unit_id=unit_id) if unit_id else self.none()

    def active(self) -> "OrderQuerySet":
        """Those at which somebody is at work."""
        return self.filter(state__in=ACTIVE_ORDER)


class Order(models.Model):
    """What a unit is told to do (派警单). ``former_state`` is where it stood when a return was asked."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="orders")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="orders", db_index=False)
    state = models.CharField("状态", max_length=16, choices=OrderState.choices, default=OrderState.ISSUED)
    former_state = models.CharField(max_length=16, blank=True)
    round = models.PositiveSmallIntegerField(default=1, help_text="The incident's round in which it was issued")
    instruction = models.TextField("指令", blank=True)
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    return_reason = models.CharField("退单原因", max_length=500, blank=True)
    cancel_reason = models.CharField("撤销原因", max_length=500, blank=True)
    urged_at = models.DateTimeField(null=True)
    urge_count = models.PositiveSmallIntegerField(default=0)
    issued_at = models.DateTimeField(default=clock.now)
    signed_at = models.DateTimeField(null=True)
    departed_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    fed_back_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="Returned or cancelled")
    version = models.PositiveIntegerField(default=1)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = "派警单"
        verbose_name_plural = "派警单"
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "unit"],
                condition=Q(state__in=sorted(ACTIVE_ORDER)),
                name="one_active_order_per_unit_and_incident",
            ),
        ]
        indexes = [
            # A unit's orders, newest first; which of them keep it busy.
            models.Index(fields=["unit", "-id"], name="orders_of_a_unit"),
            models.Index(fields=["unit", "state"], name="orders_of_a_unit_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} → {self.unit_id}"

    @property
    def standing(self) -> OrderState:
        """The state by which incident and unit follow it: while a return is asked, the one before."""
        return OrderState(self.former_state if self.state == OrderState.RETURN_REQUESTED else self.state)

    def move_to(self, state: OrderState, *, at: datetime | None = None) -> OrderState:
        """Change the state by the table, and stamp a stage that is reached for the first time; the old state.

        Raises `IllegalTransition`. Saves nothing.
        """
        old = OrderState(self.state)
        check_order_move(old, state, former=self.former_state)
        self.former_state = old if state == OrderState.RETURN_REQUESTED else ""
        self.state = state
        stamp = ORDER_STAMPS.get(state)
        if stamp and getattr(self, stamp) is None:
            setattr(self, stamp, at or clock.now())
        if state in {OrderState.RETURNED, OrderState.CANCELLED}:
            self.ended_at = at or clock.now()
        return old


class Feedback(models.Model):
    """What the unit says came of an order (反馈单). One that is sent back stays, and a new one follows."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="feedbacks")
    result_code = models.CharField("处理结果", max_length=20, choices=ResultCode.choices)
    class_code = models.CharField("警情类别", max_length=8, help_text="Statistics prefer it to that of the intake")
    summary = models.TextField("处警情况")
    injured = models.PositiveIntegerField("受伤人数", null=True)
    deaths = models.PositiveIntegerField("死亡人数", null=True)
    detained = models.PositiveIntegerField("带离人数", null=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    sent_back_at = models.DateTimeField(null=True)
    sent_back_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    sent_back_reason = models.CharField("退回原因", max_length=500, blank=True)

    class Meta:
        verbose_name = "反馈单"
        verbose_name_plural = "反馈单"

    def __str__(self) -> str:
        return f"{self.order_id} {self.result_code}"


def incident_stream(incident_id: uuid.UUID) -> str:
    """The name of an incident's stream."""
    return f"incident:{incident_id}"
