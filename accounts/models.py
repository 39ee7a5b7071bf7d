"""People: citizens, staff and the system itself; their devices and tokens."""

from datetime import timedelta
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from knox.crypto import create_token_string, hash_token
from knox.models import AbstractAuthToken

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
    """Someone who acts. Citizens sign in by a code to their phone, staff by password and TOTP, the system never."""

    class Kind(models.TextChoices):
        CITIZEN = "citizen", "群众"
        STAFF = "staff", "民警"
        SYSTEM = "system", "系统"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.CITIZEN)
    username = models.CharField(max_length=60, unique=True, help_text="For citizens the id; people never type it.")
    display_name = models.CharField(max_length=60, blank=True)
    phone = EncryptedTextField(null=True, editable=False)
    phone_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)
    phone_tail_hash = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    agency = models.ForeignKey("geo.Agency", on_delete=models.PROTECT, null=True, blank=True, related_name="staff")
    badge_number = models.CharField(max_length=20, blank=True)
    roles: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list, blank=True)
    unit_id = models.UUIDField(
        null=True, blank=True, db_index=True, help_text="The unit (警力) that a patrol belongs to."
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="staff_have_an_agency", condition=~models.Q(kind="staff") | models.Q(agency__isnull=False)
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
        phone = self.phone
        return f"{phone[:3]}****{phone[-4:]}" if phone else ""

    def has_role(self, *roles: str) -> bool:
        """Whether this member of staff has one of the roles."""
        return self.is_staff and any(role in self.roles for role in roles)


class Device(models.Model):
    """A phone on which someone signed in."""

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
