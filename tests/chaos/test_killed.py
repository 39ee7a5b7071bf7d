"""The server is killed (SIGKILL) while reports come in: what was acknowledged is there, and nothing is there twice."""

import signal
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.personas import IN_COUNTY
from tests.servers import Server

pytestmark = pytest.mark.server

SENDERS = 4
GAPS = """
from django.db.models import Count, F, Max
from journal.models import Stream
streams = Stream.objects.annotate(count=Count("events"), last=Max("events__offset")).filter(offset__gt=0)
print("STREAMS", streams.count(), "UNEVEN", streams.exclude(count=F("offset"), last=F("offset")).count())
"""


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of this test's own, to be killed."""
    server = Server(tmp_path_factory.mktemp("killed"))
    server.prepare()
    server.start()
    yield server
    server.stop()
    server.drop()


@dataclass
class Phone:
    """Sends one report after the other until nobody answers any more."""

    server: Server
    acknowledged: dict[str, dict[str, Any]] = field(default_factory=dict)
    in_flight: str = ""

    def run(self) -> None:
        with self.server.http("fang") as http:
            while True:
                self.in_flight = str(uuid.uuid4())
                try:
                    answer = send(http, self.in_flight)
                except httpx.HTTPError:
                    return
                assert answer.status_code == 201, answer.text
                self.acknowledged[self.in_flight] = answer.json()


def send(http: httpx.Client, key: str) -> httpx.Response:
    """A report with this key, each time the same."""
    report = {"client_uuid": key, "kind": "text", "position": IN_COUNTY, "description": f"报警 {key}"}
    return http.post("/api/v1/reports", json=report)


def all_reports(http: httpx.Client) -> list[str]:
    """The ids of the reporter's reports, over all pages."""
    found, cursor = [], ""
    while True:
        page = http.get("/api/v1/reports", params={"limit": 200, "cursor": cursor}).json()
        found += [report["id"] for report in page["results"]]
        cursor = page["next"]
        if not cursor:
            return found


def test_what_was_acknowledged_is_there_once(own: Server) -> None:
    phones = [Phone(own) for _ in range(SENDERS)]
    senders = [threading.Thread(target=phone.run) for phone in phones]
    for sender in senders:
        sender.start()
    deadline = time.monotonic() + 60
    while sum(len(phone.acknowledged) for phone in phones) < 20 and time.monotonic() < deadline:
        time.sleep(0.02)
    own.stop(signal.SIGKILL)
    for sender in senders:
        sender.join()
    acknowledged = {key: body for phone in phones for key, body in phone.acknowledged.items()}
    assert len(acknowledged) >= 20

    own.start()
    with own.http("fang") as http:
        for key, body in acknowledged.items():
            again = send(http, key)
            assert (again.status_code, again.headers.get("Idempotency-Replayed")) == (201, "true")
            assert again.json() == body
        unsure = [send(http, phone.in_flight) for phone in phones]
        assert {answer.status_code for answer in unsure} == {201}
        ids = [body["id"] for body in acknowledged.values()] + [answer.json()["id"] for answer in unsure]
        assert sorted(all_reports(http)) == sorted(ids)
        assert len(set(ids)) == len(acknowledged) + SENDERS

    own.stop()
    assert "all hold" in own.manage("verify_audit")
    counted = own.manage("shell", "-v0", "-c", GAPS).split()
    assert int(counted[counted.index("STREAMS") + 1]) > len(ids)
    assert counted[counted.index("UNEVEN") + 1] == "0"
