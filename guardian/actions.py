"""Asking someone to be a contact, agreeing, declining, ending.

Nothing in `ask_contact` looks up the account of the number that is asked, and nothing that the asker can see or measure
differs by it or by a refusal: that is how nobody can be found here by trying numbers.
"""

import uuid
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction

from accounts.managers import phone_hash
from accounts.models import User
from foundation import clock
from foundation.errors import Forbidden, Invalid, NotFound
from foundation.subjects import Subject
from guardian import events, models, policies
from guardian.errors import ContactExists, TooManyRequests
from guardian.models import Contact, ContactState, person_stream
from journal import audit, deadlines, unit
from journal.idempotency import Answer, once

EXPIRES = "contact.expires"


def ask_contact(
    actor: User,
    *,
    phone: str,
    label: str,
    key: str | None,
    content: Any,
    shape: Callable[[Contact], dict[str, Any]],
) -> Answer:
    """Ask the owner of a number (E.164) to be a contact, once per ``key``; ``shape`` makes the answer's body.

    `Invalid` for one's own number, `ContactExists` where the two have a live relation, `TooManyRequests` beyond
    `models.MAX_OPEN_REQUESTS`. Someone who has declined is not bothered again before the first request would have
    lapsed: a new one within that time is declined from the start, which the asker can't see.
    """

    def make() -> tuple[object, Callable[[], dict[str, Any]]]:
        contact = _ask(actor, phone=phone, label=label)
        return contact.id, lambda: shape(contact)

    return once(owner=str(actor.id), scope="contacts", key=key, content=content, make=make)


@unit.deed
def _ask(actor: User, *, phone: str, label: str) -> Contact:
    # One person's requests are made one after the other, so that the cap holds. `no_key`: rows that refer to the person,
    # a report above all, do not wait for this.
    asker = User.objects.select_for_update(of=("self",), no_key=True).get(pk=actor.pk)
    wanted = phone_hash(phone)
    if asker.phone_hash is None:
        raise Forbidden
    if wanted == asker.phone_hash:
        raise Invalid.field("phone", "own_number", "This is your own number.")
    pair = models.pair_of(asker.phone_hash, wanted)
    _make_room(actor, pair)
    if Contact.objects.open_of(asker).count() >= models.MAX_OPEN_REQUESTS:
        raise TooManyRequests
    contact = _insert(asker, phone=phone, wanted=wanted, pair=pair, label=label)
    deadlines.set_due(EXPIRES, Subject("contact", contact.id), contact.expires_at)
    _record(actor, "contact.asked", contact, before="")
    unit.append(events.ContactAsked(contact_id=contact.id), person_stream(asker.id))
    return contact


def _make_room(actor: User, pair: str) -> None:
    """End what stands in the way and need not: a lapsed request, and one that the actor has declined."""
    live = Contact.objects.select_for_update(of=("self",)).filter(pair=pair, state__in=models.LIVE).first()
    if live is None:
        return
    if live.state_now == ContactState.EXPIRED:
        _expire(live)
    elif live.state_now == ContactState.DECLINED and not live.is_asker(actor):
        _end(actor, live)
    else:
        raise ContactExists(id=live.id)


def _insert(asker: User, *, phone: str, wanted: str, pair: str, label: str) -> Contact:
    now = clock.now()
    # The query is the same whether or not it finds something, as is everything before and after.
    declined = Contact.objects.filter(asker=asker, phone_hash=wanted, quiet_until__gt=now).order_by("-quiet_until")
    quiet_until = declined.values_list("quiet_until", flat=True).first()
    contact = Contact(
        asker=asker,
        phone=phone,
        phone_hash=wanted,
        pair=pair,
        label=label,
        state=ContactState.REQUESTED if quiet_until is None else ContactState.DECLINED,
        created_at=now,
        expires_at=now + models.REQUEST_LASTS,
        quiet_until=quiet_until,
    )
    try:
        with transaction.atomic():
            contact.save(force_insert=True)
    except IntegrityError as error:
        # Both asked each other at the same moment; the other was first.
        other = Contact.objects.filter(pair=pair, state__in=models.LIVE).first()
        if other is None:
            raise
        raise ContactExists(id=other.id) from error
    return contact


