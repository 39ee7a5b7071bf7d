"""A citizen signs in: a challenge and its code become a token, once."""

import hmac
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from accounts import errors
from accounts.actions.codes import code_hash
from accounts.models import Device, SmsChallenge, Token, User
from foundation import clock, ids
from foundation.errors import DomainError, IdempotencyConflict
from journal import audit, unit
from journal.idempotency import fingerprint

MAX_ATTEMPTS = 5
# How long after the first answer a repeated request with the same key is given the same token again.
REPLAY_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Someone has a token now; ``text`` is shown once, or again where the first answer was lost."""

    user: User
    token: Token
    text: str
    replayed: bool = False


def sign_in(*, challenge_id: str, code: str, device: dict[str, str], key: str | None) -> SignedIn:
    """Give a token to whoever knows the code of a challenge; the citizen is made on first sight.

    ``device`` has ``name, platform, app_version``. ``key`` is the client's idempotency key: the same request with the
    same key gives the same token again for a while. Raises the errors of `accounts.errors`.
    """
    result = _sign_in(challenge_id=challenge_id, code=_digits(code), device=device, key=key)
    if isinstance(result, DomainError):
        raise result
    return result


@unit.deed
def _sign_in(*, challenge_id: str, code: str, device: dict[str, str], key: str | None) -> SignedIn | DomainError:
    """Decide under the challenge's lock. A refusal is returned, not raised: the attempt that it counts must be kept."""
    row_id = ids.parse_id(challenge_id)
    challenge = SmsChallenge.objects.select_for_update().filter(pk=row_id).first() if row_id else None
    if challenge is None:
        return errors.ChallengeUnknown()
    if challenge.attempts >= MAX_ATTEMPTS:
        return errors.TooManyAttempts()
    content = _content_hash(challenge, code, device)
    if challenge.used_at is not None:
        return _again(challenge, key, content)
    if challenge.expires_at <= clock.now():
        return errors.ChallengeExpired()
    if not hmac.compare_digest(challenge.code_hash, code_hash(challenge.pk, code)):
        _count_attempt(challenge)
        return errors.WrongCode()
    return _redeem(challenge, device, key, content)


def _redeem(challenge: SmsChallenge, device: dict[str, str], key: str | None, content: str) -> SignedIn | DomainError:
    user = User.objects.citizen(challenge.phone)
    challenge.used_at = clock.now()
    if not user.is_active:
        challenge.save(update_fields=["used_at"])
        return errors.AccountDisabled()
    made = Device.objects.create(user=user, **device)
    text = _derived_text(challenge, key, content) if key else None
    token, text = Token.issue(user, device=made, text=text)
    challenge.token = token
    if key:
        challenge.key_hash, challenge.content_hash = _key_hash(challenge, key), content
    challenge.save(update_fields=["used_at", "token", "key_hash", "content_hash"])
    audit.record(user, "citizen.signed_in", subject=("user", user.pk), token_id=str(token.public_id))
    return SignedIn(user, token, text)


def _again(challenge: SmsChallenge, key: str | None, content: str) -> SignedIn | DomainError:
    """What a used challenge answers: the same token to the same request, while that was just now."""
    token = challenge.token
    recent = challenge.used_at is not None and clock.now() < challenge.used_at + REPLAY_FOR
    same_key = bool(key) and hmac.compare_digest(challenge.key_hash, _key_hash(challenge, key or ""))
    if not recent or not same_key or key is None or token is None or not token.user.is_active:
        return errors.ChallengeUsed()
    if not hmac.compare_digest(challenge.content_hash, content):
        # The content holds the code: whoever knows the key must not be able to guess on.
        _count_attempt(challenge)
        return IdempotencyConflict(id=str(token.public_id))
    return SignedIn(token.user, token, _derived_text(challenge, key, content), replayed=True)


def _count_attempt(challenge: SmsChallenge) -> None:
    challenge.attempts += 1
    challenge.save(update_fields=["attempts"])


def _digits(code: str) -> str:
    """A code as people type it: full-width digits and spaces are fine."""
    return "".join(unicodedata.normalize("NFKC", code).split())


def _key_hash(challenge: SmsChallenge, key: str) -> str:
    return ids.keyed_hash("sign-in-key", f"{challenge.pk}:{key}")


def _content_hash(challenge: SmsChallenge, code: str, device: dict[str, Any]) -> str:
    return ids.keyed_hash("sign-in-content", f"{challenge.pk}:{code}:{fingerprint(device)}")


def _derived_text(challenge: SmsChallenge, key: str, content: str) -> str:
    """The token's text, derived from the server's key, the client's key and the content; of none is enough kept here."""
    return ids.keyed_hash("sign-in-token", f"{challenge.pk}:{key}:{content}")
