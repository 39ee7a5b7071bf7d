"""Text messages: the gateway that sends them, and the outbox that makes sure they are sent.

A deed calls `post` in its transaction; after the commit a thread sends the message. What was not sent (gateway down,
process gone) is tried again by `deliver_due`, which every later message calls, and which a worker may call.
"""

import functools
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import close_old_connections, connection, transaction
from django.utils.module_loading import import_string

from accounts import phones
from accounts.models import SmsOutbox
from foundation import clock

log = structlog.get_logger(__name__)

# A process that sends a message has this long; then another may take it over. Gateways must give up earlier.
LEASE = timedelta(seconds=30)
BATCH = 20
# What was sent is kept for a day, without number and text, to answer "was it sent?".
KEEP_FOR = timedelta(days=1)


class Gateway:
    """Sends text messages. ``settings.SMS_GATEWAY`` names the class; it is made without arguments."""

    def send(self, phone: str, text: str) -> None:
        """Send ``text`` to a number in E.164; raise if it was not accepted. Give up within 20 s. Runs in a thread."""
        raise NotImplementedError


class ConsoleGateway(Gateway):
    """Prints messages on the server's console instead of sending them: for development, refused in production."""

    def send(self, phone: str, text: str) -> None:
        """Print it, with the number masked."""
        if settings.CONFIG.production:
            msg = "SMS_GATEWAY: the console gateway does not send in MODE=production"
            raise RuntimeError(msg)
        sys.stderr.write(f"SMS → {phones.masked(phone)}: {text}\n")


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="sms")


def gateway() -> Gateway:
    """The gateway of the settings."""
    made: Gateway = import_string(settings.SMS_GATEWAY)()
    return made


def post(phone: str, text: str, *, expires_at: datetime) -> None:
    """Write a message to the outbox, inside a transaction; it is sent after the commit."""
    row = SmsOutbox.objects.create(phone=phone, text=text, expires_at=expires_at, due_at=clock.now() + LEASE)
    transaction.on_commit(functools.partial(_pool().submit, _deliver_in_thread, row.pk), robust=True)


def deliver_due() -> int:
    """Try again what is still to be sent, and forget what is of no use any more; how many were sent. Idempotent."""
    now = clock.now()
    SmsOutbox.objects.filter(sent_at=None, expires_at__lte=now).delete()
    SmsOutbox.objects.filter(expires_at__lte=now - KEEP_FOR).delete()
    due = SmsOutbox.objects.filter(sent_at=None, due_at__lte=now).order_by("due_at").values_list("pk", flat=True)
    return sum(_deliver(pk) for pk in list(due[:BATCH]) if _lease(pk, now))


def _lease(pk: UUID, now: datetime) -> bool:
    """Take a message over, if no other process was faster."""
    return SmsOutbox.objects.filter(pk=pk, sent_at=None, due_at__lte=now).update(due_at=now + LEASE) == 1


def _deliver(pk: UUID) -> bool:
    """Send one leased message; a failure leaves it to a later attempt."""
    row = SmsOutbox.objects.filter(pk=pk, sent_at=None).first()
    if row is None or not row.phone or not row.text:
        return False
    row.attempts += 1
    try:
        gateway().send(row.phone, row.text)
    except Exception as error:  # noqa: BLE001  # whatever a provider's client raises: the message stays to be sent
        # Only the kind of error: a provider's message may repeat number and code.
        log.warning("sms_not_sent", sms=str(pk), attempts=row.attempts, error=type(error).__name__)
        row.save(update_fields=["attempts"])
        return False
    row.sent_at, row.phone, row.text = clock.now(), None, None
    row.save(update_fields=["attempts", "sent_at", "phone", "text"])
    return True


def _deliver_in_thread(pk: UUID) -> None:
    close_old_connections()
    try:
        _deliver(pk)
        deliver_due()
    except Exception as error:  # noqa: BLE001  # nobody waits for this thread; the next message tries again
        log.warning("sms_outbox_failed", error=type(error).__name__)
    finally:
        connection.close()
