"""A small application on our server, as a process of its own: ``python -m tests.build.ending_app``; prints its port."""

import asyncio
import socket
import sys
from typing import Any

from police110.server import Server

MEGABYTE = b"x" * 1_000_000


async def application(scope: Any, receive: Any, send: Any) -> None:
    """``/slow`` answers after a second, ``/large`` with 20 MB, ``/never`` not at all; WebSockets are accepted."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        return
    while (await receive()).get("more_body"):
        pass
    await asyncio.sleep({"/slow": 1, "/never": 60}.get(scope["path"], 0))
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(20 if scope["path"] == "/large" else 0):
        await send({"type": "http.response.body", "body": MEGABYTE, "more_body": True})
    await send({"type": "http.response.body", "body": b"done"})


async def _farewell() -> None:
    sys.stdout.write("farewell\n")


if __name__ == "__main__":
    bound = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"{bound.getsockname()[1]}\n")
    Server(application, bound, ready=sys.stdout.flush, farewell=_farewell).run()
