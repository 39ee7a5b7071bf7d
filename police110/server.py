"""The web server: Daphne in this process, on a socket that is already bound, with an end that loses no answer.

Daphne by itself drops every connection on SIGTERM: what was done in a request is then done without its answer.
"""

import asyncio
import logging
import signal
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.server import Server as Daphne
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet import defer
from twisted.internet import reactor as installed_reactor
from twisted.logger import globalLogBeginner
from twisted.web.http import HTTPChannel

log = logging.getLogger(__name__)
# Typed by Twisted as a module that it is not.
reactor: Any = installed_reactor

DRAIN_SECONDS = 10.0
FAREWELL_SECONDS = 6.0
# How long a request is carried out after its client has hung up; the longest wait is SQLite's for its lock.
LINGER_SECONDS = 60.0
LINGER_STEP = 0.02
RESTARTING = 1012
ERROR_PAGE = (
    "<!doctype html><html><head><title>%(title)s</title></head><body><h1>%(title)s</h1><p>%(body)s</p></body></html>"
)


class Request(WebRequest):  # type: ignore[misc]  # daphne has no types
    """A request whose own error pages do not name the software."""

    error_template = ERROR_PAGE

    def process(self) -> Any:
        """Handle it; a connection that became a WebSocket is no HTTP channel any more."""
        channel = self.channel
        done = super().process()
        if self.transport is None:
            self.server.http_factory.open.discard(channel)
        return done


class WebSocket(WebSocketProtocol):  # type: ignore[misc]  # daphne has no types
    """A WebSocket that can be closed with any code; Autobahn keeps those of servers (1009, 1012) to itself."""

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802  # Daphne's name
        """Send the close frame."""
        self.sendCloseFrame(code=1000 if code is None else code)


class WebSockets(WebSocketFactory):  # type: ignore[misc]  # daphne has no types
    """Makes the WebSocket side of a connection."""

    protocol = WebSocket


class Channels(HTTPFactory):  # type: ignore[misc]  # daphne has no types
    """Makes the HTTP side of each connection and remembers it while it is open."""

    def __init__(self, server: "Server") -> None:
        super().__init__(server)
        self.open: set[HTTPChannel] = set()

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802  # Twisted's name
        """One connection."""
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = Request
        channel = protocol._channel
        lost = channel.connectionLost

        def connection_lost(reason: Any, waited: float = 0.0) -> None:
            if waited < LINGER_SECONDS and _has_whole_requests(channel):
                reactor.callLater(LINGER_STEP, connection_lost, reason, waited + LINGER_STEP)
                return
            self.open.discard(channel)
            lost(reason)

        connect = channel.makeConnection

        def make_connection(transport: Any) -> None:
            connect(transport)
            host = channel.getHost()
            # A buffered request asks for it when the socket may be gone.
            channel.getHost = lambda: host

        channel.connectionLost = connection_lost
        channel.makeConnection = make_connection
        self.open.add(channel)
        return protocol


def _has_whole_requests(channel: HTTPChannel) -> bool:
    """Whether something on this connection has arrived whole and is not answered, or lies in the buffer behind it.

    A phone whose network goes away right after the last byte has reported an emergency, and ffmpeg sends its last segment
    and playlist and hangs up without waiting. Twisted forgets what it has buffered when a connection is lost, and Django
    cancels the view; so the loss is made known only when all of it is carried out. The answers go nowhere.
    """
    return any(getattr(request, "application_queue", None) for request in channel.requests)


