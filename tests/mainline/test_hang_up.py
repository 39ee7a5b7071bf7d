"""A phone that hangs up right after the last byte has reported all the same."""

import json
import socket
import time
import uuid
from typing import Any

import pytest

from tests.personas import IN_COUNTY
from tests.servers import Server

pytestmark = pytest.mark.server

TOGETHER = 3


def a_report() -> dict[str, Any]:
    return {"client_uuid": str(uuid.uuid4()), "kind": "silent", "position": IN_COUNTY}


def on_the_wire(server: Server, report: dict[str, Any]) -> bytes:
    body = json.dumps(report).encode()
    head = (
        f"POST /api/v1/reports HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {server.people['fang']['token']}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def had_arrived(server: Server, report: dict[str, Any]) -> bool:
    """Send it again: the answer tells whether it was there."""
    with server.http("fang") as http:
        return bool(http.post("/api/v1/reports", json=report).headers.get("Idempotency-Replayed"))


def test_it_works(server: Server) -> None:
    """Thirty reports, three on a connection, and each connection closed at once: all of them are there."""
    sent = [a_report() for _ in range(30)]
    for first in range(0, len(sent), TOGETHER):
        with socket.create_connection(("127.0.0.1", server.port)) as phone:
            phone.sendall(b"".join(on_the_wire(server, report) for report in sent[first : first + TOGETHER]))
    time.sleep(8)
    assert all(had_arrived(server, report) for report in sent)


def test_half_a_request_is_none(server: Server) -> None:
    report = a_report()
    with socket.create_connection(("127.0.0.1", server.port)) as phone:
        phone.sendall(on_the_wire(server, report)[:-10])
    time.sleep(1)
    assert not had_arrived(server, report)
