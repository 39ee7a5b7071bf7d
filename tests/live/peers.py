"""A peer without a network: what was sent to it, and whether it takes it."""

import asyncio
import json
from typing import Any, cast

from asgiref.typing import ASGISendCallable

from live.wire import Wire


class Peer:
    """The other end of a `Wire`. `stop_reading` and `go_on_reading` are what Twisted's transport would find out."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.close_code: int | None = None
        self.wire = Wire(cast("ASGISendCallable", self._send))

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.send":
            self.frames.append(json.loads(message["text"]))
        elif message["type"] == "websocket.close":
            self.close_code = message["code"]

    def stop_reading(self) -> None:
        self.wire.pauseProducing()

    def go_on_reading(self) -> None:
        self.wire.resumeProducing()

    @property
    def offsets(self) -> list[int]:
        return [frame["offset"] for frame in self.frames if frame["type"] == "event"]


async def settle() -> None:
    """Let every task that can run have its turn."""
    for _ in range(20):
        await asyncio.sleep(0)
