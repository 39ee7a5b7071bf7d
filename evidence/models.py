"""Recordings, what was stored for them, what viewers were shown, and the tickets that let viewers in."""

import uuid

from django.db import models
from django.db.models import Q

from accounts.models import User
from evidence import chain
from evidence.limits import TARGET_DURATION_S
from foundation import clock, ids
from foundation.errors import IllegalTransition
from foundation.subjects import Subject


class RecordingQuerySet(models.QuerySet["Recording"]):
    """Recordings, selected."""

    def of(self, owner: User) -> "RecordingQuerySet":
        """The recordings that this person makes."""
        return self.filter(owner=owner)

    def about(self, subject: Subject) -> "RecordingQuerySet":
        """The recordings of a report or journey, in the order in which they were started."""
        return self.filter(subject_kind=subject.kind, subject_id=subject.id).order_by("id")


class Recording(models.Model):
    """Sound or pictures that stream in while they are recorded.

    It is about a subject that only the rooms above know. ``chain`` and ``arrivals`` say how far the hash chain is; they
    change under the row's lock only. ``session`` counts the recorder's starts: numbers are unique within a session.
    """

    class Media(models.TextChoices):
        VIDEO = "video", "视频"
        AUDIO = "audio", "音频"

    class State(models.TextChoices):
        OPEN = "open", "录制中"
        FINISHED = "finished", "已结束"

    MOVES = {State.OPEN: {State.FINISHED}, State.FINISHED: set()}

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    subject_kind = models.CharField(max_length=20)
    subject_id = models.UUIDField()
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="recordings")
    media = models.CharField(max_length=5, choices=Media.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    started_at = models.DateTimeField(help_text="The phone's time")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    finished_at = models.DateTimeField(null=True)
    target_duration_s = models.PositiveSmallIntegerField(default=TARGET_DURATION_S)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    secret_ends_at = models.DateTimeField(null=True)
    chain = models.CharField(max_length=64, help_text="Head of the chain, hex")
    arrivals = models.PositiveIntegerField(default=0, help_text="Number of the last object stored")
    session = models.PositiveIntegerField(default=1)
    init_repeated = models.BooleanField(default=False, help_text="The session's init came again after segments")
    listed_from = models.BigIntegerField(null=True, help_text="First number in the client's own list, this session")
    listed_to = models.BigIntegerField(null=True, help_text="Last number in the client's own list, this session")
    duration_hints = models.JSONField(default=dict, help_text="Number → seconds, from the client's list")
    live_ended_at = models.DateTimeField(null=True, help_text="The live list has its end; nothing is added to it")
    version = models.PositiveIntegerField(default=1)

    objects = RecordingQuerySet.as_manager()

    class Meta:
        verbose_name = "录音录像"
        verbose_name_plural = "录音录像"
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="recordings_of_a_subject")]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def subject(self) -> Subject:
        """What it is about."""
        return Subject(self.subject_kind, self.subject_id)

    def move_to(self, state: str) -> None:
        """Change the state in memory where the table allows it."""
        if state not in self.MOVES[self.State(self.state)]:
            raise IllegalTransition(f"A recording can't go from {self.state} to {state}.")
        self.state = state


class StoredObject(models.Model):
    """An init or a segment as it arrived. Rows are added, never deleted, and what arrived is never changed.

    ``seq`` is the number in the name; an init has none (null here, 2^64−1 outside: `number`). ``duration_s`` and
    ``media_start_s`` are our own measurements, null where nothing could be measured (yet: a segment can come before
    its init).
    """

    class Kind(models.TextChoices):
        INIT = "init", "初始化段"
        SEGMENT = "segment", "分段"
        CONFLICT = "conflict", "同号不同内容的副本"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="stored")
    arrival = models.PositiveIntegerField()
    session = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    seq = models.BigIntegerField(null=True)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    chain = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    storage_name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=40)
    duration_s = models.FloatField(null=True)
    media_start_s = models.FloatField(null=True, help_text="Start on the recorder's own clock")
    received_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recording", "arrival"], name="one_object_per_arrival"),
            models.UniqueConstraint(
                fields=["recording", "session", "seq"], condition=Q(kind="segment"), name="one_segment_per_number"
            ),
            models.UniqueConstraint(
                fields=["recording", "session"], condition=Q(kind="init"), name="one_init_per_session"
            ),
            models.CheckConstraint(
                condition=Q(kind="init", seq__isnull=True) | (~Q(kind="init") & Q(seq__gte=0)),
                name="only_an_init_has_no_number",
            ),
        ]
        indexes = [
            # “Was this number stored before, in any session?”, asked for every upload.
            models.Index(fields=["recording", "seq"], name="stored_by_number"),
            # The segments in the order in which they play, and a session's init.
            models.Index(fields=["recording", "kind", "session", "seq"], name="stored_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.recording_id}#{self.arrival} {self.name}"

    @property
    def number(self) -> int:
        """The number as the API and the chain know it."""
        return chain.INIT_SEQ if self.seq is None else self.seq


class PlaylistEntry(models.Model):
    """A line of the live list as viewers were shown it. Rows are only added, so the list only grows.

    ``gap`` stands for a segment that had not come when it was given up; a late one shows in the final list only.
    """

    class Kind(models.TextChoices):
        SEGMENT = "segment", "分段"
        GAP = "gap", "缺失"

    id = models.BigAutoField(primary_key=True)
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="entries")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    session = models.PositiveIntegerField()
    seq = models.BigIntegerField()
    segment = models.OneToOneField(StoredObject, on_delete=models.PROTECT, null=True, related_name="entry")
    init = models.ForeignKey(StoredObject, on_delete=models.PROTECT, null=True, related_name="+")
    duration_s = models.FloatField()
    program_date_time = models.DateTimeField()
    discontinuity = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recording", "position"], name="one_entry_per_position")]

    def __str__(self) -> str:
        return f"{self.recording_id}[{self.position}] {self.kind} {self.seq}"


class PlaybackTicket(models.Model):
    """Lets one viewer watch one recording for some hours. The token stands in the path; its hash is stored."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    viewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="tickets")
    reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.id)


class SegmentView(models.Model):
    """That a segment was sent to the holder of a ticket: the first time only, so that a record is made once."""

    id = models.BigAutoField(primary_key=True)
    ticket = models.ForeignKey(PlaybackTicket, on_delete=models.PROTECT, related_name="views")
    segment = models.ForeignKey(StoredObject, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "segment"], name="one_view_per_ticket_and_segment")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.segment_id}"


def ingest_secret(recording_id: uuid.UUID) -> str:
    """The secret of a recording's ingest address: derived, so that a repeated request gets it again unstored."""
    return ids.keyed_hash("ingest", str(recording_id))
