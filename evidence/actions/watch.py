"""Watching a recording: a ticket for one viewer, checked again for everything it is used for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from evidence import policies
from evidence.limits import TICKET_LIFETIME
from evidence.models import PlaybackTicket, Recording, SegmentView, StoredObject
from foundation import clock, ids
from foundation.errors import NotFound
from journal import audit, unit
from journal.idempotency import once
from journal.models import AuditRecord

PLAYED = (StoredObject.Kind.INIT, StoredObject.Kind.SEGMENT)


@dataclass(frozen=True, slots=True)
class Opened:
    """A ticket and its secret, which is shown to its viewer and never stored."""

    ticket: PlaybackTicket
    token: str
    replayed: bool


def open_playback(actor: User, *, recording_id: object, reason: str, key: str | None) -> Opened:
    """A ticket for the actor to watch a recording; `NotFound` for those who may not see it.

    With a client's key the same request gets the same ticket again.
    """
    recording = visible_recording(actor, recording_id)
    token = ids.keyed_hash("playback", f"{actor.id}/{recording.id}/{key}") if key else ids.new_secret()

    def make() -> tuple[object, Callable[[], dict[str, Any]]]:
        made = _make_ticket(actor, recording=recording, reason=reason, token=token)
        return made.id, lambda: {"id": str(made.id)}

    scope = f"playback:{recording.id}"
    answer = once(owner=str(actor.id), scope=scope, key=key, content={"reason": reason}, make=make)
    return Opened(PlaybackTicket.objects.get(pk=answer.body["id"]), token, answer.replayed)


def visible_recording(actor: User, recording_id: object) -> Recording:
    """A recording that the actor may watch."""
    known = ids.parse_id(recording_id)
    recording = Recording.objects.filter(pk=known).first() if known else None
    if recording is None or not policies.may_watch(actor, recording):
        raise NotFound
    return recording


def known_recording(actor: User, recording_id: object) -> Recording:
    """A recording that the actor may know of: its owner, and whoever may watch it."""
    known = ids.parse_id(recording_id)
    recording = Recording.objects.filter(pk=known).first() if known else None
    if recording is None or not policies.may_know(actor, recording):
        raise NotFound
    return recording


def admit(token: str) -> PlaybackTicket:
    """The ticket behind a secret, if it is alive and its viewer may still watch; else `NotFound`."""
    tickets = PlaybackTicket.objects.select_related("viewer", "recording")
    ticket = tickets.filter(token_hash=ids.digest(token)).first()
    if ticket is None or ticket.expires_at <= clock.now() or not policies.may_watch(ticket.viewer, ticket.recording):
        raise NotFound
    return ticket


def find_played(ticket: PlaybackTicket, arrival: int) -> StoredObject:
    """An init or segment of the ticket's recording. Copies in conflict do not play."""
    found = ticket.recording.stored.filter(arrival=arrival, kind__in=PLAYED).first()
    if found is None:
        raise NotFound
    return found


def record_view(ticket: PlaybackTicket, segment: StoredObject) -> None:
    """Record that a segment is shown, once for each ticket. An init holds nothing to see."""
    if segment.kind == StoredObject.Kind.INIT or _was_viewed(ticket, segment):
        return
    _record_view(ticket, segment=segment)


@unit.deed
def _record_view(ticket: PlaybackTicket, *, segment: StoredObject) -> None:
    PlaybackTicket.objects.select_for_update().get(pk=ticket.pk)
    if _was_viewed(ticket, segment):
        return
    SegmentView.objects.create(ticket=ticket, segment=segment)
    audit.record(
        ticket.viewer,
        "recording.segment_viewed",
        kind=AuditRecord.Kind.READ,
        subject=("recording", ticket.recording_id),
        reason=ticket.reason,
        ticket=str(ticket.id),
        arrival=segment.arrival,
        sha256=segment.sha256,
    )


def _was_viewed(ticket: PlaybackTicket, segment: StoredObject) -> bool:
    return SegmentView.objects.filter(ticket=ticket, segment=segment).exists()


@unit.deed
def _make_ticket(actor: User, *, recording: Recording, reason: str, token: str) -> PlaybackTicket:
    now = clock.now()
    ticket = PlaybackTicket.objects.create(
        token_hash=ids.digest(token),
        viewer=actor,
        recording=recording,
        reason=reason,
        created_at=now,
        expires_at=now + TICKET_LIFETIME,
    )
    audit.record(
        actor,
        "recording.playback_opened",
        kind=AuditRecord.Kind.READ,
        subject=("recording", recording.id),
        reason=reason,
        ticket=str(ticket.id),
    )
    return ticket
