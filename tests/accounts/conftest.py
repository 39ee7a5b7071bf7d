"""What the sign-in tests share."""

from typing import Any

import pytest

from tests.accounts.gateways import sent


@pytest.fixture
def production(settings: Any) -> None:
    """The rules outside the sandbox: random codes, waits and caps, one-time codes that serve once."""
    settings.SANDBOX = False
    settings.TOTP_REUSE = False


@pytest.fixture
def gateway(settings: Any) -> list[tuple[str, str]]:
    """A gateway that keeps what it is given: a list of ``(phone, text)``."""
    settings.SMS_GATEWAY = "tests.accounts.gateways.Kept"
    sent.clear()
    return sent
