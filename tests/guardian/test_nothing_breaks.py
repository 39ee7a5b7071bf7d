"""Whatever JSON comes to this room, the answer is one that is documented; never 500."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from tests.guardian.story import URL, WEI
from tests.personas import People, client_for
from tests.reports.test_intake import text, values

pytestmark = pytest.mark.django_db

MANY = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def fang(people: People) -> APIClient:
    """Speaks as 王芳, and is given the 500 where there is one."""
    client = client_for(people.fang)
    client.raise_request_exception = False
    return client


@MANY
@given(
    st.fixed_dictionaries(
        {"phone": st.just(WEI) | st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True) | values | text},
        optional={"label": values | text, "client_uuid": values | text},
    )
    | values
)
def test_ask(fang: APIClient, body: Any) -> None:
    answer = fang.post(URL, json.dumps(body), content_type="application/json")
    assert answer.status_code in {201, 400, 409, 422, 429}


@pytest.mark.parametrize("raw", ["", "{", "[" * 100_000, '{"phone": NaN}', '{"phone": ' + "9" * 9999 + "}"])
def test_unreadable_bodies(fang: APIClient, raw: str) -> None:
    assert fang.generic("POST", URL, raw, content_type="application/json").status_code == 400
