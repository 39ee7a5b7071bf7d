"""Whatever is wrong with a report, it is accepted, flagged, and in a dispatcher's queue within two seconds."""

import json
import time
import uuid
from typing import Any

import pytest

from tests.personas import COUNTY, IN_COUNTY, PROVINCE
from tests.servers import Server
from tests.sockets import Listener

pytestmark = pytest.mark.server

FIELDS = [
    "client_uuid",
    "kind",
    "position",
    "address",
    "description",
    "quick_codes",
    "contact_phone",
    "callback_allowed",
    "reported_at",
    "battery_pct",
    "network",
    "app_version",
    "journey_id",
]
BIG = "长" * 34_000  # 102 kB in UTF-8
WRONG: dict[str, list[Any]] = {
    "null": [None],
    "type": [{"a": [1]}, 17, [[]], "x", True],
    "absurd": ["\x00\ud800'; DROP TABLE reports;--", -1e308, 10**400],
    "100 kB": [BIG],
}


def a_report() -> dict[str, Any]:
    return {
        "client_uuid": str(uuid.uuid4()),
        "kind": "text",
        "position": IN_COUNTY,
        "address": "建北街道 3 号",
        "description": "有人砸门",
        "quick_codes": [],
        "contact_phone": "13800000009",
        "callback_allowed": True,
        "reported_at": "2026-11-24T08:00:00+08:00",
        "battery_pct": 64,
        "network": "5g",
        "app_version": "1.0",
        "journey_id": None,
    }


def bodies() -> list[tuple[str, bytes]]:
    made = []
    for field in FIELDS:
        body = a_report()
        del body[field]
        made.append((f"{field} missing", json.dumps(body).encode()))
        for kind, values in WRONG.items():
            for number, value in enumerate(values):
                made.append((f"{field} {kind} {number}", json.dumps(a_report() | {field: value}).encode()))
    for number, bad in enumerate(
        [
            b"",
            b"{",
            b"\xff\xfe\x00",
            b"[]",
            b"null",
            b'"help"',
            b"[" * 20_000,
            b'{"kind": NaN}',
            json.dumps(a_report()).encode()[:-20],
            b"\x00" * 200_000,
            "帮帮我".encode("gb18030"),
            b"x" * 3_000_000,
        ]
    ):
        made.append((f"unreadable {number}", bad))
    return made


def test_it_works(server: Server) -> None:
    """Every one is answered 201 and its number is on a desk's socket within two seconds of the answer."""
    cases = bodies()
    with server.http("fang") as http, Listener(server, "province_dispatcher", f"agencies/{PROVINCE}") as desk:
        desk.until_type("hello")
        slowest = 0.0
        for name, body in cases:
            answer = http.post("/api/v1/reports", content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code == 201, (name, answer.status_code, answer.text[:300])
            begun = time.monotonic()
            desk.until("incident.received", timeout=2, number=answer.json()["number"])
            slowest = max(slowest, time.monotonic() - begun)
            flagged = {flag["field"].split(".")[0] for flag in answer.json()["needs_review"]}
            field = name.split()[0]
            if field == "unreadable" or (
                name.endswith(("0", "missing")) and field in {"client_uuid", "kind", "position", "reported_at"}
            ):
                assert flagged, name
            if "type 0" in name or "100 kB" in name:
                assert field in flagged, (name, flagged)
        assert slowest < 2


def test_a_missing_or_wrong_token_is_refused(server: Server) -> None:
    with server.http() as http:
        for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Bearer " + "x" * 10_000}):
            assert http.post("/api/v1/reports", json=a_report(), headers=headers).status_code == 401


def test_the_county_sees_it_and_the_other_county_does_not(server: Server) -> None:
    with (
        server.http("fang") as http,
        Listener(server, "dispatcher", f"agencies/{COUNTY}") as own,
        Listener(server, "second_dispatcher", "agencies/130104000000") as other,
    ):
        number = http.post("/api/v1/reports", json=a_report()).json()["number"]
        own.until("incident.received", number=number)
        with pytest.raises(TimeoutError):
            other.until("incident.received", timeout=1.5)
