"""The project's ASGI application with the probe kinds, and an address that makes it do things: ``POST /probe/<do>``."""

# Sets Django up, which the rest needs.
from police110.asgi import application as project

# isort: split

import json
import resource
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async
from knox.crypto import hash_token

from accounts.models import Token, User
from journal import doorbell
from live.hub import hub
from tests.live import probe

probe.register()


def tell(order: dict[str, Any]) -> None:
    """Append ``count`` events."""
    for n in range(order.get("count", 1)):
        probe.tell(*order["keys"], n=order.get("first", 0) + n, pad="x" * order.get("pad", 0))


def burst(order: dict[str, Any]) -> None:
    """Append ``count`` events in one commit."""
    probe.burst(order["key"], count=order["count"], pad="x" * order.get("pad", 0))


def show(order: dict[str, Any]) -> None:
    """Pass ``count`` passing frames on, numbered."""
    for n in range(order.get("count", 1)):
        doorbell.show(f"probe:{order['key']}", {**order["frame"], "n": n})


def shut(order: dict[str, Any]) -> None:
    """Withdraw everybody's right to a key, and (unless told otherwise) say so; then tell an event that nobody may hear."""
    probe.probe.closed_keys.add(order["key"])
    if order["ring"]:
        doorbell.recheck()
        probe.tell(order["key"])


def issue(order: dict[str, Any]) -> str:
    """A token of its own for a user, that may expire."""
    expires_in = timedelta(seconds=order["expires_in"]) if "expires_in" in order else None
    return Token.issue(User.objects.get(id=order["user"]), expires_in=expires_in)[1]


def revoke(order: dict[str, Any]) -> None:
    """Revoke a token, and (unless told otherwise) say so; then tell an event that its bearer may not hear."""
    Token.objects.filter(digest=hash_token(order["token"])).delete()
    if order["ring"]:
        doorbell.recheck()
        probe.tell(order["key"])


def deafen(order: dict[str, Any]) -> None:
    """Lose every wake-up of this process from now on, or hear them again."""
    doorbell._doors.clear()
    if not order["on"]:
        doorbell.register(hub)


def memory(order: dict[str, Any]) -> int:
    """The process's resident memory now, in KiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * (resource.getpagesize() // 1024)


DEEDS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "tell": tell,
    "burst": burst,
    "show": show,
    "shut": shut,
    "issue": issue,
    "revoke": revoke,
    "deafen": deafen,
    "memory": memory,
}


async def application(scope: Any, receive: Any, send: Any) -> None:
    """``/probe/…`` here, all else to the project."""
    if scope["type"] != "http" or not scope["path"].startswith("/probe/"):
        await project(scope, receive, send)
        return
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    result = await sync_to_async(DEEDS[scope["path"].removeprefix("/probe/")])(json.loads(body))
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(result).encode()})
