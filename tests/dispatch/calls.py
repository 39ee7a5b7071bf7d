"""Calls over HTTP, as the tests of this room make them."""

from typing import Any

from rest_framework.test import APIClient

from accounts.models import User
from dispatch.models import Incident, Order
from tests.dispatch.story import API
from tests.personas import client_for


def call(actor: User, row: Incident | Order, deed: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
    """Do a deed on an incident or an order; the answer."""
    return post(client_for(actor), f"{address(row)}/{deed}", body or {}, **headers)


def post(client: APIClient, url: str, body: Any, **headers: str) -> Any:
    """A POST with JSON and headers such as ``If_Match``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(url, body, format="json", headers=named)


def address(row: Incident | Order) -> str:
    """Where the incident or order lives."""
    return f"{API}/{'incidents' if isinstance(row, Incident) else 'orders'}/{row.id}"


def refused(answer: Any, status: int, code: str, field: str | None = None) -> dict[str, Any]:
    """Check that a call was refused so; the problem document."""
    assert answer.status_code == status, answer.content.decode()
    problem: dict[str, Any] = answer.json()
    assert problem["code"] == code
    if field is not None:
        assert field in [error["field"] for error in problem["errors"]]
    return problem
