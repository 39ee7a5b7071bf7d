"""Asking for a code by SMS. Nothing here looks at whether the number is known, so nothing can tell."""

import math
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings

from accounts import sms
from accounts.managers import phone_hash
from accounts.models import CodeAllowance, SmsChallenge
from foundation import clock, ids
from foundation.errors import TooMany
from journal import unit

CODE_LIFETIME = timedelta(minutes=5)
RESEND_AFTER = timedelta(seconds=60)
# A used challenge answers a repeated sign-in for a while; after this, nobody asks for it.
KEEP_FOR = timedelta(days=1)
# How many codes a number is sent within a window. High enough for a phone with a bad network, low enough that nobody is
# flooded and that guessing (five attempts each) stays hopeless.
CAPS = ((timedelta(hours=1), 5), (timedelta(days=1), 20))
SANDBOX_CODE = "110110"


@dataclass(frozen=True, slots=True)
class Asked:
    """A challenge that was made, and what the client should know of it (seconds)."""

    challenge: SmsChallenge
    expires_in: int
    resend_after: int


@unit.deed
def ask_for_code(*, phone: str) -> Asked:
    """Send a code to a number (E.164), known or not. `TooMany` where it was sent one a moment ago, or too many today.

    In the sandbox every code is the same and may be asked for at any time.
    """
    now = clock.now()
    SmsChallenge.objects.filter(expires_at__lt=now - KEEP_FOR).delete()
    if not settings.SANDBOX:
        _take_allowance(phone)
    challenge_id = ids.random_id()
    code = SANDBOX_CODE if settings.SANDBOX else f"{secrets.randbelow(10**6):06d}"
    challenge = SmsChallenge.objects.create(
        id=challenge_id,
        phone=phone,
        code_hash=code_hash(challenge_id, code),
        created_at=now,
        expires_at=now + CODE_LIFETIME,
    )
    minutes = CODE_LIFETIME // timedelta(minutes=1)
    text = f"【公安110】登录验证码 {code}，{minutes} 分钟内有效。民警不会向您索要验证码。"
    sms.post(phone, text, expires_at=challenge.expires_at)
    resend_after = timedelta() if settings.SANDBOX else RESEND_AFTER
    return Asked(challenge, int(CODE_LIFETIME.total_seconds()), int(resend_after.total_seconds()))


def code_hash(challenge_id: object, code: str) -> str:
    """What is stored instead of a code: keyed, since six digits are quickly tried, and bound to its challenge."""
    return ids.keyed_hash("sms-code", f"{challenge_id}:{code}")


def _take_allowance(phone: str) -> None:
    """Note one more message to this number under its lock, or say when the next one is allowed."""
    now = clock.now()
    longest = max(window for window, _ in CAPS)
    CodeAllowance.objects.filter(last_at__lt=now - longest).delete()
    row, _ = CodeAllowance.objects.select_for_update().get_or_create(pk=phone_hash(phone))
    waits = [row.last_at + RESEND_AFTER] if row.sent else []
    for window, cap in CAPS:
        if len(row.sent) >= cap:
            waits.append(datetime.fromtimestamp(row.sent[-cap], UTC) + window)
    wait = (max(waits, default=now) - now).total_seconds()
    if wait > 0:
        detail = "A code was sent to this number already; wait before you ask again."
        raise TooMany(detail, retry_after=math.ceil(wait))
    row.sent = [*(at for at in row.sent if at > (now - longest).timestamp()), now.timestamp()]
    row.last_at = now
    row.save(update_fields=["sent", "last_at"])
