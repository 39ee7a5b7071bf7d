"""The event streams, the audit trail, and the keys that were used once."""

from django.db import models

from foundation import clock, ids
from foundation.fields import EncryptedTextField
from foundation.subjects import Subject

# What the first record of an audit chain follows.
GENESIS = "0" * 64


def new_epoch() -> str:
    """A stream's epoch: changes only when a stream starts over, and makes old offsets void."""
    return ids.new_secret(6)


class Stream(models.Model):
    """A named stream and its counter row, e.g. ``incident:0190…``; ``offset`` is that of the last event."""

    name = models.CharField(max_length=120, primary_key=True)
    epoch = models.CharField(max_length=16, default=new_epoch)
    offset = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}@{self.offset}"


class StreamEvent(models.Model):
    """One event of one stream. Offsets of a stream begin at 1 and have no gaps."""

    id = models.BigAutoField(primary_key=True)
    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="events")
    offset = models.PositiveBigIntegerField()
    name = models.CharField(max_length=80)
    at = models.DateTimeField()
    data = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "offset"], name="one_event_per_offset")]

    def __str__(self) -> str:
        return f"{self.stream_id}#{self.offset} {self.name}"


class AuditChain(models.Model):
    """The head of one chain of audit records: the last number and hash. Several chains, so that deeds don't queue up."""

    name = models.CharField(max_length=20, primary_key=True)
    seq = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64, default=GENESIS)

    def __str__(self) -> str:
        return f"{self.name}@{self.seq}"


class AuditRecord(models.Model):
    """Who did or saw what, when, on which thing, and why. Append-only and hash-chained.

    ``thread`` groups what belongs to one thing's history (``incident:<id>``), whichever row was touched.
    """

    class Kind(models.TextChoices):
        CHANGE = "change", "变更"
        READ = "read", "查看"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    chain = models.CharField(max_length=20)
    seq = models.PositiveBigIntegerField()
    at = models.DateTimeField(default=clock.now)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    deed = models.CharField(max_length=80)
    actor_id = models.UUIDField(null=True)
    actor_kind = models.CharField(max_length=10)
    actor_label = models.CharField(max_length=80, blank=True)
    agency_code = models.CharField(max_length=12, blank=True)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=60)
    thread = models.CharField(max_length=120, blank=True)
    before = models.CharField(max_length=40, blank=True)
    after = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    detail = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "seq"], name="one_audit_record_per_number")]
        indexes = [
            # An incident's timeline; an auditor's question about one thing or one officer.
            models.Index(fields=["thread", "at"], name="audit_by_thread"),
            models.Index(fields=["subject_kind", "subject_id", "at"], name="audit_by_subject"),
            models.Index(fields=["actor_id", "at"], name="audit_by_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.deed} {self.subject_kind}:{self.subject_id}"


class UsedKey(models.Model):
    """A client's key, a keyed hash of what came with it, and the first answer. Emergency keys never expire.

    An answer can hold phone numbers, a citizen's words and secrets that are shown once, so it is encrypted.
    """

    id = models.BigAutoField(primary_key=True)
    owner = models.CharField(max_length=60)
    scope = models.CharField(max_length=80)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    object_id = models.CharField(max_length=60, blank=True)
    answer = EncryptedTextField(null=True, help_text="JSON text")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "scope", "key"], name="one_answer_per_key")]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"


class Deadline(models.Model):
    """Something that must happen at ``due_at``. At most one of a kind per subject; done ones stay as a trace."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    kind = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    due_at = models.DateTimeField()
    data = models.JSONField(default=dict)
    attempts = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject_kind", "subject_id"], name="one_deadline_of_a_kind")
        ]
        indexes = [
            # The sweep: open deadlines, oldest first.
            models.Index(fields=["due_at"], condition=models.Q(done_at__isnull=True), name="open_deadlines"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_kind}:{self.subject_id} {self.due_at:%F %T}"

    @property
    def subject(self) -> Subject:
        """What it is about."""
        return Subject(self.subject_kind, self.subject_id)
