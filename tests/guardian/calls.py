"""How people speak to the contacts' endpoints, and the numbers that they dial."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from foundation import clock
from tests.personas import client_for

URL = "/api/v1/contacts"
FANG, WEI, MIN = "+8613800000001", "+8613800000002", "+8613800000003"
NOBODY = "+8613911112222"


def ask(person: User, phone: str, *, label: str = "朋友", **more: Any) -> Any:
    """``POST /contacts``."""
    return client_for(person).post(URL, {"phone": phone, "label": label, **more}, format="json")


def asked(person: User, phone: str, **more: Any) -> dict[str, Any]:
    """The contact that was asked for."""
    answer = ask(person, phone, **more)
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def answer(person: User, contact_id: str, word: str) -> Any:
    """``POST /contacts/{id}/accept`` or ``…/decline``."""
    return client_for(person).post(f"{URL}/{contact_id}/{word}")


def end(person: User, contact_id: str) -> Any:
    """``DELETE /contacts/{id}``."""
    return client_for(person).delete(f"{URL}/{contact_id}")


def contacts(person: User) -> list[dict[str, Any]]:
    """``GET /contacts``."""
    given = client_for(person).get(URL)
    assert given.status_code == 200, given.content
    found: list[dict[str, Any]] = given.json()["results"]
    return found


def code(response: Any) -> tuple[int, str]:
    """A problem's status and code."""
    return response.status_code, response.json()["code"]


def later(monkeypatch: pytest.MonkeyPatch, **by: float) -> None:
    """Move the clock on."""
    moment = clock.now() + timedelta(**by)
    monkeypatch.setattr(clock, "now", lambda: moment)
