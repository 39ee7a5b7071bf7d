"""Who listens to what, and up to where each has been served: events once and in order.

Everything here runs on the event loop's thread; nothing waits and nothing queries, so each method is one step.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from accounts import credentials
from accounts.credentials import Credential
from journal.streams import Head, StreamKind
from live.access import Grant
from live.outbox import Outbox
from live.protocol import EXPIRED, Ending, Frame, reset


class HoleError(Exception):
    """The journal lacks an event that should be there: the stream was cut or restored from an older copy."""


@dataclass(eq=False)
class Listener:
    """One socket on one stream. ``cursor`` is the offset of the last event that was put in its outbox.

    A listener that is not ``live`` replays from the journal, at its peer's pace, and what the topic delivers passes it by.
    It becomes live at the moment when its cursor has reached the topic's, and falls behind again (``behind`` is set) when
    its outbox has no room. ``round`` counts the resets, so that a replay that began before one stops.
    """

    kind: StreamKind
    key: str
    credential: Credential
    outbox: Outbox
    cursor: int = 0
    live: bool = False
    behind: asyncio.Event = field(default_factory=asyncio.Event)
    round: int = 0

    @property
    def grant(self) -> Grant:
        """What must still hold for the next frame."""
        return Grant(self.credential, self.kind, self.key)

    def may_hear(self) -> bool:
        """Whether the credential's time is not over (by the clock, no query); ends the socket where it is."""
        if credentials.is_expired(self.credential):
            self.outbox.end(EXPIRED)
        return self.outbox.ending is None

    def renew(self, answer: Credential | Ending) -> None:
        """Take what the re-check found: the credential as it is now, or the end."""
        if isinstance(answer, Ending):
            self.outbox.end(EXPIRED if credentials.is_expired(self.credential) else answer)
        else:
            self.credential = answer

    def follows(self, frame: Frame) -> bool:
        """Whether this event is the next one; false for one that was served, `HoleError` for one too far."""
        if frame.offset <= self.cursor:
            return False
        if frame.offset != self.cursor + 1:
            raise HoleError(f"{frame.offset} after {self.cursor}")
        return True

    def take(self, frames: Sequence[Frame]) -> None:
        """Queue those of a topic's new events that come next for this listener; nothing once its socket ends."""
        for frame in frames:
            if not self.may_hear():
                return
            if self.follows(frame) and not self._accepts(frame):
                return

    def _accepts(self, frame: Frame) -> bool:
        if self.outbox.offer(frame):
            self.cursor = frame.offset
            return True
        self.fall_behind()
        return False

    def fall_behind(self) -> None:
        """Go on from the journal."""
        self.live = False
        self.behind.set()

    def start_over(self, head: Head) -> None:
        """Tell the client to fetch the snapshot again, and go on from the head."""
        self.outbox.put(reset(head))
        self.cursor = head.offset
        self.live = True
        self.round += 1


@dataclass(eq=False)
class Topic:
    """A stream that has listeners in this process, and where the hub stands in it."""

    name: str
    head: Head
    listeners: set[Listener] = field(default_factory=set)
    shows_presence: bool = False

    def join(self, listener: Listener, head: Head) -> None:
        """Add a listener; its cursor is set. It is live at once unless there is something to replay."""
        if head.epoch != self.head.epoch:
            self.start_over(head)
        self.listeners.add(listener)
        if not self.catch_up(listener):
            listener.fall_behind()

    def catch_up(self, listener: Listener) -> bool:
        """Make a listener live if its cursor has reached the topic's; whether it is live now."""
        listener.live = listener.live or listener.cursor >= self.head.offset
        return listener.live

    def advance(self, frames: Sequence[Frame]) -> None:
        """Deliver the events that come next. Those that were delivered are passed over; a hole is a `HoleError`."""
        new = [frame for frame in frames if frame.offset > self.head.offset]
        for before, frame in zip([self.head.offset, *(f.offset for f in new)], new, strict=False):
            if frame.offset != before + 1:
                raise HoleError(f"{self.name}: {frame.offset} after {before}")
        if not new:
            return
        self.head = Head(self.head.epoch, new[-1].offset)
        for listener in list(self.listeners):
            if listener.live:
                listener.take(new)

    def pass_on(self, subject: str, frame: Frame) -> None:
        """Deliver a passing frame."""
        for listener in list(self.listeners):
            if listener.may_hear():
                listener.outbox.put_passing(subject, frame)

    def start_over(self, head: Head) -> None:
        """The stream is another one than before: everybody starts over."""
        self.head = head
        for listener in self.listeners:
            listener.start_over(head)
