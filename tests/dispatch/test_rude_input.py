"""Whatever is sent to a deed, the answer is below 500, names the problem, and nothing half-done stays."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from dispatch.models import Incident, Order
from tests.dispatch.story import API, Story
from tests.dispatch.test_visibility import BODY, DEEDS
from tests.personas import client_for

pytestmark = pytest.mark.django_db

SURROGATES = st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF, categories=["Cs"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(10**40), max_value=10**40),
    st.floats(allow_nan=True, allow_infinity=True),
    st.text(max_size=20),
    st.text(SURROGATES, max_size=3),
    st.sampled_from(["\x00", "", " ", "９", "null", "1e999", "00000000-0000-7000-8000-000000000000"]),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
BODIES = st.one_of(
    VALUES,
    st.fixed_dictionaries({}, optional=dict.fromkeys((*BODY, "position", "report_id", "picked_position"), VALUES)),
)


@pytest.mark.parametrize(("method", "route"), DEEDS)
def test_any_json(story: Story, method: str, route: str) -> None:
    order = story.ordered()
    path = route.replace("<uuid:incident_id>", str(order.incident_id)).replace("<uuid:order_id>", str(order.id))
    client = client_for(story.people.dispatcher)

    @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(BODIES)
    def send(body: Any) -> None:
        checked(client, method, path, json.dumps(body).encode())

    send()
    assert Incident.objects.count() == 1
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"\x00",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        '{"reason": "长'.encode("gb18030"),
        b'{"reason": NaN}',
        b'{"reason": 1e999}',
        b'{"reason": "\\ud800"}',
        b'{"reason": "\\u0000"}',
    ],
)
@pytest.mark.parametrize("deed", ["cancel", "accept", "orders", "messages", "messages/read", "claim"])
def test_any_bytes(story: Story, deed: str, body: bytes) -> None:
    incident = story.accepted()
    answer = checked(client_for(story.people.dispatcher), "post", f"incidents/{incident.id}/{deed}", body)
    assert answer.status_code in {400, 409}
    incident.refresh_from_db()
    assert incident.state == "accepted"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "a/b", ""])
def test_another_content_type(story: Story, kind: str) -> None:
    incident = story.accepted()
    client = client_for(story.people.dispatcher)
    answer = client.generic("POST", f"{API}/incidents/{incident.id}/cancel", "reason=x", content_type=kind)
    assert answer.status_code in {400, 415}


@pytest.mark.parametrize("tag", ["", "*x", '"', '"9", "8"', "W/", "\t", "é", '"' + "9" * 5000 + '"'])
def test_odd_etags_are_stale(story: Story, tag: str) -> None:
    incident = story.accepted()
    url = f"{API}/incidents/{incident.id}"
    answer = client_for(story.people.dispatcher).patch(url, {"level": 1}, format="json", headers={"If-Match": tag})
    assert answer.status_code in {412, 428}


def checked(client: APIClient, method: str, path: str, body: bytes) -> Any:
    headers = {"If-Match": "*"} if method == "patch" else {}
    answer = client.generic(
        method.upper(),
        f"{API}/{path}",
        body,  # type: ignore[arg-type]  # the client takes bytes as well
        content_type="application/json",
        headers=headers,
    )
    assert answer.status_code < 500, answer.content
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"]
    return answer
