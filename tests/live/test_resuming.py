"""Cut at random moments, a client that resumes with its offset sees every event once and in order."""

import json
import random
import threading
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.live.conftest import ProbeServer

pytestmark = pytest.mark.server

EVENTS = 2000


class Cut:
    """A client whose connection is cut again and again, as on a train."""

    def __init__(self, server: ProbeServer, key: str, seed: int) -> None:
        self.server, self.key, self.chance = server, key, random.Random(seed)
        self.seen: list[dict[str, Any]] = []
        self.epoch = ""
        self.cuts = 0

    def listen_until(self, count: int) -> None:
        while len(self.seen) < count:
            last = self.seen[-1]["offset"] if self.seen else 0
            query = f"?after={last}&epoch={self.epoch}" if self.epoch else "?after=0"
            with self.server.listen(self.key, query=query) as client:
                hello = client.expect("hello")
                assert self.epoch in {"", hello["epoch"]}
                self.epoch = hello["epoch"]
                self._hear(client, self.chance.randint(0, 150), count)

    def _hear(self, client: Any, events: int, count: int) -> None:
        try:
            while len(self.seen) < count:
                if events == 0:
                    # No close frame, and what lies in the buffers is lost.
                    client.socket.socket.shutdown(2)
                    self.cuts += 1
                    return
                self.seen.append(client.expect("event", 20))
                events -= 1
        except ConnectionClosed:
            self.cuts += 1


def check(seen: list[dict[str, Any]]) -> None:
    assert [e["offset"] for e in seen] == list(range(1, EVENTS + 1))
    assert [e["data"]["n"] for e in seen] == list(range(EVENTS))


def hear_while_cut(server: ProbeServer, key: str, write: Any) -> None:
    clients = [Cut(server, key, seed) for seed in range(3)]
    threads = [threading.Thread(target=client.listen_until, args=(EVENTS,)) for client in clients]
    for thread in threads:
        thread.start()
    write()
    for thread in threads:
        thread.join(90)
        assert not thread.is_alive()
    for client in clients:
        check(client.seen)
        assert client.cuts > 5


@pytest.mark.timeout(180)
def test_it_works(probe_server: ProbeServer, key: str) -> None:
    def write() -> None:
        for first in range(0, EVENTS, 50):
            probe_server.do("tell", keys=[key], count=50, first=first)

    hear_while_cut(probe_server, key, write)


def test_a_lost_wake_up_costs_a_second(probe_server: ProbeServer, key: str) -> None:
    probe_server.do("deafen", on=True)
    try:
        with probe_server.listen(key) as client:
            client.expect("hello")
            for n in range(3):
                probe_server.do("tell", keys=[key], count=3)
                assert [e["offset"] for e in client.events(3, timeout=2.5)] == [3 * n + 1, 3 * n + 2, 3 * n + 3]
    finally:
        probe_server.do("deafen", on=False)


WRITE = """
import json, sys
from tests.live import probe
order = json.loads({order!r})
for n in range(order["count"]):
    probe.tell(order["key"], n=n)
"""


def write_elsewhere(server: ProbeServer, key: str, count: int = EVENTS) -> None:
    """Append from another process."""
    server.manage("shell", "-v0", "-c", WRITE.format(order=json.dumps({"key": key, "count": count})))