class Server(Daphne):  # type: ignore[misc]  # daphne has no types
    """Daphne on a bound socket.

    ``ready`` is called when it answers. On SIGTERM or SIGINT it stops listening, lets ``farewell`` tell the WebSockets,
    closes what is idle, waits up to `DRAIN_SECONDS` for the requests in flight, then ends. A second signal ends it at
    once.
    """

    def __init__(
        self,
        application: Any,
        bound: socket.socket,
        *,
        ready: Callable[[], None],
        farewell: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(
            application,
            endpoints=["bound"],
            # No limit on the time of an answer: evidence bundles are long. Daphne measures these by the wall clock.
            http_timeout=None,
            websocket_timeout=-1,
            ping_interval=20,
            ping_timeout=30,
            server_name="",
        )
        self.bound = bound
        self.ready = ready
        self.farewell = farewell
        self.ending: asyncio.Task[None] | None = None

    def run(self) -> None:
        """Serve until a signal comes."""
        self.connections: dict[Any, dict[str, Any]] = {}
        self.http_factory = Channels(self)
        self.ws_factory = WebSockets(self, server=self.server_name)
        self.ws_factory.setProtocolOptions(
            autoPingTimeout=self.ping_timeout,
            allowNullOrigin=True,
            openHandshakeTimeout=self.websocket_handshake_timeout,
            maxMessagePayloadSize=self.websocket_max_message_size,
            maxFramePayloadSize=self.websocket_max_frame_size,
        )
        # Twisted's own log shows addresses and whole paths; Daphne's goes through `logging`.
        globalLogBeginner.beginLoggingTo([], redirectStandardIO=False, discardBuffer=True)
        reactor.callLater(1, self.application_checker)
        reactor.callLater(2, self.timeout_checker)
        self.bound.listen(1024)
        self.bound.setblocking(False)
        self.port = reactor.adoptStreamPort(self.bound.fileno(), self.bound.family, self.http_factory)
        self.bound.close()  # Twisted has its own copy
        self.loop: asyncio.AbstractEventLoop = reactor._asyncioEventloop
        asyncio.set_event_loop(self.loop)
        for number in (signal.SIGTERM, signal.SIGINT):
            self.loop.add_signal_handler(number, self.end)
        reactor.addSystemEventTrigger("before", "shutdown", self.kill_all_applications)
        reactor.callWhenRunning(self.ready)
        reactor.run(installSignalHandlers=False)

    def end(self) -> None:
        """End politely; at once when asked twice."""
        if self.ending is None:
            self.ending = self.loop.create_task(self._end())
        else:
            self.stop()

    async def _end(self) -> None:
        log.info("ending: no new connections; answering %d open ones", len(self.http_factory.open))
        deadline = time.monotonic() + DRAIN_SECONDS
        try:
            await defer.maybeDeferred(self.port.stopListening).asFuture(self.loop)
            await asyncio.wait_for(self.farewell(), FAREWELL_SECONDS)
            for websocket in self._websockets():
                websocket.handle_reply({"type": "websocket.close", "code": RESTARTING})
            await asyncio.sleep(0.1)  # what already lies in the sockets' buffers becomes a request
        except Exception:
            log.exception("the farewell failed")
        self._stop_when_answered(deadline)

    def _stop_when_answered(self, deadline: float) -> None:
        if self._still_answering() and time.monotonic() < deadline:
            self.loop.call_later(0.02, self._stop_when_answered, deadline)
        else:
            self.stop()

    def _websockets(self) -> list[WebSocketProtocol]:
        return [
            protocol
            for protocol, details in self.connections.items()
            if isinstance(protocol, WebSocketProtocol) and "disconnected" not in details
        ]

    def _still_answering(self) -> bool:
        """Close idle connections, mark the busy ones as the last of their kind; whether anything is left."""
        for channel in list(self.http_factory.open):
            if not channel.requests:
                channel.loseConnection()  # type: ignore[no-untyped-call]  # twisted
                continue
            channel.persistent = False
            for request in channel.requests:
                if not request.startedWriting:
                    request.setHeader(b"connection", b"close")
        return bool(self.http_factory.open or self._websockets())

    def kill_all_applications(self) -> Any:
        """Cancel what still runs; Daphne's own assumes that every connection has an application."""
        running = [
            details["application_instance"]
            for details in self.connections.values()
            if "application_instance" in details and not details["application_instance"].done()
        ]
        for application in running:
            application.cancel()
        if running:
            log.warning("ended %d applications that did not finish in time", len(running))
        gathered = asyncio.gather(*running, return_exceptions=True)
        return defer.Deferred.fromFuture(asyncio.ensure_future(gathered, loop=self.loop))
