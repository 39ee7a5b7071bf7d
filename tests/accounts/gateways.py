"""SMS gateways for tests."""

import re

from accounts.sms import Gateway

sent: list[tuple[str, str]] = []


class Kept(Gateway):
    """Keeps every message."""

    def send(self, phone: str, text: str) -> None:
        sent.append((phone, text))


class Broken(Gateway):
    """Accepts nothing, and says too much about it."""

    def send(self, phone: str, text: str) -> None:
        raise ConnectionError(f"can not send {text} to {phone}")


def code_in(text: str) -> str:
    """The code in a message."""
    found = re.search(r"\d{6}", text)
    assert found
    return found[0]
