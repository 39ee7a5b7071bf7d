"""The door in the server as operators start it: a report reaches its reporter and the desk."""

import uuid
from pathlib import Path

import pytest

from tests.live.conftest import ProbeServer
from tests.personas import COUNTY, IN_COUNTY
from tests.servers import Server

pytestmark = pytest.mark.server


def listener(server: Server) -> ProbeServer:
    """The same server, with sockets."""
    return ProbeServer(server.data, port=server.port, people=server.people)


def test_it_works(server: Server) -> None:
    sockets = listener(server)
    with sockets.listen(COUNTY, path="agencies", who="dispatcher") as desk:
        stands = desk.expect("hello")
        with server.http("fang") as http:
            report = http.post(
                "/api/v1/reports",
                json={
                    "client_uuid": str(uuid.uuid4()),
                    "kind": "text",
                    "position": IN_COUNTY,
                    "description": "有人打架",
                },
            ).json()
        event = desk.expect("event")
        assert event["offset"] == stands["offset"] + 1
        assert "有人打架" not in str(event)
        stream = report["stream"]
        query = f"?after=0&epoch={stream['epoch']}"
        with sockets.listen(report["id"], path="reports", query=query) as client:
            assert client.expect("hello")["offset"] >= stream["offset"]
            assert client.events(1)[0]["name"] == "report.received"
    for who, path, key in [("wei", "reports", report["id"]), ("fang", "agencies", COUNTY)]:
        with sockets.listen(key, path=path, who=who) as other:
            assert other.closed()[1] == 4404


def test_too_big_and_restart(tmp_path: Path) -> None:
    server = ProbeServer(tmp_path / "real")
    server.prepare()
    server.start()
    with server.listen(COUNTY, path="agencies", who="dispatcher") as big:
        big.expect("hello")
        big.socket.send("x" * 70_000)
        assert big.closed()[1] == 1009
    with server.listen(COUNTY, path="agencies", who="dispatcher") as desk:
        desk.expect("hello")
        assert server.process is not None
        server.process.terminate()
        frames, close = desk.closed(10)
        assert ([frame["type"] for frame in frames], close) == (["reconnect", "error"], 1012)
    server.stop()
