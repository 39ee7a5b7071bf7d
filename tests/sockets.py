"""A WebSocket client for tests: speaks ``police110.v1`` and keeps what it heard."""

import json
import time
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from websockets.sync.client import ClientConnection, connect

from tests.servers import Server


class Listener:
    """An open socket of one persona on one stream. Use as a context manager."""

    def __init__(self, server: Server, who: str, path: str, *, after: int | None = None, epoch: str = "") -> None:
        query = f"?after={after}" + (f"&epoch={epoch}" if epoch else "") if after is not None else ""
        self.url = f"{server.ws_url}/ws/{path}{query}"
        self.token = server.people[who]["token"]
        self.heard: list[dict[str, Any]] = []
        self.socket: ClientConnection | None = None
        self.open = ExitStack()

    def __enter__(self) -> Self:
        self.socket = self.open.enter_context(
            connect(
                self.url,
                additional_headers={"Authorization": f"Bearer {self.token}"},
                subprotocols=["police110.v1"],  # type: ignore[list-item]  # a NewType of str
                open_timeout=10,
            )
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.open.close()

    def send(self, frame: dict[str, Any]) -> None:
        """Send a frame."""
        assert self.socket is not None
        self.socket.send(json.dumps(frame))

    def next(self, timeout: float = 5) -> dict[str, Any]:
        """The next frame; pings are answered and passed over."""
        assert self.socket is not None
        deadline = time.monotonic() + timeout
        while True:
            frame: dict[str, Any] = json.loads(self.socket.recv(timeout=max(deadline - time.monotonic(), 0.001)))
            if frame["type"] == "ping":
                self.send({"type": "pong"})
                continue
            self.heard.append(frame)
            return frame

    def until(self, name: str, timeout: float = 5, **data: Any) -> dict[str, Any]:
        """Listen until an event of this name (and with these data) comes, and return it."""
        deadline = time.monotonic() + timeout
        while True:
            frame = self.next(deadline - time.monotonic())
            fits = frame["type"] == "event" and frame["name"] == name
            if fits and all(frame["data"].get(key) == value for key, value in data.items()):
                return frame

    def until_type(self, kind: str, timeout: float = 5) -> dict[str, Any]:
        """Listen until a frame of this type comes."""
        deadline = time.monotonic() + timeout
        while True:
            frame = self.next(deadline - time.monotonic())
            if frame["type"] == kind:
                return frame

    @property
    def events(self) -> list[str]:
        """The names of the events heard so far."""
        return [frame["name"] for frame in self.heard if frame["type"] == "event"]
