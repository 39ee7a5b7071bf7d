"""The hub: one per process. It knows who listens here, reads the journal after its cursors, and hands the frames out.

The database is the log and a wake-up is only a doorbell: the hub reads when it is woken, and every second on its own.
Reading and re-checking happen in the hub's threads; handing out happens on the event loop's thread and never waits.
"""

import asyncio
import contextlib
import random
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from django.conf import settings

from journal import doorbell, streams
from journal.streams import Head
from live import access, protocol
from live.bells import Publisher, Subscriber
from live.presence import Presence
from live.protocol import Frame
from live.threads import DatabaseThreads
from live.topics import HoleError, Listener, Topic
from live.wire import before_shutdown

log = structlog.get_logger(__name__)

# Seconds between two readings without a wake-up, and between two re-checks of all grants.
POLL_S = 1.0
PING_S = 20.0
# Events read at a time; and how a reconnecting crowd is spread after a restart, in milliseconds.
PAGE = 200
SPREAD_MS = (500, 5000)


class Hub:
    """Topics by stream name, the tasks that serve them, and the doorbell of this process."""

    def __init__(self, *, redis_url: str | None = None) -> None:
        self.process = uuid.uuid4().hex
        self.topics: dict[str, Topic] = {}
        self.draining = False
        self._redis_url = redis_url
        self._publisher = Publisher(redis_url, self.process) if redis_url else None
        self._subscriber: Subscriber | None = None
        self._presence = Presence(self._say_presence)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []

    # -- the doorbell: from any thread -------------------------------------------------------------------------------

    def wake(self, names: Sequence[str]) -> None:
        """These streams have new events: here and, with Redis, in the other processes."""
        self._on_loop(self._woken_for, names)
        if self._publisher is not None:
            self._publisher.wake(names)

    def show(self, stream: str, frame: dict[str, Any]) -> None:
        """Pass a frame to the listeners of a stream, here and elsewhere; of frames about the same the newest wins."""
        subject = protocol.subject_of(frame)
        if stream in self.topics:
            self._on_loop(self._pass_on, stream, subject, protocol.encode(frame))
        if self._publisher is not None:
            self._publisher.pass_on(stream, "show", subject, frame)

    def recheck(self) -> None:
        """Rights to listen may have changed: re-check before anything more is delivered."""
        self._on_loop(self._rights_changed)
        if self._publisher is not None:
            self._publisher.recheck()

    def _on_loop(self, function: Any, *args: Any) -> None:
        loop = self._loop
        if loop is None:
            return
        try:
            loop.call_soon_threadsafe(function, *args)
        except RuntimeError:
            log.info("hub.loop_closed")

    # -- on the loop -------------------------------------------------------------------------------------------------

    def attach(self) -> None:
        """Start serving on the running loop; the first socket of the process calls it. Again is harmless."""
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return
        self._loop = loop
        before_shutdown(self.drain)
        self.topics.clear()
        self._woken: set[str] = set()
        self._asked = self._answered = 0
        self._parked: dict[tuple[str, str], Frame] = {}
        self._bell = asyncio.Event()
        self._someone_left = asyncio.Event()
        self._rechecking = asyncio.Lock()
        self.joining = DatabaseThreads("live-join", 3)
        self.acting = DatabaseThreads("live-act", 4)
        self._reading = DatabaseThreads("live-read", 1, keep=True)
        self._checking = DatabaseThreads("live-check", 1, keep=True)
        runs = [self._deliver(), self._poll(), self._check(), self._watch()]
        if self._redis_url:
            self._subscriber = Subscriber(self._redis_url, self.process, self._hear)
            runs.append(self._subscriber.run())
        self._tasks = [loop.create_task(run) for run in runs]

    async def detach(self) -> None:
        """Stop serving: the end of the process, or of a test."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for threads in (self.joining, self.acting, self._reading, self._checking):
            threads.close()
        self._loop, self._subscriber = None, None

    def join(self, listener: Listener, name: str, head: Head) -> Topic:
        """Let a listener, whose cursor is set, hear a stream."""
        topic = self.topics.get(name)
        if topic is None:
            topic = self.topics[name] = Topic(name, head)
            if self._subscriber is not None:
                self._subscriber.follow(name)
        topic.join(listener, head)
        self._presence.changed(topic, newcomer=listener)
        return topic

    def leave(self, listener: Listener, topic: Topic) -> None:
        """A socket is gone. Again is harmless."""
        if listener not in topic.listeners:
            return
        self._someone_left.set()
        topic.listeners.discard(listener)
        self._presence.changed(topic)
        if not topic.listeners and self.topics.get(topic.name) is topic:
            del self.topics[topic.name]
            if self._subscriber is not None:
                self._subscriber.leave(topic.name)

    async def replay(self, listener: Listener, topic: Topic) -> None:
        """As long as the socket lives: whenever its listener is behind, serve it from the journal until it is live."""
        while listener.outbox.ending is None:
            await listener.behind.wait()
            listener.behind.clear()
            await self._catch_up(listener, topic)

    async def _catch_up(self, listener: Listener, topic: Topic) -> None:
        round_ = listener.round
        while listener.outbox.ending is None and listener.round == round_ and not topic.catch_up(listener):
            frames = await self.joining.run(_read_page, topic.name, listener.cursor)
            await self._settle_rights()
            try:
                if not frames:
                    raise HoleError(f"{topic.name}: nothing after {listener.cursor}")
                for frame in frames:
                    await listener.outbox.room()
                    if listener.round != round_ or not listener.may_hear():
                        return
                    listener.take([frame])
                    if listener.cursor < frame.offset:
                        break
            except HoleError as hole:
                log.error("journal.hole", detail=str(hole))
                listener.start_over(topic.head)

    def listeners(self) -> list[Listener]:
        """All who listen in this process."""
        return [listener for topic in self.topics.values() for listener in topic.listeners]

    async def drain(self, *, within: float = 5.0) -> None:
        """The server is going down: send everyone away with a time to come back, and wait until they have gone."""
        self.draining = True
        if self._loop is None:
            return
        for listener in self.listeners():
            listener.outbox.end(protocol.RESTART, farewell())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while self.topics:
                    self._someone_left.clear()
                    await self._someone_left.wait()

    # -- delivery ----------------------------------------------------------------------------------------------------

    def _woken_for(self, names: Iterable[str]) -> None:
        self._woken.update(name for name in names if name in self.topics)
        if self._woken:
            self._bell.set()

    def _rights_changed(self) -> None:
        self._asked += 1
        self._bell.set()

    @property
    def _is_stale(self) -> bool:
        """Whether rights may have changed since the last re-check began."""
        return self._asked != self._answered

    async def _settle_rights(self) -> None:
        while self._is_stale:
            await self._recheck_all()

    def _pass_on(self, stream: str, subject: str, frame: Frame) -> None:
        if self._is_stale:
            self._parked[stream, subject] = frame
        elif (topic := self.topics.get(stream)) is not None:
            topic.pass_on(subject, frame)

    def _hear(self, stream: str, message: dict[str, Any]) -> None:
        """What another process said."""
        match message.get("do"):
            case "wake":
                self._woken_for([stream])
            case "show" if stream in self.topics:
                self._pass_on(stream, message["subject"], protocol.encode(message["content"]))
            case "presence" if stream in self.topics:
                self._presence.heard(self.topics[stream], message["subject"], message["content"])
            case "recheck":
                self._rights_changed()

    def _say_presence(self, stream: str, watchers: list[dict[str, Any]]) -> None:
        if self._publisher is not None:
            self._publisher.pass_on(stream, "presence", self.process, watchers)

    async def _deliver(self) -> None:
        """Serve wake-ups, one round after the other: first rights, then events."""
        while True:
            await self._bell.wait()
            self._bell.clear()
            try:
                await self._settle_rights()
                names, self._woken = self._woken, set()
                while names:
                    names = await self._read(names)
            except Exception:  # the hub must outlive whatever the database does; the next round tries again
                log.exception("hub.round_failed")

    async def _read(self, names: Iterable[str]) -> set[str]:
        """Read on for these streams and hand out; those that have more."""
        cursors = {name: self.topics[name].head.offset for name in names if name in self.topics}
        pages = await self._reading.run(lambda: {name: _read_page(name, offset) for name, offset in cursors.items()})
        await self._settle_rights()
        for name, frames in pages.items():
            topic = self.topics.get(name)
            if topic is None:
                continue
            try:
                topic.advance(frames)
            except HoleError as hole:
                log.error("journal.hole", detail=str(hole))
                topic.start_over(await self._reading.run(streams.head_of, name))
        return {name for name, frames in pages.items() if len(frames) == PAGE}

    async def _poll(self) -> None:
        """Every second: see which streams moved without a wake-up, by one query for all of them."""
        while True:
            await asyncio.sleep(POLL_S)
            if not self.topics:
                continue
            try:
                heads = await self._reading.run(streams.heads_of, list(self.topics))
                for name, head in heads.items():
                    self._compare(name, head)
                self._presence.refresh(self.topics.values())
            except Exception:  # as above
                log.exception("hub.poll_failed")

    def _compare(self, name: str, head: Head) -> None:
        topic = self.topics.get(name)
        if topic is None:
            return
        if head.epoch != topic.head.epoch:
            topic.start_over(head)
        elif head.offset > topic.head.offset:
            self._woken_for([name])

    async def _watch(self) -> None:
        """Every second: see whose time is over and who does not keep up; no query. Every 20 seconds: ping."""
        loop = asyncio.get_running_loop()
        pinged_at = loop.time()
        while True:
            await asyncio.sleep(POLL_S)
            is_ping_due = loop.time() - pinged_at >= PING_S
            if is_ping_due:
                pinged_at = loop.time()
            for listener in self.listeners():
                if listener.outbox.is_stalled(loop.time()):
                    listener.outbox.end(protocol.TOO_SLOW)
                elif listener.may_hear() and is_ping_due:
                    listener.outbox.put_passing("ping", protocol.PING)

    async def _check(self) -> None:
        """Every second: see whether the grants are still good."""
        while True:
            await asyncio.sleep(POLL_S)
            try:
                await self._recheck_all()
            except Exception:  # as above
                log.exception("hub.check_failed")

    async def _recheck_all(self) -> None:
        async with self._rechecking:
            asked, listeners = self._asked, self.listeners()
            if listeners:
                answers = await self._checking.run(access.recheck, [listener.grant for listener in listeners])
                for listener, answer in zip(listeners, answers, strict=True):
                    listener.renew(answer)
            self._answered = asked
        if not self._is_stale:
            parked, self._parked = self._parked, {}
            for (stream, subject), frame in parked.items():
                self._pass_on(stream, subject, frame)


def farewell() -> Frame:
    """When to come back after a restart, at random so that not everyone comes at once."""
    return protocol.reconnect(random.randint(*SPREAD_MS))  # noqa: S311  # spreads load, guards nothing


def _read_page(name: str, after: int) -> list[Frame]:
    return [protocol.event(row) for row in streams.read(name, after=after, limit=PAGE)]


hub = Hub(redis_url=settings.REDIS_URL)


def register() -> None:
    """Make this process's hub a door of the journal."""
    doorbell.register(hub)
