"""What the tests of this room say again and again: one asks, the other agrees, time passes."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from foundation import clock
from guardian.models import Contact, person_stream
from journal.models import StreamEvent

URL = "/api/v1/contacts"
WEI, MIN, NOBODY = "13800000002", "13800000003", "13911112222"


def ask(client: APIClient, phone: str = WEI, label: str = "老李", **more: Any) -> Any:
    """The answer to a request."""
    body = {"client_uuid": str(uuid.uuid4()), "phone": phone, "label": label, **more}
    return client.post(URL, body, format="json")


def asked(client: APIClient, phone: str = WEI, label: str = "老李") -> str:
    """The id of a new request."""
    answer = ask(client, phone, label)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def agreed(asker: APIClient, other: APIClient, phone: str = WEI) -> str:
    """The id of a new contact."""
    contact = asked(asker, phone)
    assert other.post(f"{URL}/{contact}/accept").status_code == 200
    return contact


def listed(client: APIClient) -> list[dict[str, Any]]:
    """What someone's list shows."""
    answer = client.get(URL)
    assert answer.status_code == 200, answer.content
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows


def state_of(contact: str) -> str:
    return Contact.objects.get(id=contact).state


def heard(person: User) -> list[str]:
    """The events of a person's stream, in order."""
    events = StreamEvent.objects.filter(stream_id=person_stream(person.id)).order_by("offset")
    return list(events.values_list("name", flat=True))


def days_pass(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    """From here on it is so much later."""
    moment = clock.now() + timedelta(days=days)
    monkeypatch.setattr(clock, "now", lambda: moment)
