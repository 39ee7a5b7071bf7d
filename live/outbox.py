"""What waits to be sent to one socket: bounded, in order, newest wins for passing frames."""

import asyncio
from collections import deque
from dataclasses import dataclass

from live.protocol import TOO_SLOW, Ending, Frame, error
from live.wire import Wire

MAX_FRAMES = 512
MAX_BYTES = 1024 * 1024
# A peer is too slow if what lies in the transport (64 KiB) stays there for so long while half of the queue is full, or
# for longer while anything waits. Seconds. The farewell may take as long as `FAREWELL_S`.
SLOW_S, STALL_S = 5.0, 30.0
FAREWELL_S = 10.0


@dataclass(slots=True)
class _Waiting:
    frame: Frame
    subject: str = ""


class Outbox:
    """The queue of one socket and the task that empties it.

    Frames enter from the event loop's thread, without waiting. When the peer reads more slowly than events come, first
    Twisted's buffer (64 KiB) fills, then this queue; when that is full too, events are no longer taken (`offer`) and the
    socket is served from the journal at its own pace. So a peer costs at most `MAX_BYTES` of references to shared frames
    and 64 KiB of its own. One that takes nothing for `SLOW_S` is sent away with 4409.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._queue: deque[_Waiting] = deque()
        self._passing: dict[str, _Waiting] = {}
        self._bytes = 0
        self._something = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._ended = asyncio.Event()
        self._stalled_at: float | None = None
        self.ending: Ending | None = None

    def offer(self, frame: Frame) -> bool:
        """Add a frame if there is room; whether it was taken."""
        is_full = len(self._queue) >= MAX_FRAMES or (self._queue and self._bytes + frame.size > MAX_BYTES)
        if self.ending is not None or is_full:
            return False
        self._add(_Waiting(frame))
        return True

    def put(self, frame: Frame) -> None:
        """Add a frame that can't be read again elsewhere; where there is no room the socket ends."""
        if not self.offer(frame):
            self.end(TOO_SLOW)

    def put_passing(self, subject: str, frame: Frame) -> None:
        """Add a frame of which only the newest matters: it takes the place of one about the same that still waits."""
        if self.ending is not None:
            return
        waiting = self._passing.get(subject)
        if waiting is not None:
            self._bytes += frame.size - waiting.frame.size
            waiting.frame = frame
        elif self._has_room():
            self._passing[subject] = _Waiting(frame, subject)
            self._add(self._passing[subject])

    async def room(self) -> None:
        """Wait until half of the queue is free (or the socket ends)."""
        while self.ending is None and not self._has_room():
            self._room.clear()
            await self._room.wait()

    def end(self, ending: Ending, *farewell: Frame) -> None:
        """Throw away what waits, say why, close. Nothing that is put later is sent."""
        if self.ending is not None:
            return
        self.ending = ending
        self._queue.clear()
        self._passing.clear()
        self._bytes = 0
        for frame in (*farewell, error(ending.code, ending.detail)):
            self._add(_Waiting(frame))
        self._ended.set()
        self._room.set()

    def is_stalled(self, now: float) -> bool:
        """Whether the peer has taken nothing for too long; ``now`` is the loop's time."""
        allowed = STALL_S if self._has_room() else SLOW_S
        return self._stalled_at is not None and now - self._stalled_at > allowed

    async def run(self) -> None:
        """Send until the socket ends; then say farewell and close."""
        loop = asyncio.get_running_loop()
        while self.ending is None:
            await self._something.wait()
            self._something.clear()
            while self._queue and self.ending is None:
                if not self._wire.is_free:
                    self._stalled_at = loop.time()
                    await self._wait_for_peer()
                    self._stalled_at = None
                    continue
                await self._wire.send(self._take().text)
        await self._say_farewell(self.ending)

    async def _wait_for_peer(self) -> None:
        """Wait until the peer has taken what was sent, or the socket ends."""
        waits = [asyncio.ensure_future(self._wire.ready()), asyncio.ensure_future(self._ended.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _say_farewell(self, ending: Ending) -> None:
        try:
            async with asyncio.timeout(FAREWELL_S):
                await self._wire.ready()
        except TimeoutError:
            pass
        while self._queue:
            await self._wire.send(self._take().text)
        await self._wire.close(ending.close)

    def _add(self, waiting: _Waiting) -> None:
        self._queue.append(waiting)
        self._bytes += waiting.frame.size
        self._something.set()

    def _take(self) -> Frame:
        waiting = self._queue.popleft()
        if waiting.subject:
            del self._passing[waiting.subject]
        self._bytes -= waiting.frame.size
        if self._has_room():
            self._room.set()
        return waiting.frame

    def _has_room(self) -> bool:
        return len(self._queue) < MAX_FRAMES // 2 and self._bytes < MAX_BYTES // 2
