"""One socket, from the handshake to the close: the ASGI application for every ``/ws/<path>/<key>``.

Not a Channels consumer: those await Django's one thread-sensitive thread before every message, so that one slow query
anywhere holds up every socket. Here the event loop's thread hands frames out and all database work is elsewhere.
"""

import asyncio
import contextlib
from typing import Any, cast

import structlog
from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, Scope, WebSocketReceiveEvent, WebSocketScope

from foundation.errors import DomainError, Invalid
from live import access, protocol
from live.access import Knock, Ticket
from live.hub import Hub, farewell
from live.hub import hub as process_hub
from live.outbox import FAREWELL_S, Outbox
from live.protocol import Ending, Frame
from live.topics import Listener, Topic
from live.wire import CLOSE_HANDSHAKE_S, Wire

log = structlog.get_logger(__name__)

# A client's frames that wait to be handled; then the socket is not read from until there is room.
MAX_INBOX = 32
# Seconds: how long the last frames of a client that has left may take, and how long a close handshake.
LAST_FRAMES_S, GOODBYE_S = 5.0, FAREWELL_S + CLOSE_HANDSHAKE_S + 1


async def websockets(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """The ASGI application."""
    await Socket(cast("WebSocketScope", scope), receive, send).run()


class Socket:
    """One peer that knocked at the door."""

    def __init__(
        self, scope: WebSocketScope, receive: ASGIReceiveCallable, send: ASGISendCallable, *, hub: Hub = process_hub
    ) -> None:
        self._scope, self._receive, self._hub = scope, receive, hub
        self._wire = Wire(send)
        self._outbox = Outbox(self._wire)
        self._inbox: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(MAX_INBOX)
        self._gone = False

    async def run(self) -> None:
        """Serve the peer until it is gone."""
        await self._receive()
        knock = access.read_knock(self._scope["path"], self._scope["headers"], self._scope["subprotocols"])
        await self._wire.accept(knock.subprotocol)
        self._hub.attach()
        sender = asyncio.create_task(self._outbox.run())
        try:
            await self._serve(knock)
        except asyncio.CancelledError:
            # Daphne cancels its applications when the process is told to end: the peers should hear of it.
            await self._farewell(sender)
            raise
        except Exception:  # whatever went wrong with one socket, the peer is told to come back
            log.exception("socket.failed", path=self._scope["path"])
            await self._farewell(sender)
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)

    async def _serve(self, knock: Knock) -> None:
        ticket = protocol.RESTART if self._hub.draining else await self._hub.joining.run(access.let_in, knock)
        if isinstance(ticket, Ticket) and not self._hub.draining:
            listener, topic = self._join(ticket)
            try:
                await self._converse(listener, topic)
            finally:
                self._hub.leave(listener, topic)
            return
        if isinstance(ticket, Ending) and ticket is not protocol.RESTART:
            self._outbox.end(ticket)
        else:
            self._outbox.end(protocol.RESTART, farewell())
        await self._wait_until_gone()

    def _join(self, ticket: Ticket) -> tuple[Listener, Topic]:
        """Say hello, decide where to go on from, and start to listen."""
        topic = self._hub.topics.get(ticket.stream)
        head = ticket.head
        if topic is not None and topic.head.epoch == head.epoch and topic.head.offset > head.offset:
            head = topic.head
        self._outbox.put(protocol.hello(ticket.stream, head))
        listener = Listener(ticket.kind, ticket.key, ticket.credential, self._outbox, cursor=head.offset)
        resume = protocol.read_resume(self._scope["query_string"])
        if resume.wrong:
            names = " and ".join(resume.wrong)
            self._outbox.put(protocol.error("invalid", f"{names}: not what this server gave out."))
        if not resume.fits(head):
            listener.start_over(head)
        elif resume.after is not None:
            listener.cursor = resume.after
        return listener, self._hub.join(listener, ticket.stream, head)

    async def _converse(self, listener: Listener, topic: Topic) -> None:
        """Replay what was missed, deliver, and take the peer's frames, until it is gone."""
        async with asyncio.TaskGroup() as group:
            replay = group.create_task(self._hub.replay(listener, topic))
            handle = group.create_task(self._handle_frames(listener))
            await self._take_frames(listener)
            self._hub.leave(listener, topic)
            replay.cancel()
            try:
                async with asyncio.timeout(LAST_FRAMES_S):
                    await self._inbox.put(None)
                    await asyncio.wait({handle})
            except TimeoutError:
                handle.cancel()

    async def _take_frames(self, listener: Listener) -> None:
        while (message := await self._receive())["type"] == "websocket.receive":
            frame = self._read(message)
            if frame is None or self._outbox.ending is not None:
                continue
            if self._inbox.full():
                self._wire.hold_reading()
            await self._inbox.put(frame)
        self._gone = True

    def _read(self, message: WebSocketReceiveEvent) -> dict[str, Any] | None:
        """A client's frame, if there is something to handle in it. What is wrong is answered here."""
        text, binary = message.get("text"), message.get("bytes")
        if text is None:
            too_big = binary is not None and len(binary) > protocol.MAX_FRAME_BYTES
            answer = protocol.error("unreadable_frame", "Frames are JSON text, not binary.")
        else:
            too_big, answer = protocol.is_too_big(text), None
        if too_big:
            self._outbox.end(protocol.TOO_BIG)
            return None
        try:
            frame = protocol.read_frame(text) if text is not None else None
        except Invalid as problem:
            frame, answer = None, protocol.error_of(problem, {})
        if answer is not None:
            self._outbox.put(answer)
        return None if frame is None or frame["type"] == "pong" else frame

    async def _handle_frames(self, listener: Listener) -> None:
        """Hand the peer's frames to the kind of stream, one after the other, in a thread."""
        while (frame := await self._inbox.get()) is not None:
            if self._inbox.empty():
                self._wire.go_on_reading()
            if listener.may_hear():
                answer = await self._hub.acting.run(_act, listener, frame)
                if answer is not None:
                    self._outbox.put(answer)

    async def _wait_until_gone(self, within: float = GOODBYE_S) -> None:
        """Wait for the peer's close, so that the server has time to send ours."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while (await self._receive())["type"] != "websocket.disconnect":
                    pass
        self._gone = True

    async def _farewell(self, sender: "asyncio.Task[None]") -> None:
        if self._gone:
            return
        self._outbox.end(protocol.RESTART, farewell())
        await asyncio.wait({sender}, timeout=1)
        await self._wait_until_gone(2)


def _act(listener: Listener, frame: dict[str, Any]) -> Frame | None:
    """Let the kind of stream handle a frame; its errors are answers."""
    try:
        answer = listener.kind.on_frame(listener.credential.user, listener.key, frame)
    except DomainError as problem:
        return protocol.error_of(problem, frame)
    except Exception:  # a bug in one room must not cost the peer its socket
        log.exception("frame.failed", path=listener.kind.path, type=frame["type"])
        return protocol.error("server_error", "Something went wrong on our side.")
    return None if answer is None else protocol.encode(answer)
