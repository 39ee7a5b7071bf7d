"""The ASGI ``send`` of one socket, and what Daphne can do beyond it.

Daphne's ``send`` returns at once, whatever the peer reads, and Twisted keeps what the kernel does not take, without
bound. It also refuses to close with the codes 1009 and 1012, which the WebSocket standard reserves for servers such as
this. Both are solved by talking to Daphne's protocol object itself. Under another ASGI server, whose ``send`` waits and
whose ``close`` takes every code, this class does nothing special.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from asgiref.typing import ASGISendCallable, WebSocketAcceptEvent, WebSocketCloseEvent, WebSocketSendEvent
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet.defer import Deferred

# How long a peer may take to answer a close frame, in seconds; Autobahn's own second is short for a phone.
CLOSE_HANDSHAKE_S = 5


class Wire:
    """One peer: what is sent to it, and whether it keeps up.

    It is the producer (Twisted's ``IPushProducer``) of its transport: the transport calls `pauseProducing` when more than
    64 KiB wait in user space, and `resumeProducing` when all of it went to the kernel.
    """

    def __init__(self, send: ASGISendCallable) -> None:
        self._send = send
        self._protocol = _daphne_protocol(send)
        self._free = asyncio.Event()
        self._free.set()
        self._reading = True

    async def accept(self, subprotocol: str | None) -> None:
        """Finish the handshake."""
        accept: WebSocketAcceptEvent = {"type": "websocket.accept", "subprotocol": subprotocol, "headers": []}
        await self._send(accept)
        if self._protocol is not None:
            self._protocol.closeHandshakeTimeout = CLOSE_HANDSHAKE_S
            # A frame above Daphne's own limit (1 MiB) ends in a close frame with 1009, not in a lost connection.
            self._protocol.failByDrop = False
            # The HTTP channel that took the handshake is still registered; it would stop *reading* instead of us.
            self._protocol.unregisterProducer()
            self._protocol.registerProducer(self, True)

    async def send(self, text: str) -> None:
        """Send a text frame. Does not wait for the peer: ask `ready` before."""
        event: WebSocketSendEvent = {"type": "websocket.send", "bytes": None, "text": text}
        await self._send(event)

    async def close(self, code: int) -> None:
        """Send the close frame."""
        if self._protocol is not None:
            self._protocol.sendCloseFrame(code=code)
            return
        event: WebSocketCloseEvent = {"type": "websocket.close", "code": code, "reason": None}
        await self._send(event)

    @property
    def is_free(self) -> bool:
        """Whether the peer has taken nearly all that was sent."""
        return self._free.is_set()

    async def ready(self) -> None:
        """Wait until the peer has taken what was sent."""
        await self._free.wait()

    def hold_reading(self) -> None:
        """Let the peer's frames wait in the network: this side can't keep up with them."""
        if self._protocol is not None and self._reading:
            self._reading = False
            self._protocol.transport.pauseProducing()

    def go_on_reading(self) -> None:
        """Take the peer's frames again."""
        if self._protocol is not None and not self._reading:
            self._reading = True
            self._protocol.transport.resumeProducing()

    def pauseProducing(self) -> None:  # noqa: N802  # Twisted's interface
        """The transport's buffer is full."""
        self._free.clear()

    def resumeProducing(self) -> None:  # noqa: N802  # Twisted's interface
        """The transport's buffer is empty."""
        self._free.set()

    def stopProducing(self) -> None:  # noqa: N802  # Twisted's interface
        """The connection is gone; nobody needs to wait any longer."""
        self._free.set()


def before_shutdown(drain: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Under Daphne, let the process end only after ``drain``.

    Daphne cancels its applications when it is told to end, but not all of them: a connection of the last second makes it
    stumble (it looks up an application that is not there). So the reactor is asked as well.
    """
    daphne = sys.modules.get("daphne.server")
    if daphne is not None and daphne.reactor.running:
        daphne.reactor.addSystemEventTrigger(
            "before", "shutdown", lambda: Deferred.fromFuture(asyncio.ensure_future(drain()))
        )


def _daphne_protocol(send: Any) -> Any:
    if isinstance(send, partial) and send.args and isinstance(send.args[0], WebSocketProtocol):
        return send.args[0]
    return None
