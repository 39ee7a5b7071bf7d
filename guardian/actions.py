"""Asking someone to be a contact, and what both may do about it.

Nobody can be found by guessing numbers: until the other person accepts, nothing that the asker can see depends on whether
the number has an account, or on what its owner did. So a declined request looks open, counts as open, stands in the way of
another one and expires as an open one does; and two people who ask each other have two requests, which tell nothing of
each other. Nor does the work done depend on it, which could be timed: the same statements write the same rows.
"""

import uuid
from collections.abc import Callable
from datetime import datetime
from math import ceil
from typing import Any

from accounts import phones
from accounts.managers import phone_hash
from accounts.models import User
from foundation import clock
from foundation.errors import Invalid, NotFound
from guardian import limits, serializers
from guardian.errors import AlreadyAsked, RequestExpired, TooManyOpenRequests
from guardian.events import ContactAccepted, ContactDeclined, ContactEnded, ContactRequested
from guardian.models import Contact, ContactQuerySet, ContactState, person_stream
from journal import audit, unit
from journal.idempotency import Answer, once


def request(actor: User, *, phone: str, label: str, key: str | None, content: Any) -> Answer:
    """Ask the person behind a number to be a contact, once per ``key``; the answer's body is a contact as the API shows it.

    ``phone`` in any usual spelling; ``content`` is what must be the same when the key is the same. `Invalid` names
    ``phone``; `AlreadyAsked`, `TooManyOpenRequests`.
    """
    number = phones.parse(phone)
    if phone_hash(number) == actor.phone_hash:
        raise Invalid.field("phone", "own_phone", "This is your own number.")
    made = once(
        owner=str(actor.id),
        scope="contact",
        key=key,
        content=content,
        make=lambda: _request(actor, number, label),
    )
    # The stored answer holds neither: what the same content says is the same.
    return Answer({**made.body, "phone": number, "label": label}, replayed=made.replayed)


@unit.deed
def accept(actor: User, *, contact_id: uuid.UUID) -> Contact:
    """Agree to be the asker's contact. Accepting again changes nothing and tells nobody.

    `NotFound`; `RequestExpired`; `IllegalTransition` where it was declined.
    """
    contact = _lock(Contact.objects.put_to(actor), contact_id)
    if contact.state == ContactState.ACCEPTED:
        return contact
    _refuse_expired(contact, clock.now())
    before = contact.move_to(ContactState.ACCEPTED)
    contact.invited = actor
    contact.save(update_fields=["state", "invited"])
    _record(actor, "contact.accepted", contact, before)
    unit.append(ContactAccepted(contact_id=contact.id), person_stream(contact.asker_id), person_stream(actor.id))
    return contact


@unit.deed
def decline(actor: User, *, contact_id: uuid.UUID) -> Contact:
    """Do not become the asker's contact; the asker is not told. Declining again changes nothing.

    `NotFound`; `RequestExpired`; `IllegalTransition` where it was accepted: that is ended instead.
    """
    contact = _lock(Contact.objects.put_to(actor), contact_id)
    if contact.state != ContactState.DECLINED:
        _refuse_expired(contact, clock.now())
        _decline(actor, contact)
    return contact


@unit.deed
def end(actor: User, *, contact_id: uuid.UUID) -> None:
    """Take it out of both people's lists, whichever of them it is. `NotFound` where it is not in the actor's.

    An open request is withdrawn by the asker; the invited person's removal of one is a decline, since the asker would
    otherwise see that somebody has read it.
    """
    contact = _lock(Contact.objects.visible_to(actor, at=clock.now()), contact_id)
    if contact.asker_id != actor.id and contact.state == ContactState.REQUESTED:
        _decline(actor, contact)
        return
    # Whoever has not accepted is not looked up here either, see `_request`.
    told = [person_id for person_id in (contact.asker_id, contact.invited_id) if person_id is not None]
    before = contact.move_to(ContactState.ENDED)
    contact.forget()
    contact.save(update_fields=["state", "phone", "label"])
    _record(actor, "contact.ended", contact, before)
    unit.append(ContactEnded(contact_id=contact.id), *map(person_stream, told))


def _request(actor: User, phone: str, label: str) -> tuple[object, Callable[[], dict[str, Any]]]:
    # One request of a person at a time, so that the cap holds; without a key lock, so that no report of theirs waits.
    User.objects.select_for_update(no_key=True).get(id=actor.id)
    now = clock.now()
    hashed = phone_hash(phone)
    asked = Contact.objects.asked_by(actor)
    earlier = asked.select_for_update().filter(phone_hash=hashed).first()
    if earlier is not None:
        if not earlier.is_expired(now):
            raise AlreadyAsked(id=str(earlier.id))
        _expire(actor, earlier)
    _refuse_too_many(asked.open_at(now), now)
    declined_at = _decline_that_holds(actor, hashed, now)
    contact = Contact.objects.create(
        asker=actor,
        phone=phone,
        phone_hash=hashed,
        label=label,
        state=ContactState.DECLINED if declined_at else ContactState.REQUESTED,
        created_at=now,
        expires_at=now + limits.REQUEST_LIFETIME,
        declined_at=declined_at,
    )
    # As the asker knows it: the trail of a declined one begins as that of any other.
    audit.record(actor, "contact.requested", subject=("contact", contact.id), after=ContactState.REQUESTED)
    # The person behind the number is not told here: one more stream to write to would take time that tells of them.
    unit.append(ContactRequested(contact_id=contact.id), person_stream(actor.id))
    return contact.id, lambda: serializers.stored_answer(contact, actor, now)


def _decline_that_holds(actor: User, hashed: str, now: datetime) -> datetime | None:
    """When this number declined the actor, as long as that holds: withdrawing and asking again does not get round it."""
    declined = Contact.objects.filter(asker=actor, phone_hash=hashed, declined_at__gt=now - limits.REQUEST_LIFETIME)
    return declined.order_by("-declined_at").values_list("declined_at", flat=True).first()


def _decline(actor: User, contact: Contact) -> None:
    before = contact.move_to(ContactState.DECLINED)
    contact.declined_at = clock.now()
    contact.save(update_fields=["state", "declined_at"])
    _record(actor, "contact.declined", contact, before)
    unit.append(ContactDeclined(contact_id=contact.id), person_stream(actor.id))


def _expire(actor: User, contact: Contact) -> None:
    """Settle a request whose time is over, to make room for another."""
    before = contact.move_to(ContactState.EXPIRED)
    contact.forget()
    contact.save(update_fields=["state", "phone", "label"])
    _record(actor, "contact.expired", contact, before)


def _refuse_expired(contact: Contact, now: datetime) -> None:
    if contact.is_expired(now):
        raise RequestExpired


def _refuse_too_many(open_requests: ContactQuerySet, now: datetime) -> None:
    expiries = list(open_requests.order_by("expires_at").values_list("expires_at", flat=True))
    if len(expiries) >= limits.OPEN_REQUESTS:
        raise TooManyOpenRequests(retry_after=ceil((expiries[0] - now).total_seconds()))


def _lock(contacts: ContactQuerySet, contact_id: uuid.UUID) -> Contact:
    found = contacts.select_for_update(of=("self",)).select_related("asker").filter(id=contact_id).first()
    if found is None:
        raise NotFound
    return found


def _record(actor: User, deed: str, contact: Contact, before: str) -> None:
    audit.record(actor, deed, subject=("contact", contact.id), before=before, after=contact.state)
