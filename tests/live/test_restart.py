"""When the process is told to end, every peer is told when to come back, and the close code says why."""

import signal
import threading
from typing import Any

import pytest

from live.hub import SPREAD_MS
from tests.live.conftest import PROBE_APPLICATION, ProbeServer

pytestmark = pytest.mark.server


def test_it_works(tmp_path: Any) -> None:
    server = ProbeServer(tmp_path / "restart", application=PROBE_APPLICATION)
    server.prepare()
    server.start()
    with (
        server.listen("open-1") as one,
        server.listen("open-2", who="wei") as two,
        server.listen("open-1", who="dispatcher") as three,
    ):
        clients = [one, two, three]
        for client in clients:
            client.expect("hello")
        ends: list[tuple[list[dict[str, Any]], int]] = []
        reading = [threading.Thread(target=lambda c=client: ends.append(c.closed(10))) for client in clients]
        for thread in reading:
            thread.start()
        server.stop(signal.SIGTERM)
        for thread in reading:
            thread.join(10)
        assert [close for _, close in ends] == [1012] * 3
        assert all([f["type"] for f in frames] == ["reconnect", "error"] for frames, _ in ends)
        waits = [frames[0]["after_ms"] for frames, _ in ends]
        assert all(SPREAD_MS[0] <= wait <= SPREAD_MS[1] for wait in waits)
        assert len(set(waits)) > 1
    assert "Traceback" not in server.log_text()
    server.start()
    with server.listen("open-1") as again:
        again.expect("hello")
    server.stop()
