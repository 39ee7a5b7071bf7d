"""Contacts (亲友): who has asked whom, and who has agreed."""

import uuid
from datetime import datetime
from typing import Final

from django.db import models
from django.db.models import Q

from accounts.models import User
from foundation import clock, ids
from foundation.errors import IllegalTransition
from foundation.fields import EncryptedTextField
from guardian import limits


class ContactState(models.TextChoices):
    """Where it stands. What the asker is told of it is `Contact.state_for_asker`."""

    REQUESTED = "requested", "待确认"
    ACCEPTED = "accepted", "已同意"
    DECLINED = "declined", "已拒绝"
    EXPIRED = "expired", "已过期"
    ENDED = "ended", "已解除"


_S = ContactState

# From each state to those that may follow. A declined request lives on, as an open one does, because the asker must not
# see the difference: it can be withdrawn, and it expires.
CONTACT_MOVES: Final[dict[ContactState, frozenset[ContactState]]] = {
    _S.REQUESTED: frozenset({_S.ACCEPTED, _S.DECLINED, _S.EXPIRED, _S.ENDED}),
    _S.ACCEPTED: frozenset({_S.ENDED}),
    _S.DECLINED: frozenset({_S.EXPIRED, _S.ENDED}),
    _S.EXPIRED: frozenset(),
    _S.ENDED: frozenset(),
}
# Not accepted, as far as the asker knows; and all that the asker has.
OPEN: Final = (_S.REQUESTED, _S.DECLINED)
LIVE: Final = (*OPEN, _S.ACCEPTED)


class ContactQuerySet(models.QuerySet["Contact"]):
    """Contacts, selected. ``at`` is the moment by which expiry is judged."""

    def asked_by(self, person: User) -> "ContactQuerySet":
        """What this person has asked for and still has; expired requests too, until they are deleted or asked again."""
        return self.filter(asker=person, state__in=LIVE)

    def visible_to(self, person: User, *, at: datetime) -> "ContactQuerySet":
        """What is in this person's list: what they asked for, open requests to their number, and what they agreed to."""
        return self.filter(
            Q(asker=person, state__in=LIVE)
            | Q(phone_hash=person.phone_hash, state=_S.REQUESTED, expires_at__gt=at)
            | Q(invited=person, state=_S.ACCEPTED)
        )

    def put_to(self, person: User) -> "ContactQuerySet":
        """Requests to this person's number, answered or not, as long as the asker has them."""
        return self.filter(phone_hash=person.phone_hash, state__in=LIVE)

    def open_at(self, at: datetime) -> "ContactQuerySet":
        """Requests that look open to the asker."""
        return self.filter(state__in=OPEN, expires_at__gt=at)


def default_expiry() -> datetime:
    """When a request made now expires."""
    return clock.now() + limits.REQUEST_LIFETIME


class Contact(models.Model):
    """One person's request to another, and what became of it.

    ``phone`` (E.164) and ``label`` are the asker's words and are never shown to anyone else. Nobody is looked up when the
    request is made: the person behind the number is found by ``phone_hash`` when *they* read, so that a number without an
    account is treated as any other, and one that registers later sees the request. ``invited`` is set by acceptance.

    When it has ended or expired, the number and the label are removed; the hash stays, so that a decline holds for a
    while (`actions`).
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    asker = models.ForeignKey(User, on_delete=models.CASCADE, related_name="contacts_asked")
    invited = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="contacts_agreed")
    phone = EncryptedTextField(null=True)
    phone_hash = models.CharField(max_length=64)
    label = EncryptedTextField(null=True)
    state = models.CharField(max_length=10, choices=ContactState.choices, default=ContactState.REQUESTED)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(default=default_expiry)
    declined_at = models.DateTimeField(null=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = "亲友"
        verbose_name_plural = "亲友"
        constraints = [
            models.UniqueConstraint(
                fields=["asker", "phone_hash"], condition=Q(state__in=LIVE), name="one_live_contact_per_number"
            ),
            models.CheckConstraint(
                name="accepted_by_someone", condition=~Q(state="accepted") | Q(invited__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["asker", "-id"], name="contacts_of_an_asker"),
            # Requests to the number of the one who reads.
            models.Index(fields=["phone_hash"], condition=Q(state__in=LIVE), name="contacts_by_number"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"

    def move_to(self, state: ContactState) -> str:
        """Change the state as the table allows, in memory; gives the former one."""
        if state not in CONTACT_MOVES[ContactState(self.state)]:
            raise IllegalTransition(f"A contact can't go from {self.state} to {state}.")
        before, self.state = self.state, state
        return before

    def forget(self) -> None:
        """Remove the number and the asker's word for its owner, in memory: nobody needs them any more."""
        self.phone = self.label = None

    def is_expired(self, at: datetime) -> bool:
        """Whether it is an open request whose time is over."""
        return self.state in OPEN and self.expires_at <= at

    def state_for_asker(self, at: datetime) -> str:
        """The state as the asker may know it: a declined request looks open until it expires."""
        if self.is_expired(at):
            return ContactState.EXPIRED
        return ContactState.REQUESTED if self.state == ContactState.DECLINED else self.state


def person_stream(person_id: uuid.UUID) -> str:
    """The name of a person's stream."""
    return f"person:{person_id}"
