"""Taking in what a recorder sends."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from accounts.models import User
from evidence import chain, client_lists, digests, measure, policies, storage, timeline
from evidence.actions.finish import finish_under_lock
from evidence.actions.lists import grow_live_list
from evidence.client_lists import ClientList
from evidence.errors import SecretEnded
from evidence.events import RecordingLive
from evidence.fmp4 import Timing
from evidence.limits import MAX_CLIENT_LIST_BYTES, MAX_SEGMENT_BYTES, SECRET_GRACE
from evidence.models import Recording, StoredObject
from evidence.names import Name, Sort
from evidence.sessions import Outcome, Place, place_init, place_segment
from evidence.storage import Arriving
from foundation import clock, ids
from foundation.errors import Forbidden, Invalid, NotFound, TooLarge
from journal import audit, unit

MEASURED_AFTERWARDS = 50


@dataclass(frozen=True, slots=True)
class Kept:
    """What a recorder is told: the row of these bytes, and whether they were new, the same again, or a conflict."""

    stored: StoredObject
    outcome: Outcome


def recording_to_fill(actor: User, recording_id: object) -> Recording:
    """The actor's own recording, if its subject still takes anything from the actor."""
    known = ids.parse_id(recording_id)
    recording = Recording.objects.of(actor).select_related("owner").filter(pk=known).first() if known else None
    if recording is None:
        raise NotFound
    if not policies.may_fill(actor, recording):
        raise Forbidden
    return recording


def recording_of_secret(secret: str) -> Recording:
    """The recording whose secret address this is; `SecretEnded` once it has ended with the recording."""
    recording = Recording.objects.select_related("owner").filter(secret_hash=ids.digest(secret)).first()
    if recording is None:
        raise NotFound
    if recording.secret_ends_at is not None and recording.secret_ends_at <= clock.now():
        raise SecretEnded
    return recording


def receive(
    actor: User, *, recording: Recording, name: Name, chunks: Iterable[bytes], expected_sha256: bytes | None
) -> Kept:
    """Store an init or a segment; when this returns, its bytes and its row are on disk.

    The bytes are hashed and written as they come, before any transaction. `TooLarge`, `NotMedia`, `DigestMismatch` and
    `StorageFailed` leave nothing behind.
    """
    with storage.arriving() as arriving:
        _take(arriving, chunks, MAX_SEGMENT_BYTES)
        digests.check(expected_sha256, arriving.sha256)
        data = arriving.content()
        measure.check(name, data)
        arriving.keep(storage_name(recording, name, arriving))
    return _keep(actor, recording_id=recording.id, name=name, arriving=arriving, data=data)


def note_client_list(
    actor: User, *, recording: Recording, chunks: Iterable[bytes], expected_sha256: bytes | None
) -> None:
    """Take the hints of the recorder's own list, which is not stored; its end finishes the recording."""
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > MAX_CLIENT_LIST_BYTES:
            raise TooLarge(f"A playlist has at most {MAX_CLIENT_LIST_BYTES} bytes.", limit=MAX_CLIENT_LIST_BYTES)
    digests.check(expected_sha256, digests.sha256(data))
    _note(actor, recording_id=recording.id, found=client_lists.parse(bytes(data)))


@unit.deed
def _note(actor: User, *, recording_id: uuid.UUID, found: ClientList) -> None:
    recording = Recording.objects.select_for_update().get(pk=recording_id)
    segments = timeline.segments_of(recording).filter(session=recording.session, duration_s__isnull=False)
    measured = set(segments.filter(seq__in=list(found.durations)).values_list("seq", flat=True))
    hints = {str(seq): duration for seq, duration in found.durations.items() if seq not in measured}
    if (recording.listed_from, recording.listed_to, recording.duration_hints) != (found.first, found.last, hints):
        recording.listed_from, recording.listed_to, recording.duration_hints = found.first, found.last, hints
        recording.save(update_fields=["listed_from", "listed_to", "duration_hints"])
    if found.ended:
        finish_under_lock(actor, recording, secret_ends_at=clock.now() + SECRET_GRACE)


