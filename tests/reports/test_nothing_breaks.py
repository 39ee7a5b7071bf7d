"""Whatever JSON comes to an endpoint of this room, the answer is one that is documented; never 500."""

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from tests.personas import People, client_for
from tests.reports.story import URL, reported
from tests.reports.test_intake import objects, text, values

pytestmark = pytest.mark.django_db

MANY = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def fang(people: People) -> Client:
    """Speaks as 王芳, and is given the 500 where there is one."""
    api: APIClient = client_for(people.fang)
    api.raise_request_exception = False
    return api


def send(client: Client, method: str, url: str, body: Any) -> int:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = client.generic(method, url, raw, content_type="application/json", headers={"If-Match": "*"})
    return answer.status_code


@MANY
@given(objects | values)
def test_reports(fang: Client, body: Any) -> None:
    assert send(fang, "POST", URL, body) in {201, 422}


@MANY
@given(st.fixed_dictionaries({}, optional={"callback_allowed": values, "contact_phone": values}) | values)
def test_edit(fang: Client, body: Any) -> None:
    report = reported(fang)  # type: ignore[arg-type]  # an APIClient, seen as Django's
    assert send(fang, "PATCH", f"{URL}/{report.id}", body) in {200, 400}


NAMES = ("client_uuid", "text", "quick_codes", "attachment_ids")


@MANY
@given(st.dictionaries(st.sampled_from(NAMES), values | text, max_size=4) | values)
def test_messages(fang: Client, body: Any) -> None:
    report = reported(fang)  # type: ignore[arg-type]  # an APIClient, seen as Django's
    assert send(fang, "POST", f"{URL}/{report.id}/messages", body) in {201, 400, 422}


@MANY
@given(st.fixed_dictionaries({"up_to": values}) | values)
def test_read(fang: Client, body: Any) -> None:
    report = reported(fang)  # type: ignore[arg-type]  # an APIClient, seen as Django's
    assert send(fang, "POST", f"{URL}/{report.id}/messages/read", body) in {200, 400}


@MANY
@given(
    st.fixed_dictionaries({"media": st.sampled_from(["video", "audio"])}, optional={"started_at": values | text})
    | values
)
def test_recordings(fang: Client, body: Any) -> None:
    report = reported(fang)  # type: ignore[arg-type]  # an APIClient, seen as Django's
    assert send(fang, "POST", f"{URL}/{report.id}/recordings", body) in {201, 400}


@MANY
@given(
    st.fixed_dictionaries(
        {
            "fixes": st.lists(
                st.fixed_dictionaries(
                    {"lon": st.floats(114, 115) | values, "lat": st.floats(37, 39) | values},
                    optional=dict.fromkeys(("coord_type", "seq", "fix_time", "accuracy_m", "battery_pct"), values),
                )
                | values,
                max_size=4,
            )
        }
    )
    | values
)
def test_fixes(fang: Client, body: Any) -> None:
    report = reported(fang)  # type: ignore[arg-type]  # an APIClient, seen as Django's
    assert send(fang, "POST", f"{URL}/{report.id}/fixes", body) in {200, 400}


DEEP = b"[" * 100_000
NOT_QUITE_SO_DEEP = b'{"text": "x", "more": ' + b"[" * 950 + b"]" * 950 + b"}"


@pytest.mark.parametrize("path", ["", "/fixes", "/messages", "/messages/read", "/recordings"])
@pytest.mark.parametrize(
    "raw", [b"", b"{", b"\xff", DEEP, NOT_QUITE_SO_DEEP, b'{"text": NaN}', b'{"up_to": ' + b"9" * 9999 + b"}"]
)
def test_unreadable_bodies(fang: Client, path: str, raw: bytes) -> None:
    report = reported(fang)  # type: ignore[arg-type]  # an APIClient, seen as Django's
    method = "POST" if path else "PATCH"
    assert send(fang, method, f"{URL}/{report.id}{path}", raw) in {200, 201, 400}
