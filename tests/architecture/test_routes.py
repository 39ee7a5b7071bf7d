"""Every route is in the table, and keeps out whom the table keeps out."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from tests.architecture.routes import ANYONE, ROUTES, SECRET

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PREFIX = "api/v1/"


def routes() -> Iterator[tuple[str, Any]]:
    """Every route below ``/api/v1/`` with its view."""

    def walk(patterns: Any, before: str) -> Iterator[tuple[str, Any]]:
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, route)
            elif isinstance(pattern, URLPattern) and route.startswith(PREFIX):
                yield route.removeprefix(PREFIX), pattern.callback

    return walk(get_resolver().url_patterns, "")


def methods_of(view: Any) -> set[str]:
    """The methods that a class-based view answers; none where it is a function, which can't be asked."""
    kind = getattr(view, "view_class", None) or getattr(view, "cls", None)
    return {method for method in METHODS if kind is not None and hasattr(kind, method.lower())}


def address(route: str) -> str:
    """The route with something in place of its variables."""
    return "/" + PREFIX + re.sub(r"<(?:(\w+):)?\w+>", lambda found: _something(found.group(1)), route)


def _something(kind: str | None) -> str:
    return {"uuid": str(uuid.UUID(int=7)), "int": "7"}.get(kind or "str", "something")


def test_it_works() -> None:
    found = dict(routes())
    assert "client-config" in found
    assert set(found) == set(ROUTES)


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_every_method_is_in_the_table(route: str) -> None:
    methods = methods_of(dict(routes())[route])
    assert not methods or methods == set(ROUTES[route])


CLOSED = [(route, method) for route, who in ROUTES.items() for method in who if who[method] not in {ANYONE, SECRET}]


def test_there_is_something_to_keep_closed() -> None:
    assert ANYONE in {who for methods in ROUTES.values() for who in methods.values()}


@pytest.mark.django_db
@pytest.mark.parametrize(("route", "method"), CLOSED)
def test_without_a_credential_it_answers_401(api: APIClient, route: str, method: str) -> None:
    response = api.generic(method, address(route), data="{}", content_type="application/json")
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
