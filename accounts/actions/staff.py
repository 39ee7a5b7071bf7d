"""Staff sign in with password and one-time code (TOTP, RFC 6238); one judge for the API and for the admin's door.

Failures are counted twice. Per user name and address, known or not, before anything else is looked at: whoever fails too
often there waits (429), which says nothing about what was wrong, and nobody can keep an officer out from elsewhere. And
per device, for those who have the password: while it waits, a right one-time code is answered as a wrong one.
"""

import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import backoff, errors
from accounts.actions.citizens import SignedIn
from accounts.models import SignInFailures, Token, User
from foundation import clock, ids
from foundation.errors import DomainError, TooMany
from journal import audit, unit

FORGET_FAILURES_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What was tried: by which user name, from where; ``user`` only where the password was right."""

    username: str
    key: str
    user: User | None
    otp: str


def sign_in(*, username: str, password: str, otp: str, address: str) -> SignedIn:
    """Give a member of staff a token that lasts for ``settings.STAFF_SIGN_IN_LASTS``.

    ``address`` is where the attempt came from. `InvalidCredentials`, whatever was wrong; `TooMany` after several.
    """
    result = _judge_and_issue(_attempt(username, password, otp, address))
    if isinstance(result, DomainError):
        raise result
    return result


def check(*, username: str, password: str, otp: str, address: str) -> User:
    """The member of staff with this password and one-time code; ``user.otp_device`` is the device that was used."""
    result = _judge(_attempt(username, password, otp, address))
    if isinstance(result, DomainError):
        raise result
    return result


def _attempt(username: str, password: str, otp: str, address: str) -> _Attempt:
    """Look at the password, unless this name must wait. The slow hash runs here, outside of any transaction."""
    username = User.normalize_username(username)
    key = ids.keyed_hash("sign-in-failures", f"{username}\n{address}")
    _refuse_while_waiting(SignInFailures.objects.filter(pk=key).first())
    user = _with_password(username, password)
    return _Attempt(username, key, user, "".join(unicodedata.normalize("NFKC", otp).split()))


def _refuse_while_waiting(failures: SignInFailures | None) -> None:
    wait = backoff.seconds_left(failures.count, failures.last_at) if failures else 0
    if wait:
        raise TooMany("登录失败次数过多，请稍后再试。", retry_after=wait)


def _with_password(username: str, password: str) -> User | None:
    """The active member of staff with this password. Takes as long where there is none."""
    user = User.objects.filter(username=username, kind=User.Kind.STAFF, is_active=True).first()
    if user is None:
        make_password(password)
        return None
    return user if user.check_password(password) else None


@unit.deed
def _judge(attempt: _Attempt) -> User | DomainError:
    """Decide and count under locks. A refusal is returned, not raised: the failure that it counts must be kept."""
    SignInFailures.objects.filter(last_at__lt=clock.now() - FORGET_FAILURES_AFTER).delete()
    failures, _ = SignInFailures.objects.select_for_update().get_or_create(pk=attempt.key)
    try:
        # Again, now that no other attempt runs beside: a burst must not get more guesses than a queue.
        _refuse_while_waiting(failures)
    except TooMany as refusal:
        return refusal
    device = _matching_device(attempt)
    if attempt.user is None or device is None:
        failures.count, failures.last_at = failures.count + 1, clock.now()
        failures.save(update_fields=["count", "last_at"])
        _record_failure(attempt)
        return errors.InvalidCredentials()
    failures.delete()
    audit.record(attempt.user, "staff.signed_in", subject=("user", attempt.user.pk))
    attempt.user.otp_device = device  # type: ignore[attr-defined]  # where django-otp looks for it at login
    return attempt.user


@unit.deed
def _judge_and_issue(attempt: _Attempt) -> SignedIn | DomainError:
    result = _judge(attempt)
    if isinstance(result, DomainError):
        return result
    token, text = Token.issue(result, expires_in=settings.STAFF_SIGN_IN_LASTS)
    return SignedIn(result, token, text)


def _matching_device(attempt: _Attempt) -> TOTPDevice | None:
    """The confirmed device that made the code. Looked up, in vain, without a user too: it takes as long."""
    user_id = attempt.user.pk if attempt.user else ids.random_id()
    devices = list(TOTPDevice.objects.select_for_update().filter(user_id=user_id, confirmed=True).order_by("pk"))
    return next((device for device in devices if _verify(device, attempt.otp)), None)


def _verify(device: TOTPDevice, otp: str) -> bool:
    if backoff.seconds_left(device.throttling_failure_count, device.throttling_failure_timestamp):
        return False
    if settings.TOTP_REUSE:
        device.last_t = -1
    verified: bool = otp.isdecimal() and otp.isascii() and device.verify_token(otp)
    return verified


def _record_failure(attempt: _Attempt) -> None:
    """Unknown names are not written down: people type passwords into the wrong field."""
    known = User.objects.filter(username=attempt.username, kind=User.Kind.STAFF).first()
    audit.record(
        User.objects.system(),
        "staff.sign_in_failed",
        subject=("user", known.pk if known else "unknown"),
        password_was_right=attempt.user is not None,
    )
