"""Contacts (亲友): people who have agreed to be there for each other."""

import uuid
from datetime import timedelta
from typing import Final

from django.db import models

from accounts.models import User
from foundation import clock, ids
from foundation.errors import IllegalTransition
from foundation.fields import EncryptedTextField

REQUEST_LASTS = timedelta(days=7)
MAX_OPEN_REQUESTS = 50
LABEL_CHARS = 40


class ContactState(models.TextChoices):
    """Where a relation stands. To the asker `DECLINED` shows as `REQUESTED`, and `EXPIRED` once its time is over."""

    REQUESTED = "requested", "待同意"
    ACCEPTED = "accepted", "已同意"
    DECLINED = "declined", "已谢绝"
    EXPIRED = "expired", "已过期"
    ENDED = "ended", "已解除"


_S = ContactState

MOVES: Final[dict[ContactState, frozenset[ContactState]]] = {
    _S.REQUESTED: frozenset({_S.ACCEPTED, _S.DECLINED, _S.EXPIRED, _S.ENDED}),
    _S.ACCEPTED: frozenset({_S.ENDED}),
    _S.DECLINED: frozenset({_S.EXPIRED, _S.ENDED}),
    _S.EXPIRED: frozenset({_S.ENDED}),
    _S.ENDED: frozenset(),
}

# To the asker these are open alike, so they count and stand in the way alike.
OPEN: Final = (_S.REQUESTED, _S.DECLINED)
LIVE: Final = (*OPEN, _S.ACCEPTED)


class ContactQuerySet(models.QuerySet["Contact"]):
    """Contacts, selected."""

    def visible_to(self, actor: User) -> "ContactQuerySet":
        """Those that the actor asked for, or was invited to, by the number signed in with; until they have ended.

        The number is compared now and not when the request was made: it may have had no account then.
        """
        invited = models.Q(invited=actor)
        if actor.phone_hash:
            invited |= models.Q(phone_hash=actor.phone_hash, invited=None)
        return self.filter(models.Q(asker=actor) | invited).exclude(state=_S.ENDED)

    def listed_for(self, actor: User) -> "ContactQuerySet":
        """What the actor's list shows: to the invited neither what they declined nor what has expired."""
        waiting = models.Q(state=_S.REQUESTED, expires_at__gt=clock.now())
        return self.visible_to(actor).filter(models.Q(asker=actor) | waiting | models.Q(state=_S.ACCEPTED))

    def open_of(self, asker: User) -> "ContactQuerySet":
        """The asker's requests that seem to wait for an answer."""
        return self.filter(asker=asker, state__in=OPEN, expires_at__gt=clock.now())


class Contact(models.Model):
    """A relation between two people: one asked a phone number, the one who signs in with it may agree.

    Nothing here tells the asker whether the number has an account, until its owner has accepted: ``invited`` is set by
    the answer only.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    asker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    invited = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    phone = EncryptedTextField(null=True, help_text="E.164, as asked for; forgotten when it has ended")
    phone_hash = models.CharField(max_length=64, db_index=True, editable=False)
    pair = models.CharField(max_length=64, editable=False, help_text="The same for both directions")
    label = models.CharField("称呼", max_length=LABEL_CHARS, blank=True, help_text="The asker's word for the other")
    state = models.CharField("状态", max_length=10, choices=ContactState.choices, default=ContactState.REQUESTED)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(help_text="When an unanswered request lapses")
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    quiet_until = models.DateTimeField(null=True, help_text="The invited, who declined, is not asked again before")

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = "亲友"
        verbose_name_plural = "亲友"
        constraints = [
            models.UniqueConstraint(
                fields=["pair"], condition=models.Q(state__in=LIVE), name="one_live_contact_per_pair"
            ),
            models.CheckConstraint(
                name="accepted_by_someone", condition=~models.Q(state="accepted") | models.Q(invited__isnull=False)
            ),
        ]
        indexes = [
            # Both halves of a person's list.
            models.Index(fields=["asker", "-id"], name="contacts_of_an_asker"),
            models.Index(fields=["invited", "-id"], name="contacts_of_an_invited"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"

    @property
    def state_now(self) -> ContactState:
        """The state, with a request whose time is over already expired, whether or not the sweep has come by."""
        state = ContactState(self.state)
        return _S.EXPIRED if state in OPEN and self.expires_at <= clock.now() else state

    def state_shown_to(self, person: User) -> ContactState:
        """The state as this side may know it: a refusal looks to the asker as if nobody had answered."""
        state = self.state_now
        return _S.REQUESTED if state == _S.DECLINED and self.is_asker(person) else state

    def is_asker(self, person: User) -> bool:
        """Whether this person asked; the other side was invited."""
        return self.asker_id == person.pk

    def move_to(self, state: ContactState) -> ContactState:
        """Change the state by the table; the old one. Raises `IllegalTransition`. Saves nothing."""
        # A lapsed row may still say that it is open: what it is now decides, except for the move that says so.
        old = ContactState(self.state) if state == _S.EXPIRED else self.state_now
        if state not in MOVES[old]:
            raise IllegalTransition(f"A contact that is {old} can't become {state}.")
        self.state = state
        return old


def pair_of(one: str, other: str) -> str:
    """What two phone hashes have in common, whoever asks whom."""
    return ids.keyed_hash("contact-pair", ":".join(sorted((one, other))))


def person_stream(user_id: uuid.UUID) -> str:
    """The name of the stream of what happens between this person and others."""
    return f"person:{user_id}"
