"""One line in the log for each request, with its id, on one line, without a secret."""

import asyncio
import http.client
import json
import logging
from typing import Any

import pytest
from django.test import AsyncClient, Client

from foundation.middleware import safe_path
from tests.servers import Server


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [r.msg for r in caplog.records if isinstance(r.msg, dict) and r.msg["event"] == "request"]


@pytest.mark.urls("tests.foundation.doors")
@pytest.mark.django_db
def test_it_works(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        response = client.get("/api/v1/raise/conflict?phone=13800000001")
    (line,) = lines(caplog)
    assert line["request_id"] == response["X-Request-Id"] == response.json()["request_id"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/api/v1/raise/conflict", 409)
    assert line["ms"] >= 0
    assert "13800000001" not in str(line)


@pytest.mark.urls("tests.foundation.doors")
@pytest.mark.django_db
def test_ids_do_not_leak_from_one_request_into_another(caplog: pytest.LogCaptureFixture) -> None:
    async def ask() -> list[Any]:
        return await asyncio.gather(*(AsyncClient().get(f"/api/v1/nowhere/{n}") for n in range(5)))

    with caplog.at_level(logging.INFO):
        responses = asyncio.run(ask())
    told = {response["X-Request-Id"]: response.asgi_request.path for response in responses}
    assert {line["request_id"]: line["path"] for line in lines(caplog)} == told
    assert len(told) == 5


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/api/v1/ingest/tOpSecret/index0.m4s", "/api/v1/ingest/[secret]/index0.m4s"),
        ("/api/v1/playback/tOpSecret/index.m3u8", "/api/v1/playback/[secret]/index.m3u8"),
        ("/api/v1/playback/tOpSecret", "/api/v1/playback/[secret]"),
        ("/api/v1//playback//tOpSecret/x", "/api/v1//playback//[secret]/x"),
        ("/API/v1/Playback/tOpSecret", "/API/v1/Playback/[secret]"),
        ("/prefix/api/v1/ingest/tOpSecret", "/prefix/api/v1/ingest/[secret]"),
        ("/api/v1/recordings/0190/playback", "/api/v1/recordings/0190/playback"),
        ("/api/v1/x\r\n2026 [info] request", "/api/v1/x??2026 [info] request"),
        ("/\x1b[31m\u2028\ud800", "/?[31m??"),
    ],
)
def test_the_path_as_it_is_logged(path: str, logged: str) -> None:
    assert safe_path(path) == logged


@pytest.mark.server
def test_a_real_log_has_the_id_and_no_secret(server: Server) -> None:
    with server.http() as client:
        response = client.get("/api/v1/playback/canary-4711/index.m3u8?token=canary-4712%0aline")
        client.get("/api/v1/canary%0a2026 forged")
    assert response.status_code in {401, 404}
    log = server.log_text()
    assert response.headers["X-Request-Id"] in log
    assert "canary-4711" not in log
    assert "canary-4712" not in log
    assert "\n2026 forged" not in log


@pytest.mark.server
def test_a_body_in_chunks_is_read(server: Server) -> None:
    """As Go, Java and browsers' streams send it: without Content-Length."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {server.people['wei']['token']}"}
    body = json.dumps({"phone": "nonsense", "label": "x" * 10}).encode()
    connection.request("POST", "/api/v1/contacts", iter([body[:9], body[9:]]), headers, encode_chunked=True)
    response = connection.getresponse()
    found = json.loads(response.read())
    connection.close()
    assert response.status == 400
    assert [(e["field"], e["code"]) for e in found["errors"]] == [("phone", "invalid_phone")]
