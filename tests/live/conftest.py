"""A server with the probe kinds, and clients for its sockets."""

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.servers import Server

PROBE_APPLICATION = "tests.live.asgi:application"


class Client:
    """One socket, as a phone has it."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def next(self, timeout: float = 5) -> dict[str, Any]:
        """The next frame that is not a ping."""
        while True:
            frame: dict[str, Any] = json.loads(self.socket.recv(timeout=timeout))
            if frame["type"] != "ping":
                return frame

    def expect(self, kind: str, timeout: float = 5) -> dict[str, Any]:
        """The next frame, which must be of this type."""
        frame = self.next(timeout)
        assert frame["type"] == kind, frame
        return frame

    def events(self, count: int, timeout: float = 10) -> list[dict[str, Any]]:
        """So many events; nothing else may come between."""
        return [self.expect("event", timeout) for _ in range(count)]

    def silence(self, seconds: float = 0.3) -> None:
        """Nothing comes for so long."""
        with pytest.raises(TimeoutError):
            self.next(seconds)

    def send(self, **frame: Any) -> None:
        """Send a frame."""
        self.socket.send(json.dumps(frame))

    def closed(self, timeout: float = 5) -> tuple[list[dict[str, Any]], int]:
        """What came until the server closed, and the close code."""
        frames: list[dict[str, Any]] = []
        deadline = time.monotonic() + timeout

        def read_on() -> None:
            while True:
                frames.append(json.loads(self.socket.recv(timeout=max(0.01, deadline - time.monotonic()))))

        with pytest.raises(ConnectionClosed) as closed:
            read_on()
        received = closed.value.rcvd
        assert received is not None, "the connection was lost without a close frame"
        return [frame for frame in frames if frame["type"] != "ping"], received.code


class ProbeServer(Server):
    """A server that does what a test asks it to."""

    def do(self, deed: str, **order: Any) -> Any:
        """``POST /probe/<deed>``."""
        with self.http() as http:
            answer = http.post(f"/probe/{deed}", json=order)
            assert answer.status_code == 200, answer.text
            return answer.json()

    @contextmanager
    def listen(
        self, key: str, *, who: str | None = "fang", path: str = "probe", query: str = "", **kwargs: Any
    ) -> Iterator[Client]:
        """A socket of one of the personas on ``/ws/<path>/<key>``."""
        headers = kwargs.pop("headers", {})
        if who:
            headers = {"Authorization": f"Bearer {self.people[who]['token']}", **headers}
        address = f"{self.ws_url}/ws/{path}/{key}{query}"
        with connect(address, additional_headers=headers, close_timeout=2, **kwargs) as socket:
            yield Client(socket)


@pytest.fixture(scope="session")
def probe_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProbeServer]:
    """The server with the probe kinds, on the embedded default."""
    made = ProbeServer(tmp_path_factory.mktemp("probe"), application=PROBE_APPLICATION)
    made.prepare()
    made.start()
    yield made
    made.stop()
    made.drop()


@pytest.fixture
def key() -> str:
    """A stream that nobody else uses."""
    return f"open-{uuid.uuid4().hex[:12]}"
