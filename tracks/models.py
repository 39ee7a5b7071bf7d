"""Positions of a subject, its newest one, and what could not be placed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models

from foundation import clock, ids
from foundation.subjects import Subject
from tracks.position import Position


class OfSubject(models.QuerySet[Any]):
    """Rows that belong to a subject."""

    def of(self, subject: Subject) -> Any:
        """The rows of one subject."""
        return self.filter(subject_kind=subject.kind, subject_id=subject.id)


class FixQuerySet(OfSubject):
    """Positions, selected."""

    def after(self, last_id: int) -> "FixQuerySet":
        """What was stored after a position, in the order of storing: the replay after a gap."""
        return self.filter(id__gt=last_id).order_by("id")

    def in_time(self) -> "FixQuerySet":
        """In the order in which they were taken: the track on a map."""
        return self.order_by("at", "id")

    def plausible(self) -> "FixQuerySet":
        """Without those that can't be true."""
        return self.filter(plausible=True)


class Fix(models.Model):
    """One position of a subject. Never changed and never deleted singly; a bad one is flagged.

    ``at`` orders the track: the phone's ``fix_time``, but never later than the moment we received it, and that moment
    where the phone gave none. ``flags`` holds codes of this room (``speed``, ``zero_zero``, ``outside_china``) and
    ``<field>.<code>`` for fields that could not be read; ``plausible`` says that none of the first kind is there.
    ``original`` is the entry as it came (JSON text, at most 2 KiB), kept only where a field was wrong.
    """

    id = models.BigAutoField(primary_key=True)
    subject_kind = models.CharField(max_length=20)
    subject_id = models.UUIDField()
    source = models.CharField(max_length=80)
    at = models.DateTimeField()
    fix_time = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    seq = models.BigIntegerField(null=True)
    lon = models.FloatField(help_text="WGS-84")
    lat = models.FloatField(help_text="WGS-84")
    accuracy_m = models.FloatField(null=True)
    confidence_pct = models.FloatField(null=True)
    altitude_m = models.FloatField(null=True)
    speed_mps = models.FloatField(null=True)
    heading_deg = models.FloatField(null=True)
    provider = models.CharField(max_length=8, null=True)
    battery_pct = models.FloatField(null=True)
    raw = models.JSONField(default=dict, help_text="lon, lat and coord_type as they came")
    original = models.TextField(blank=True)
    flags: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    plausible = models.BooleanField(default=True)

    objects = FixQuerySet.as_manager()

    class Meta:
        verbose_name = "位置点"
        verbose_name_plural = "位置点"
        constraints = [
            models.UniqueConstraint(
                fields=["subject_id", "subject_kind", "source", "seq"],
                condition=models.Q(seq__isnull=False),
                name="one_fix_per_seq",
            ),
            # Without a number a point is known by its time and place; without a time (NULL) it is not known at all.
            models.UniqueConstraint(
                fields=["subject_id", "subject_kind", "source", "fix_time", "lon", "lat"],
                condition=models.Q(seq__isnull=True),
                name="one_fix_per_time_and_place",
            ),
        ]
        indexes = [
            # Replay after a gap; the track in time, and the neighbours of a late point.
            models.Index(fields=["subject_id", "subject_kind", "id"], name="fixes_by_arrival"),
            models.Index(fields=["subject_id", "subject_kind", "at", "id"], name="fixes_in_time"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind}:{self.subject_id} {self.at:%F %T}"

    @property
    def position(self) -> Position:
        """The position, without what storing added."""
        return Position(
            lon=self.lon,
            lat=self.lat,
            received_at=self.received_at,
            accuracy_m=self.accuracy_m,
            confidence_pct=self.confidence_pct,
            altitude_m=self.altitude_m,
            speed_mps=self.speed_mps,
            heading_deg=self.heading_deg,
            provider=self.provider,
            fix_time=self.fix_time,
            battery_pct=self.battery_pct,
            seq=self.seq,
            raw=self.raw,
        )

    def as_json(self) -> dict[str, Any]:
        """The output form of a position with its ``id`` (for ``after``), ``at`` and ``flags``; not its source."""
        return {
            "id": self.id,
            **self.position.as_json(),
            "at": clock.rfc3339(self.at),
            "flags": self.flags,
        }


class UnplacedFix(models.Model):
    """An entry without usable coordinates, as it came (JSON text, at most 2 KiB), so that nothing is lost."""

    id = models.BigAutoField(primary_key=True)
    subject_kind = models.CharField(max_length=20)
    subject_id = models.UUIDField()
    source = models.CharField(max_length=80)
    received_at = models.DateTimeField()
    original = models.TextField()
    digest = models.CharField(max_length=64)
    flags: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)

    objects = OfSubject.as_manager()

    class Meta:
        verbose_name = "无法定位的点"
        verbose_name_plural = "无法定位的点"
        constraints = [
            models.UniqueConstraint(
                fields=["subject_id", "subject_kind", "source", "digest"], name="one_unplaced_fix_per_content"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind}:{self.subject_id} {self.received_at:%F %T}"


class TrackHead(models.Model):
    """Where a subject is now, and what has come in: one row per subject, locked while positions are stored.

    ``newest`` is the output form of the newest plausible position by ``at``; late points never become it. ``last_seq`` is
    the highest number per source, ``heard_at`` when anything at all came in last.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    subject_kind = models.CharField(max_length=20)
    subject_id = models.UUIDField()
    newest = models.JSONField(null=True)
    newest_at = models.DateTimeField(null=True)
    newest_clock_off = models.BooleanField(default=False, help_text="Its phone's clock was ahead: the time is ours")
    last_seq: "models.JSONField[dict[str, int], dict[str, int]]" = models.JSONField(default=dict)
    stored = models.PositiveBigIntegerField(default=0)
    flagged = models.PositiveBigIntegerField(default=0)
    heard_at = models.DateTimeField(default=clock.now)

    objects = OfSubject.as_manager()

    class Meta:
        verbose_name = "当前位置"
        verbose_name_plural = "当前位置"
        constraints = [
            models.UniqueConstraint(fields=["subject_id", "subject_kind"], name="one_track_head_per_subject")
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind}:{self.subject_id}"


def current_position(subject: Subject) -> dict[str, Any] | None:
    """Where the subject is now (output form), or ``None``. Who may know is the caller's question."""
    newest: dict[str, Any] | None = TrackHead.objects.of(subject).values_list("newest", flat=True).first()
    return newest


def current_positions(subjects: Iterable[Subject]) -> dict[Subject, dict[str, Any]]:
    """Where many subjects are now, in one query per kind; those without a position are absent."""
    by_kind: dict[str, list[Any]] = {}
    for subject in subjects:
        by_kind.setdefault(subject.kind, []).append(subject.id)
    return {
        Subject(kind, subject_id): newest
        for kind, wanted in by_kind.items()
        for subject_id, newest in TrackHead.objects.filter(
            subject_kind=kind, subject_id__in=wanted, newest__isnull=False
        ).values_list("subject_id", "newest")
    }


def heard_at(subject: Subject) -> datetime | None:
    """When anything at all came in from the subject last, good or bad; ``None`` if nothing ever did."""
    moment: datetime | None = TrackHead.objects.of(subject).values_list("heard_at", flat=True).first()
    return moment


def track(subject: Subject, *, after: int = 0, limit: int = 1000) -> list[dict[str, Any]]:
    """The positions stored after a fix's ``id``, in the order of storing, bad ones included with their flags.

    For a replay after a gap: ask again with the last ``id`` until nothing comes. Late points have late ids, so sort by
    ``at`` to draw.
    """
    return [fix.as_json() for fix in Fix.objects.of(subject).after(after)[:limit]]
