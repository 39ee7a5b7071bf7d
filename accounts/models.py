"""People: citizens, staff and the system itself; their devices and tokens."""

from datetime import timedelta
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from knox.crypto import create_token_string, hash_token
from knox.models import AbstractAuthToken

from accounts import phones
from accounts.managers import UserManager
from foundation import clock, ids
from foundation.fields import EncryptedTextField


class Role(models.TextChoices):
    """What a member of staff may do. One person can have several."""

    CALL_TAKER = "call_taker", "接警员"
    DISPATCHER = "dispatcher", "派警员"
    SUPERVISOR = "supervisor", "班长"
    PATROL = "patrol", "巡警"
    PUBLISHER = "publisher", "寻人发布员"
    APPROVER = "approver", "审批员"
    TIPS = "tips", "线索民警"
    AUDITOR = "auditor", "审计员"
    PRESS = "press", "新闻办"
    ADMIN = "admin", "系统管理员"


class User(AbstractBaseUser, PermissionsMixin):
    """Someone who acts. Citizens sign in by a code to their phone, staff by password and TOTP, the system never.

    ``version`` counts the edits of the profile; it is the row's ETag.
    """

    class Kind(models.TextChoices):
        CITIZEN = "citizen", "群众"
        STAFF = "staff", "民警"
        SYSTEM = "system", "系统"

    class Language(models.TextChoices):
        """What the app and its messages speak to this person."""

        CHINESE = "zh-hans", "简体中文"
        ENGLISH = "en", "English"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    kind = models.CharField("类别", max_length=10, choices=Kind.choices, default=Kind.CITIZEN)
    username = models.CharField("用户名", max_length=60, unique=True, help_text="群众的用户名即编号，无需输入。")
    display_name = models.CharField("姓名", max_length=60, blank=True)
    language = models.CharField("语言", max_length=10, choices=Language.choices, default=Language.CHINESE)
    phone = EncryptedTextField("手机号", null=True, editable=False)
    phone_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)
    phone_tail_hash = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    agency = models.ForeignKey(
        "geo.Agency", on_delete=models.PROTECT, null=True, blank=True, related_name="staff", verbose_name="公安机关"
    )
    badge_number = models.CharField("警号", max_length=20, blank=True)
    roles: "models.JSONField[list[str], list[str]]" = models.JSONField("岗位", default=list, blank=True)
    unit_id = models.UUIDField("警力", null=True, blank=True, db_index=True, help_text="巡警所属警力的编号。")
    is_active = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField("注册时间", default=clock.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = "人员"
        verbose_name_plural = "人员"
        constraints = [
            models.CheckConstraint(
                name="staff_have_an_agency", condition=~models.Q(kind="staff") | models.Q(agency__isnull=False)
            ),
            # A code by SMS must never open the account of staff, who need a password and a second factor.
            models.CheckConstraint(
                name="only_citizens_have_a_phone",
                condition=models.Q(kind="citizen") | models.Q(phone_hash__isnull=True),
            ),
            models.UniqueConstraint(fields=["badge_number"], condition=~models.Q(badge_number=""), name="one_badge"),
        ]

    def __str__(self) -> str:
        return self.audit_label

    @property
    def is_staff(self) -> bool:
        """Django's word for “may sign in to the admin”."""
        return self.kind == self.Kind.STAFF

    @property
    def is_citizen(self) -> bool:
        """Whether this is a member of the public."""
        return self.kind == self.Kind.CITIZEN

    @property
    def is_system(self) -> bool:
        """Whether this is the service acting by itself."""
        return self.kind == self.Kind.SYSTEM

    @property
    def audit_label(self) -> str:
        """Who it was, for the trail: a user name for staff, never a phone number."""
        if self.is_citizen:
            return "citizen"
        return f"{self.username} {self.display_name}".strip()

    @property
    def agency_code(self) -> str:
        """The agency's 12-digit code, or ``""`` for those who have none."""
        return self.agency_id or ""

    @property
    def masked_phone(self) -> str:
        """The phone number as others may see it: ``138****1234``."""
        return phones.masked(self.phone)

    def has_role(self, *roles: str) -> bool:
        """Whether this member of staff has one of the roles."""
        return self.is_staff and any(role in self.roles for role in roles)


class Device(models.Model):
    """A phone, or other client, on which someone signed in. Every sign-in has its own."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="devices")
    name = models.CharField(max_length=80, blank=True)
    platform = models.CharField(max_length=40, blank=True)
    app_version = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name or str(self.id)


class Token(AbstractAuthToken):
    """A revocable opaque token: the database holds its hash only. ``public_id`` names it to its owner."""

    public_id = models.UUIDField(default=ids.new_id, unique=True, editable=False)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, null=True, related_name="tokens")

    def __str__(self) -> str:
        return str(self.public_id)

    @classmethod
    def issue(
        cls,
        user: User,
        *,
        device: Device | None = None,
        expires_in: timedelta | None = None,
        text: str | None = None,
    ) -> "tuple[Token, str]":
        """A new token and its text, which is shown once. Without ``expires_in`` it ends by revocation only.

        ``text`` is a secret of full entropy where the caller has derived one; otherwise it is random.
        """
        text = text or create_token_string()
        digest = hash_token(text)
        expiry = clock.now() + expires_in if expires_in is not None else None
        # Knox looks tokens up by their first characters and would keep those in clear; we look up by the whole hash.
        token = cls(digest=digest, token_key=digest[:15], user=user, device=device, expiry=expiry)
        token.save(force_insert=True)
        return token, text

    @property
    def is_expired(self) -> bool:
        """Whether its time is over; a citizen's token has none."""
        return self.expiry is not None and self.expiry <= clock.now()


class SmsChallenge(models.Model):
    """A code that was sent to a phone: the question, and a keyed hash of the answer. It serves once.

    Whoever repeats a sign-in whose answer was lost, with the same key, is given the same token again: ``token`` and the
    two hashes say which key and which content the challenge was used with.
    """

    id = models.UUIDField(primary_key=True, default=ids.random_id, editable=False)
    phone = EncryptedTextField()
    code_hash = models.CharField(max_length=64, help_text="Keyed, and bound to this row's id")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Wrong answers so far")
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    token = models.ForeignKey(Token, on_delete=models.SET_NULL, null=True, related_name="+")
    key_hash = models.CharField(max_length=64, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        # Old challenges are deleted by age.
        indexes = [models.Index(fields=["expires_at"], name="challenges_by_age")]

    def __str__(self) -> str:
        return str(self.id)


class CodeAllowance(models.Model):
    """When codes were last sent to a number, whoever's it is. Its lock makes two requests at once wait for each other."""

    phone_hash = models.CharField(max_length=64, primary_key=True)
    sent: "models.JSONField[list[float], list[float]]" = models.JSONField(
        default=list, help_text="Unix times within the last day, oldest first"
    )
    last_at = models.DateTimeField(default=clock.now)

    class Meta:
        # Old ones are deleted by age.
        indexes = [models.Index(fields=["last_at"], name="allowances_by_age")]

    def __str__(self) -> str:
        return f"{len(self.sent)} today"


class SmsOutbox(models.Model):
    """A message that shall be sent: written with what caused it, sent after the commit, at least once.

    Phone and text are encrypted, and gone once it has been sent. ``due_at`` is when it is tried (again); while a process
    sends it, that lies in the future, so that another takes it over only if the first died.
    """

    id = models.UUIDField(primary_key=True, default=ids.random_id, editable=False)
    phone = EncryptedTextField(null=True)
    text = EncryptedTextField(null=True)
    created_at = models.DateTimeField(default=clock.now)
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="Of no use to anybody after this")
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # The sweep: what is still to be sent.
            models.Index(fields=["due_at"], condition=models.Q(sent_at__isnull=True), name="sms_to_send"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class SignInFailures(models.Model):
    """Failed sign-ins of one user name from one address, known or not; a keyed hash of the two is the key."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(default=clock.now)

    class Meta:
        # Old ones are deleted by age.
        indexes = [models.Index(fields=["last_at"], name="failures_by_age")]

    def __str__(self) -> str:
        return f"{self.count} failures"
