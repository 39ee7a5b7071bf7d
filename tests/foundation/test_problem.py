"""Every error is a problem document with a stable code, the log's request id, and nothing of our insides."""

import json
import logging
from typing import Any

import pytest
from django.test import Client

pytestmark = [pytest.mark.urls("tests.foundation.doors"), pytest.mark.django_db]

MEMBERS = {"type", "title", "status", "detail", "code", "errors", "request_id"}


@pytest.fixture
def http() -> Client:
    """A client that sees a 500 instead of the exception."""
    return Client(raise_request_exception=False)


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The response's document, checked."""
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    found: dict[str, Any] = json.loads(response.content)
    assert found["status"] == status
    assert found["code"] == code
    assert found["title"]
    assert found["detail"]
    assert found["request_id"] == response["X-Request-Id"]
    assert found.keys() >= MEMBERS
    return found


def test_it_works(http: Client) -> None:
    found = problem(http.get("/api/v1/raise/invalid"), 400, "invalid")
    assert found["errors"] == [{"field": "phone", "code": "invalid", "detail": "No such number."}]
    assert found["type"] == "about:blank"


@pytest.mark.parametrize(
    ("what", "status", "code"),
    [
        ("unauthenticated", 401, "not_authenticated"),
        ("forbidden", 403, "forbidden"),
        ("not-found", 404, "not_found"),
        ("conflict", 409, "kettle_empty"),
        ("illegal", 409, "illegal_transition"),
        ("key", 422, "idempotency_conflict"),
        ("failed", 412, "precondition_failed"),
        ("required", 428, "precondition_required"),
        ("large", 413, "too_large"),
        ("many", 429, "too_many_requests"),
        ("unavailable", 503, "unavailable"),
        ("bare", 400, "error"),
        ("http404", 404, "not_found"),
        ("denied", 403, "forbidden"),
        ("throttled", 429, "too_many_requests"),
        ("gone", 500, "gone"),
        ("database", 503, "unavailable"),
        ("data", 400, "unstorable"),
        ("unchecked", 400, "invalid"),
        ("bug", 500, "server_error"),
    ],
)
def test_each_kind_has_its_status(http: Client, what: str, status: int, code: str) -> None:
    response = http.get(f"/api/v1/raise/{what}")
    problem(response, status, code)
    for inside in ("13800000001", "10.0.0.1", "secret", "Traceback", "KeyError"):
        assert inside not in response.content.decode()


def test_extra_members_come_along_and_replace_none(http: Client) -> None:
    assert problem(http.get("/api/v1/raise/key"), 422, "idempotency_conflict")["id"] == "0190"
    found = problem(http.get("/api/v1/raise/greedy"), 409, "conflict")
    assert found["litres"] == 2
    assert found["type"] == "about:blank"


def test_headers(http: Client) -> None:
    assert http.get("/api/v1/raise/unauthenticated")["WWW-Authenticate"] == "Bearer"
    assert http.get("/api/v1/raise/many")["Retry-After"] == "7"
    assert http.get("/api/v1/raise/throttled")["Retry-After"] == "2"
    assert http.get("/api/v1/raise/database")["Retry-After"] == "2"


def test_a_bug_is_in_the_log_under_the_id_that_the_client_was_told(
    http: Client, caplog: pytest.LogCaptureFixture
) -> None:
    for path in ("/api/v1/raise/bug", "/api/v1/plain-bug"):
        caplog.clear()
        with caplog.at_level(logging.ERROR):
            found = problem(http.get(path), 500, "server_error")
        (entry,) = [r.msg for r in caplog.records if isinstance(r.msg, dict) and r.msg["event"] == "request_failed"]
        assert entry["request_id"] == found["request_id"]
        assert entry["path"] == path
        assert "KeyError" in entry["exception"]


def test_an_unknown_address_is_a_problem(http: Client) -> None:
    problem(http.get("/api/v1/nowhere"), 404, "not_found")
    problem(http.get("/api/v1/raise/bug/"), 404, "not_found")


def test_a_foreign_host_is_a_problem(http: Client) -> None:
    problem(http.get("/api/v1/raise/invalid", headers={"host": "evil.example"}), 400, "bad_request")