def storage_name(recording: Recording, name: Name, arriving: Arriving) -> str:
    """Where the bytes lie: by what they are, so that the same bytes lie there once."""
    ending = {Sort.INIT: "mp4"}.get(name.sort, name.sort.value)
    return f"{recording.id}/{arriving.sha256.hex()}.{ending}"


def _take(arriving: Arriving, chunks: Iterable[bytes], limit: int) -> None:
    for chunk in chunks:
        if arriving.size + len(chunk) > limit:
            raise TooLarge(f"A segment has at most {limit} bytes; cut shorter ones.", limit=limit)
        arriving.write(chunk)
    if not arriving.size:
        raise Invalid.field("body", "empty", "There are no bytes in the body.")


@unit.deed
def _keep(actor: User, *, recording_id: uuid.UUID, name: Name, arriving: Arriving, data: bytes) -> Kept:
    """Give the bytes their place in the chain, under the recording's lock."""
    recording = Recording.objects.select_for_update().get(pk=recording_id)
    sha256 = arriving.sha256.hex()
    place = place_init(recording, sha256) if name.seq is None else place_segment(recording, name, sha256)
    if place.known is not None:
        if place.repeats_init and not recording.init_repeated:
            recording.init_repeated = True
            recording.save(update_fields=["init_repeated"])
        return Kept(place.known, place.outcome)
    if place.session > recording.session:
        _open_session(actor, recording, place.session)
    stored = _add(recording, place, name, arriving, _measured(recording, place, name, data))
    if place.outcome is Outcome.CONFLICT:
        audit.record(actor, "recording.conflict_kept", subject=("recording", recording.id), arrival=stored.arrival)
    elif name.sort is Sort.INIT:
        _measure_waiting(recording, stored)
    elif _is_first_segment(stored):
        unit.append(
            RecordingLive(
                recording_id=recording.id,
                subject_kind=recording.subject_kind,
                subject_id=recording.subject_id,
                media=recording.media,
            )
        )
    grow_live_list(recording)
    return Kept(stored, place.outcome)


def _add(recording: Recording, place: Place, name: Name, arriving: Arriving, timing: Timing) -> StoredObject:
    number = chain.INIT_SEQ if name.seq is None else name.seq
    head = chain.link(bytes.fromhex(recording.chain), arriving.sha256, number)
    recording.arrivals += 1
    recording.chain = head.hex()
    recording.save(
        update_fields=["arrivals", "chain", "session", "init_repeated", "listed_from", "listed_to", "duration_hints"]
    )
    return StoredObject.objects.create(
        recording=recording,
        arrival=recording.arrivals,
        session=place.session,
        kind=place.kind,
        seq=name.seq,
        name=name.text,
        sha256=arriving.sha256.hex(),
        chain=recording.chain,
        size=arriving.size,
        storage_name=storage_name(recording, name, arriving),
        media_type=name.media_type,
        duration_s=timing.duration_s,
        media_start_s=timing.start_s,
    )


def _open_session(actor: User, recording: Recording, session: int) -> None:
    """The recorder started again: numbers may begin again, and its list is a new one."""
    recording.session = session
    recording.init_repeated = False
    recording.listed_from = recording.listed_to = None
    recording.duration_hints = {}
    audit.record(actor, "recording.session_opened", subject=("recording", recording.id), session=session)


def _measured(recording: Recording, place: Place, name: Name, data: bytes) -> Timing:
    if name.sort is Sort.INIT:
        return measure.NOTHING
    init = timeline.inits_of(recording).get(place.session)
    return measure.segment(name.sort, data, init.storage_name if init else None)


def _measure_waiting(recording: Recording, init: StoredObject) -> None:
    """Measure the segments that came before their init."""
    waiting = timeline.segments_of(recording).filter(session=init.session, duration_s__isnull=True)
    for segment in waiting[:MEASURED_AFTERWARDS]:
        with storage.open_stored(segment.storage_name) as file:
            timing = measure.segment(Sort.FMP4, file.read(), init.storage_name)
        segment.media_start_s, segment.duration_s = timing
        segment.save(update_fields=["media_start_s", "duration_s"])


def _is_first_segment(stored: StoredObject) -> bool:
    earlier = StoredObject.objects.filter(
        recording=stored.recording_id, kind=StoredObject.Kind.SEGMENT, arrival__lt=stored.arrival
    )
    return not earlier.exists()
