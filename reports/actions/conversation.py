"""The conversation between the reporter and the police.

Both sides use the same deeds. The reporter's right is checked here; that of the police is the caller's to check
(dispatch knows who may see an incident). A closed report still takes messages: a citizen must be heard.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal

from django.db.models import QuerySet

from accounts.models import User
from foundation import clock
from foundation.errors import FieldError, Invalid, NotFound
from journal import audit, unit
from journal.idempotency import Answer, once
from reports import limits, serializers
from reports.events import MessagePosted, MessagesDelivered, MessagesRead
from reports.intake import storable
from reports.models import Message, Report
from reports.quick_codes import KNOWN

Side = Literal["reporter", "police"]


def post_message(
    actor: User,
    *,
    report_id: uuid.UUID,
    side: Side,
    text: str,
    key: str | None,
    content: Any,
    quick_codes: Sequence[str] = (),
) -> Answer:
    """Say something, once per ``key``; the answer's body is a message as the API shows it.

    ``content`` is what must be the same when the key is the same. `Invalid` names ``text`` or ``quick_codes``.
    """
    _find(actor, report_id, side)
    words = text.strip()
    _check(words, quick_codes)
    return once(
        owner=str(actor.id),
        scope=f"report.message:{report_id}",
        key=key,
        content=content,
        make=lambda: _post(actor, report_id, side, words, list(dict.fromkeys(quick_codes))),
    )


def list_messages(
    actor: User,
    *,
    report_id: uuid.UUID,
    by: Side,
    after: int = 0,
    limit: int = limits.MESSAGES_PER_PAGE,
) -> list[Message]:
    """The messages after a ``seq``, in order. Those of the other side are delivered to ``by`` by this."""
    report = _find(actor, report_id, by)
    found = list(Message.objects.filter(report=report, seq__gt=after).order_by("seq")[:limit])
    waiting = [message for message in found if message.delivered_at is None and message.side != by]
    if waiting:
        moment = _deliver(actor, report_id, by, up_to=waiting[-1].seq)
        for message in waiting:
            message.delivered_at = moment
    return found


@unit.deed
def mark_read(actor: User, *, report_id: uuid.UUID, by: Side, up_to: int) -> int:
    """The other side's messages up to this ``seq`` were read by ``by``; gives the ``seq`` up to which they are read now."""
    report = _find(actor, report_id, by, lock=True)
    theirs = _of_other_side(report, by)
    unread = theirs.filter(seq__lte=up_to, read_at=None)
    last = _last_seq(unread)
    if last:
        moment = clock.now()
        unread.filter(delivered_at=None).update(delivered_at=moment)
        unread.update(read_at=moment)
        unit.append(MessagesRead(report_id=report.id, by=by, up_to=last), report.stream)
    return _last_seq(theirs.exclude(read_at=None))


def _post(
    actor: User, report_id: uuid.UUID, side: Side, text: str, codes: list[str]
) -> tuple[object, Callable[[], dict[str, Any]]]:
    report = _find(actor, report_id, side, lock=True)
    report.message_seq += 1
    report.save(update_fields=["message_seq"])
    message = Message.objects.create(
        report=report, seq=report.message_seq, side=side, author=actor, text=text, quick_codes=codes
    )
    audit.record(actor, "report.message_posted", subject=("report", report.id), message=str(message.id), side=side)
    unit.append(MessagePosted(report_id=report.id, message_id=message.id, seq=message.seq, side=side), report.stream)
    return message.id, lambda: serializers.message(message)


@unit.deed
def _deliver(actor: User, report_id: uuid.UUID, by: Side, *, up_to: int) -> datetime:
    report = _find(actor, report_id, by, lock=True)
    moment = clock.now()
    if _of_other_side(report, by).filter(seq__lte=up_to, delivered_at=None).update(delivered_at=moment):
        unit.append(MessagesDelivered(report_id=report.id, by=by, up_to=up_to), report.stream)
    return moment


def _find(actor: User, report_id: uuid.UUID, side: Side, *, lock: bool = False) -> Report:
    """The report for this side: the reporter's own, or any for the police (whose right the caller has checked)."""
    reports = Report.objects.of(actor) if side == "reporter" else Report.objects.all()
    found = (reports.select_for_update(of=("self",)) if lock else reports).filter(id=report_id).first()
    if found is None:
        raise NotFound
    return found


def _of_other_side(report: Report, by: Side) -> QuerySet[Message]:
    """What ``by`` receives: the words of the other side, and the system's."""
    return Message.objects.filter(report=report).exclude(side=by)


def _last_seq(messages: QuerySet[Message]) -> int:
    return messages.order_by("-seq").values_list("seq", flat=True).first() or 0


def _check(text: str, codes: Sequence[str]) -> None:
    wrong = []
    if len(text) > limits.MESSAGE_CHARS:
        wrong.append(FieldError("text", "too_long", f"At most {limits.MESSAGE_CHARS} characters."))
    if storable(text) != text:
        wrong.append(FieldError("text", "characters", "Text can't hold NUL or lone surrogates."))
    if len(codes) > limits.QUICK_CODES or not KNOWN.issuperset(codes):
        wrong.append(FieldError("quick_codes", "unknown", "Use the quick codes of GET /client-config."))
    if not text and not codes:
        wrong.append(FieldError("text", "required", "A message has text or quick codes."))
    if wrong:
        raise Invalid(errors=wrong)
