"""Pages, ETags and keys."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from foundation import errors, http
from journal import audit, unit
from tests.journal.kitchen import COOK

door = pytest.mark.urls("tests.foundation.doors")


@unit.deed
def note(count: int) -> None:
    for number in range(count):
        audit.record(COOK, "noted", subject=("page", number))


def page(client: Client, query: str = "") -> dict[str, Any]:
    response = client.get(f"/api/v1/records{query}")
    assert response.status_code == 200, response.content
    found: dict[str, Any] = response.json()
    return found


@door
@pytest.mark.django_db
class TestPages:
    def test_it_works(self, client: Client) -> None:
        note(5)
        first = page(client, "?limit=2")
        second = page(client, f"?limit=2&cursor={first['next']}")
        third = page(client, f"?limit=2&cursor={second['next']}")
        rows = [*first["results"], *second["results"], *third["results"]]
        assert len(rows) == 5
        assert rows == sorted(rows, reverse=True)
        assert third["next"] is None

    def test_rows_that_are_added_meanwhile_move_nothing(self, client: Client) -> None:
        note(6)
        before = page(client)["results"]
        found = page(client, "?limit=2")
        seen = found["results"]
        while found["next"]:
            note(3)
            found = page(client, f"?limit=2&cursor={found['next']}")
            seen += found["results"]
        assert seen == before

    def test_the_limit_is_capped(self, client: Client) -> None:
        note(201)
        assert len(page(client)["results"]) == 50
        assert len(page(client, "?limit=200")["results"]) == 200
        assert len(page(client, "?limit=100000")["results"]) == 200

    @pytest.mark.parametrize("limit", ["0", "-1", "x", "", "1.5", "٣", "9" * 5000, "%00"])
    def test_a_bad_limit_names_itself(self, client: Client, limit: str) -> None:
        response = client.get(f"/api/v1/records?limit={limit}")
        assert response.status_code == 400
        assert response.json()["errors"][0]["field"] == "limit"

    @pytest.mark.parametrize(
        "cursor",
        ["x", "!!!", "%00", "%ff", "汉", "bz0w", "cD0x", "cD0lMDA=", "bz14", "cj14JnA9MQ==", "bz0tMQ==", "A" * 5000],
    )
    def test_a_bad_cursor_names_itself(self, client: Client, cursor: str) -> None:
        note(1)
        response = client.get(f"/api/v1/records?cursor={cursor}")
        assert response.status_code == 400
        assert response.json()["errors"][0]["field"] == "cursor"


@dataclass
class Row:
    version: int


@pytest.mark.parametrize("header", ['"3"', "*", " * ", '"1", "3"', '"1","3" ', None])
def test_if_match_lets_pass(header: str | None) -> None:
    http.matches(header, Row(3))


@pytest.mark.parametrize("header", ['"2"', 'W/"3"', "3", "", '"1", "2"', '"33"', '"3', '"1", *', "\x00"])
def test_if_match_stops(header: str) -> None:
    with pytest.raises(errors.PreconditionFailed):
        http.matches(header, Row(3))


def request(body: Any = None, **headers: str) -> Request:
    made = APIRequestFactory().post(
        "/",
        json.dumps(body),
        content_type="application/json",
        headers={k.replace("_", "-"): v for k, v in headers.items()},
    )
    return Request(made, parsers=[http.StrictJSONParser()])


def test_if_match_may_be_required() -> None:
    assert http.if_match(request({}, if_match='"3"'), required=True) == http.etag(Row(3))
    assert http.if_match(request({}), required=False) is None
    with pytest.raises(errors.PreconditionRequired):
        http.if_match(request({}), required=True)


@pytest.mark.parametrize(
    ("body", "headers", "key"),
    [
        ({"client_uuid": "k"}, {}, "k"),
        ({"client_uuid": " k "}, {"idempotency_key": "other"}, "k"),
        ({"client_uuid": None}, {"idempotency_key": "h"}, "h"),
        ({}, {"idempotency_key": "h"}, "h"),
        ([], {"idempotency_key": "h"}, "h"),
        ({"client_uuid": "键" * 200}, {}, "键" * 200),
        ({}, {}, None),
        (None, {}, None),
    ],
)
def test_the_clients_key(body: Any, headers: dict[str, str], key: str | None) -> None:
    assert http.client_key(request(body, **headers)) == key


@pytest.mark.parametrize("key", ["", "  ", 0, 7, False, [], {}, "x" * 201, "a\x00b", "\ud800", "a\nb"])
def test_a_bad_key_names_itself(key: Any) -> None:
    with pytest.raises(errors.Invalid) as caught:
        http.client_key(request({"client_uuid": key}, idempotency_key="good"))
    assert caught.value.errors[0].field == "client_uuid"


def test_a_bad_key_in_the_header_names_the_header() -> None:
    with pytest.raises(errors.Invalid) as caught:
        http.client_key(request({}, idempotency_key=" "))
    assert caught.value.errors[0].field == "Idempotency-Key"


def test_the_content_is_the_body_without_its_key() -> None:
    assert http.content_of(request({"client_uuid": "k", "cups": 1})) == {"cups": 1}
    assert http.content_of(request([1])) == [1]


def test_a_replay_says_so() -> None:
    assert "Idempotency-Replayed" not in http.created({}, replayed=False)
    again = http.created({"id": 1}, replayed=True)
    assert (again.status_code, again["Idempotency-Replayed"]) == (201, "true")
