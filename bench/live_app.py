"""The application that `bench.live` measures: the door with the probe kind, and beside it the stock Channels pattern.

Both hear of the same deed in the same process. ``POST /commit/<key>/<n>`` carries it out.
"""

from police110.asgi import application as project  # isort: skip  # sets Django up, which the rest needs

import time
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from django.db import transaction

from journal import unit
from live.protocol import encode
from tests.live import probe

probe.register()
committed: list[int] = []


class Stock(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """A consumer per socket in a group per stream, as the tutorial has it; without authentication, which favours it."""

    async def connect(self) -> None:
        """Join the group."""
        self.group = self.scope["path"].rsplit("/", 1)[1]
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()
        await self.send(text_data='{"type":"hello"}')

    async def disconnect(self, code: int) -> None:
        """Leave it."""
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def told(self, message: dict[str, Any]) -> None:
        """Pass on what the group was sent."""
        await self.send(text_data=message["text"])


stock = Stock.as_asgi()


@unit.deed
def commit(key: str, n: int) -> int:
    """One event in the stream of this key; nanoseconds of the monotonic clock at its commit."""
    transaction.on_commit(lambda: committed.append(time.monotonic_ns()))
    if key.startswith("stock-"):
        text = encode({"type": "event", "name": "probe.told", "data": {"n": n}}).text
        send = async_to_sync(get_channel_layer().group_send)
        transaction.on_commit(lambda: send(key, {"type": "told", "text": text}))
    unit.append(probe.ProbeTold(n=n), f"probe:{key}")
    return n


def commit_and_tell(key: str, n: int) -> bytes:
    """Do it; when it was committed."""
    commit(key, n)
    return str(committed.pop()).encode()


async def application(scope: Any, receive: Any, send: Any) -> None:
    """``/stock/<key>``, ``/commit/<key>/<n>``, and all else of the project."""
    path = scope.get("path", "")
    if scope["type"] == "websocket" and path.startswith("/stock/"):
        await stock(scope, receive, send)
    elif scope["type"] == "http" and path.startswith("/commit/"):
        _, _, key, n = path.split("/")
        body = await sync_to_async(commit_and_tell)(key, int(n))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})
    else:
        await project(scope, receive, send)
