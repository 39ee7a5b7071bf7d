"""What can go wrong when someone signs in.

Which of them is said depends on the challenge's state and never on the code that was guessed, except `WrongCode` itself:
after the last attempt, or when the challenge is used or over, the right code gets the same answer as a wrong one.
"""

from foundation.errors import FieldError, Forbidden, TooMany, Unauthenticated


class WrongCode(Unauthenticated):
    """The code is not the one that was sent; the challenge still allows further attempts."""

    code = "wrong_code"
    detail = "The code is wrong."

    def __init__(self) -> None:
        super().__init__(errors=(FieldError("code", self.code, self.detail),))


class ChallengeUnknown(Unauthenticated):
    """There is no such challenge (any more)."""

    code = "challenge_unknown"
    detail = "There is no such challenge; ask for a new code."


class ChallengeExpired(Unauthenticated):
    """The code came too late."""

    code = "challenge_expired"
    detail = "The code has expired; ask for a new one."


class ChallengeUsed(Unauthenticated):
    """Someone has signed in with it; a challenge serves once."""

    code = "challenge_used"
    detail = "The code has been used; ask for a new one."


class TooManyAttempts(TooMany):
    """The code was guessed wrong too often. Waiting does not help: a new code does."""

    code = "too_many_attempts"
    detail = "Too many wrong codes; ask for a new one."


class AccountDisabled(Forbidden):
    """The right code for an account that may not be used."""

    code = "account_disabled"
    detail = "This account is disabled."


class InvalidCredentials(Unauthenticated):
    """User name, password or one-time code is wrong; which one is not said."""

    code = "invalid_credentials"
    detail = "用户名、密码或动态口令错误。"
