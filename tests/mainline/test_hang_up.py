"""A phone that hangs up right after the last byte has reported all the same."""

import json
import socket
import time
import uuid

import pytest

from tests.personas import IN_COUNTY
from tests.servers import Server

pytestmark = pytest.mark.server


def test_it_works(server: Server) -> None:
    """Twenty reports whose connections are closed at once: all of them are there."""
    keys = [str(uuid.uuid4()) for _ in range(20)]
    for key in keys:
        body = json.dumps({"client_uuid": key, "kind": "silent", "position": IN_COUNTY, "description": key}).encode()
        head = (
            f"POST /api/v1/reports HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {server.people['fang']['token']}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", server.port)) as phone:
            phone.sendall(head.encode() + body)
    missing = set(keys)
    deadline = time.monotonic() + 20
    with server.http("fang") as http:
        while missing and time.monotonic() < deadline:
            found = {row["description"] for row in http.get("/api/v1/reports?limit=60").json()["results"]}
            missing -= found
            time.sleep(0.2)
    assert not missing