@unit.deed
def accept_contact(actor: User, *, contact_id: uuid.UUID) -> Contact:
    """Agree. From now on either is the other's contact."""
    contact = _answerable(actor, contact_id)
    before = contact.move_to(ContactState.ACCEPTED)
    contact.invited, contact.answered_at = actor, clock.now()
    contact.save(update_fields=["state", "invited", "answered_at"])
    deadlines.clear(Subject("contact", contact.id), EXPIRES)
    _record(actor, "contact.accepted", contact, before=before)
    unit.append(events.ContactAccepted(contact_id=contact.id), *_both(contact))
    return contact


@unit.deed
def decline_contact(actor: User, *, contact_id: uuid.UUID) -> Contact:
    """Do not agree. The asker sees a request that waits until it expires."""
    contact = _answerable(actor, contact_id)
    _decline(actor, contact)
    return contact


@unit.deed
def end_contact(actor: User, *, contact_id: uuid.UUID) -> None:
    """Either side ends it and both lose it. To the invited, who has not answered yet, it means to decline."""
    contact = _locked(actor, contact_id)
    if contact.is_asker(actor) or contact.state_now == ContactState.ACCEPTED:
        _end(actor, contact)
    elif contact.state_now == ContactState.REQUESTED:
        _decline(actor, contact)
    else:
        raise NotFound


@unit.deed
def expire_contact(contact_id: uuid.UUID) -> None:
    """A request's time is over: called when its deadline comes."""
    contact = Contact.objects.select_for_update(of=("self",)).filter(pk=contact_id, state__in=models.OPEN).first()
    if contact is not None and contact.state_now == ContactState.EXPIRED:
        _expire(contact)


def _locked(actor: User, contact_id: uuid.UUID) -> Contact:
    rows = Contact.objects.visible_to(actor).select_for_update(of=("self",)).select_related("asker")
    contact = rows.filter(pk=contact_id).first()
    if contact is None:
        raise NotFound
    return contact


def _answerable(actor: User, contact_id: uuid.UUID) -> Contact:
    contact = _locked(actor, contact_id)
    if not policies.may_answer(actor, contact):
        raise Forbidden("The one who was asked answers.")
    return contact


def _decline(actor: User, contact: Contact) -> None:
    before = contact.move_to(ContactState.DECLINED)
    contact.invited, contact.answered_at, contact.quiet_until = actor, clock.now(), contact.expires_at
    contact.save(update_fields=["state", "invited", "answered_at", "quiet_until"])
    _record(actor, "contact.declined", contact, before=before)
    unit.append(events.ContactDeclined(contact_id=contact.id), person_stream(actor.id))


def _end(actor: User, contact: Contact) -> None:
    before = contact.move_to(ContactState.ENDED)
    contact.ended_at, contact.phone, contact.label = clock.now(), None, ""
    contact.save(update_fields=["state", "ended_at", "phone", "label"])
    deadlines.clear(Subject("contact", contact.id), EXPIRES)
    _record(actor, "contact.ended", contact, before=before)
    told = _both(contact) if before == ContactState.ACCEPTED else [person_stream(contact.asker_id)]
    unit.append(events.ContactEnded(contact_id=contact.id), *told)


def _expire(contact: Contact) -> None:
    before = contact.move_to(ContactState.EXPIRED)
    contact.save(update_fields=["state"])
    _record(User.objects.system(), "contact.expired", contact, before=before)
    unit.append(events.ContactExpired(contact_id=contact.id), person_stream(contact.asker_id))


def _both(contact: Contact) -> list[str]:
    return [person_stream(user_id) for user_id in (contact.asker_id, contact.invited_id) if user_id]


def _record(actor: User, deed: str, contact: Contact, *, before: str) -> None:
    audit.record(actor, deed, subject=("contact", contact.id), before=before, after=contact.state)
