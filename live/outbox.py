"""What waits to be sent to one socket: bounded, in order, newest wins for passing frames."""

import asyncio
from collections import deque
from dataclasses import dataclass

from live.protocol import TOO_SLOW, Ending, Frame, error
from live.wire import Wire

MAX_FRAMES = 512
MAX_BYTES = 1024 * 1024
# A peer that has not taken a byte for so long, with frames waiting, is too slow; and so long may the farewell take.
STALL_S = 30.0
FAREWELL_S = 10.0


@dataclass(slots=True)
class _Waiting:
    frame: Frame
    subject: str = ""


class Outbox:
    """The queue of one socket and the task that empties it.

    Frames enter from the event loop's thread, without waiting. When the peer reads too slowly, first Twisted's buffer
    (64 KiB) fills, then this queue; when that is full the queue is thrown away and the socket ends with 4409. So a peer
    that stops reading costs at most `MAX_BYTES` of references to shared frames and 64 KiB of its own.
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

    def put(self, frame: Frame) -> None:
        """Add a frame that must arrive; ends the socket where there is no room."""
        if self.ending is not None:
            return
        if len(self._queue) >= MAX_FRAMES or self._bytes + frame.size > MAX_BYTES:
            self.end(TOO_SLOW)
            return
        self._add(_Waiting(frame))

    def put_passing(self, subject: str, frame: Frame) -> None:
        """Add a frame of which only the newest matters: it takes the place of one about the same that still waits."""
        if self.ending is not None:
            return
        waiting = self._passing.get(subject)
        if waiting is not None:
            self._bytes += frame.size - waiting.frame.size
            waiting.frame = frame
        elif len(self._queue) < MAX_FRAMES and self._bytes + frame.size <= MAX_BYTES:
            self._passing[subject] = _Waiting(frame, subject)
            self._add(self._passing[subject])

    async def room(self) -> None:
        """Wait until half of the queue is free (or the socket ends), so that a replay never makes a socket slow."""
        while self.ending is None and (len(self._queue) >= MAX_FRAMES // 2 or self._bytes >= MAX_BYTES // 2):
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
        return self._stalled_at is not None and now - self._stalled_at > STALL_S

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
        if not self._room.is_set() and len(self._queue) < MAX_FRAMES // 2 and self._bytes < MAX_BYTES // 2:
            self._room.set()
        return waiting.frame
