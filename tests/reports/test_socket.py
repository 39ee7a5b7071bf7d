"""The reporter's socket on a real server: positions, read marks and what the police do."""

import uuid

import pytest

from tests.personas import IN_COUNTY
from tests.reports.story import URL, a_report
from tests.servers import Server
from tests.sockets import Listener

pytestmark = pytest.mark.server


def test_it_works(server: Server) -> None:
    with server.http("min") as http:
        report = http.post(URL, json=a_report()).json()
        with Listener(server, "min", f"reports/{report['id']}", after=0) as socket:
            assert socket.next()["type"] == "hello"
            socket.until("report.received", number=report["number"])

            socket.send({"type": "fixes", "id": "b1", "fixes": [{**IN_COUNTY, "seq": 1}, {**IN_COUNTY, "seq": 1}]})
            ack = socket.until_type("ack")
            assert (ack["id"], ack["stored"], ack["last_seq"]) == ("b1", 1, 1)
            assert ack["next_interval_s"] > 0

            said = http.post(f"{URL}/{report['id']}/messages", json={"client_uuid": str(uuid.uuid4()), "text": "救命"})
            posted = socket.until("message.posted", side="reporter")
            assert posted["data"]["message_id"] == said.json()["id"]
            assert "救命" not in str(posted)

            socket.send({"type": "typing"})
            socket.send({"type": "read", "offset": posted["offset"]})
            socket.send({"type": "fixes", "id": "b2", "fixes": ["bad"]})
            assert socket.until_type("ack")["id"] == "b2"
            assert "error" not in {frame["type"] for frame in socket.heard}


def test_another_citizen_is_turned_away(server: Server) -> None:
    with server.http("min") as http:
        report = http.post(URL, json=a_report()).json()
    with Listener(server, "wei", f"reports/{report['id']}") as socket:
        assert socket.next() == {
            "type": "error",
            "code": "no_such_stream",
            "detail": "There is no such stream.",
        }
