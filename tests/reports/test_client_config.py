"""``GET /client-config``: what a client should know before it does anything."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from reports import limits
from reports.models import Report
from reports.quick_codes import KNOWN

URL = "/api/v1/client-config"


def test_it_works(api: APIClient) -> None:
    """Public, and without a query."""
    answer = api.get(URL)
    assert answer.status_code == 200
    config = answer.json()
    assert [kind["code"] for kind in config["report_kinds"]] == Report.Kind.values
    assert {code["code"] for code in config["quick_codes"]} == KNOWN
    assert all(code["zh"] and code["en"] for code in config["quick_codes"])
    assert [entry["number"] for entry in config["emergency_numbers"]] == ["110", "119", "120", "122", "12110"]
    assert config["coord_types"] == ["wgs84", "cgcs2000", "gcj02", "bd09"]
    assert config["websocket"]["protocol"] == "police110.v1"
    assert config["limits"]["message_chars"] == limits.MESSAGE_CHARS == 2000
    assert config["limits"]["raw_body_bytes"] == 65536
    assert all(value > 0 for value in (*config["limits"].values(), *config["intervals"].values()))


def test_zero_rated_hosts_are_a_setting(api: APIClient, settings: Any) -> None:
    settings.ZERO_RATED_HOSTS = ["110.hebei.example"]
    assert api.get(URL).json()["zero_rated_hosts"] == ["110.hebei.example"]


@pytest.mark.parametrize("credential", ["Bearer nonsense", "Basic eDp5"])
def test_a_wrong_credential_does_not_matter(api: APIClient, credential: str) -> None:
    assert api.get(URL, headers={"Authorization": credential}).status_code == 200


def test_the_quick_codes_of_the_field_are_there() -> None:
    assert {"domestic_violence", "being_followed", "has_knife", "has_gun", "suspects_2_3"} <= KNOWN