def test_a_method_that_is_not_there_keeps_allow(http: Client) -> None:
    response = http.delete("/api/v1/brew")
    found = problem(response, 405, "method_not_allowed")
    assert found["title"] == "Method Not Allowed"
    assert set(response["Allow"].split(", ")) == {"POST", "PUT", "OPTIONS"}


def test_what_we_can_not_send(http: Client) -> None:
    problem(http.get("/api/v1/raise/invalid", headers={"accept": "text/html"}), 406, "not_acceptable")


def test_a_problem_is_json_where_the_view_sends_something_else(http: Client) -> None:
    problem(http.get("/api/v1/picture/not-found", headers={"accept": "image/png"}), 404, "not_found")


def test_what_we_can_not_read(http: Client) -> None:
    problem(http.post("/api/v1/brew", b"kind=tea", content_type="text/plain"), 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"kind": NaN}',
        b'{"kind": -Infinity}',
        b'{"kind": 1e999}',
        b'{"kind": "\xff"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"kind": ' + b"9" * 5000 + b"}",
        b"\x00",
    ],
    ids=lambda body: repr(body[:16]),
)
def test_a_body_that_is_no_json(http: Client, body: bytes) -> None:
    # An empty body is an empty form: its fields are missing.
    problem(
        http.post("/api/v1/brew", body, content_type="application/json"), 400, "unreadable_body" if body else "invalid"
    )


@pytest.mark.parametrize("charset", ["hex", "rot13", "bz2", "nonsense", "utf-7", "utf-16"])
def test_an_odd_charset(http: Client, charset: str) -> None:
    response = http.generic("POST", "/api/v1/brew", b'{"kind": "tea"}', f"application/json; charset={charset}")
    if charset in {"nonsense", "utf-7"}:  # Django passes over a charset that it does not know; UTF-7 reads ASCII
        assert response.json() == {"kind": "tea"}
    else:
        problem(response, 400, "unreadable_body")


def test_a_byte_order_mark_is_passed_over(http: Client) -> None:
    response = http.post("/api/v1/brew", b'\xef\xbb\xbf{"kind": "tea"}', content_type="application/json")
    assert response.json() == {"kind": "tea"}


def test_a_body_that_is_too_large(http: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    problem(http.post("/api/v1/brew", {"kind": "x" * 1000}, content_type="application/json"), 413, "too_large")


@pytest.mark.parametrize("value", ["\ud800", "a\x00b", 10**30, [], {}, None, True])
def test_an_odd_value_names_its_field(http: Client, value: object) -> None:
    response = http.post("/api/v1/brew", json.dumps({"kind": value}), content_type="application/json")
    assert [e["field"] for e in problem(response, 400, "invalid")["errors"]] == ["kind"]


@pytest.mark.parametrize("body", [[], "x", 1, None, [{"kind": "tea"}]])
def test_an_odd_body_is_no_form(http: Client, body: object) -> None:
    problem(http.post("/api/v1/brew", json.dumps(body), content_type="application/json"), 400, "invalid")


def test_names_of_nested_fields_are_dotted(http: Client) -> None:
    form = {
        "kind": "water",
        "points": [{"lon": 1}, {"lon": 181}, {}, 7],
        "sizes": [1, "x"],
        "pair": {"code": "", "message": ""},
    }
    found = problem(http.post("/api/v1/brew", form, content_type="application/json"), 400, "invalid")
    assert {(e["field"], e["code"]) for e in found["errors"]} == {
        ("kind", "invalid_choice"),
        ("points.1.lon", "max_value"),
        ("points.2.lon", "required"),
        ("points.3.non_field_errors", "invalid"),
        ("sizes.1", "invalid"),
        ("pair.code", "blank"),
        ("pair.message", "blank"),
    }


def test_an_error_of_the_whole_form(http: Client) -> None:
    found = problem(http.post("/api/v1/brew", {"kind": "coffee"}, content_type="application/json"), 400, "invalid")
    assert found["errors"] == [{"field": "non_field_errors", "code": "out", "detail": "There is none."}]


def test_unchecked_input_names_its_field(http: Client) -> None:
    found = problem(http.get("/api/v1/raise/unchecked"), 400, "invalid")
    assert found["errors"] == [{"field": "kind", "code": "invalid", "detail": "wrong"}]
