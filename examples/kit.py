#!/usr/bin/env python3
"""What the shell scripts beside this file can't do alone: read JSON, make one-time codes, listen on a WebSocket.

Needs nothing that the server itself does not have (autobahn comes with Daphne).

    kit.py get KEY[.KEY…]          a value out of the JSON on standard input
    kit.py staff DEMO USERNAME FIELD
    kit.py otp SECRET              the TOTP code of this half minute (RFC 6238)
    kit.py listen URL FILE         write every frame as a line "<time> <frame>"; the token is read from $TOKEN
    kit.py wait FILE TEXT SECONDS  wait until a line with TEXT stands in the file, print it
    kit.py timeline FILE           the events in a listener's file, one a line
"""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import struct
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


def get(path: str) -> None:
    """Print a value out of the JSON on standard input; lists are indexed by numbers."""
    value = json.load(sys.stdin)
    for key in path.split("."):
        value = value[int(key)] if isinstance(value, list) else value[key]
    print(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def staff(demo: str, username: str, field: str) -> None:
    """Print one field of a demo member of staff."""
    people = {person["username"]: person for person in json.loads(Path(demo).read_text())["staff"]}
    print(people[username][field])


def otp(secret: str) -> None:
    """Print the six digits of now."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1)
    start = mac[-1] & 15
    print(f"{(int.from_bytes(mac[start : start + 4]) & 0x7FFFFFFF) % 1_000_000:06d}")


def listen(url: str, file: str) -> None:
    """Open the socket and write what comes, until the server or the script ends it."""
    from autobahn.asyncio.websocket import WebSocketClientFactory, WebSocketClientProtocol  # noqa: PLC0415  # only here

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    with Path(file).open("a", buffering=1) as out:

        class Listener(WebSocketClientProtocol):  # type: ignore[misc]  # autobahn has no types
            def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803  # autobahn's names
                frame = json.loads(payload)
                out.write(f"{datetime.now(UTC):%H:%M:%S.%f} {json.dumps(frame, ensure_ascii=False)}\n")
                if frame["type"] == "ping":
                    self.sendMessage(b'{"type": "pong"}')

            def onClose(self, wasClean: bool, code: int, reason: str) -> None:  # noqa: N802, N803
                out.write(f"{datetime.now(UTC):%H:%M:%S.%f} closed {code}\n")
                loop.stop()

        headers = {"Authorization": f"Bearer {os.environ['TOKEN']}"}
        factory = WebSocketClientFactory(url, protocols=["police110.v1"], headers=headers)
        factory.protocol = Listener
        address = urlsplit(url)
        loop.run_until_complete(loop.create_connection(factory, address.hostname or "127.0.0.1", address.port or 80))
        loop.run_forever()


def wait(file: str, text: str, seconds: str) -> None:
    """Wait for a line and print it; exit with 1 when it does not come."""
    deadline = time.monotonic() + float(seconds)
    while time.monotonic() < deadline:
        lines = Path(file).read_text().splitlines() if Path(file).exists() else []
        found = next((line for line in lines if text in line), None)
        if found:
            print(found)
            return
        time.sleep(0.05)
    sys.exit(f"no line with {text!r} came within {seconds} s")


def timeline(file: str) -> None:
    """Print time, offset, name and data of each event that a listener saw."""
    for line in Path(file).read_text().splitlines():
        at, _, text = line.partition(" ")
        if text.startswith("{"):
            frame: dict[str, Any] = json.loads(text)
            if frame["type"] == "event":
                data = {key: value for key, value in frame["data"].items() if not key.endswith("_id")}
                print(f"  {at[:12]}  #{frame['offset']:<3} {frame['name']:<24} {json.dumps(data, ensure_ascii=False)}")
            elif frame["type"] == "fixes":
                newest = frame["fixes"][-1]
                print(f"  {at[:12]}        position                 {newest['lon']}, {newest['lat']}")


if __name__ == "__main__":
    deeds = {f.__name__: f for f in (get, staff, otp, listen, wait, timeline)}
    if len(sys.argv) < 2 or sys.argv[1] not in deeds:
        sys.exit(__doc__)
    deeds[sys.argv[1]](*sys.argv[2:])
