"""Wake-ups between processes, by Redis. They carry no events and may be lost: every hub also reads on its own.

One channel per stream, named after the Redis database too, because Redis itself shares channels between databases.
A message is JSON: ``{"from": <process>, "do": "wake" | "show" | "presence" | "recheck", …}``. Why Redis is spoken to
directly and not through a channel layer: docs/adr/0004-wake-ups.md.
"""

import asyncio
import atexit
import contextlib
import json
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import redis
import redis.asyncio
import structlog
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = structlog.get_logger(__name__)

# Seconds. Nobody waits for these but the publisher's own thread.
CONNECT_S, ANSWER_S, PAUSE_S = 1.0, 1.0, 1.0
# How long a command that ends waits for its last wake-ups to go out.
GOODBYE_S = 0.5
# What is kept while Redis is away; beyond it the oldest passing frames go, and wake-ups are left to the poll.
MAX_WAITING = 5000


def channel_prefix(url: str) -> str:
    """Where this installation's channels begin."""
    database = urlsplit(url).path.strip("/") or "0"
    return f"police110:{database}:"


class Publisher:
    """Sends what this process has to say, from a thread of its own: whoever rings never waits and never fails."""

    def __init__(self, url: str, process: str) -> None:
        self._url, self._process, self._prefix = url, process, channel_prefix(url)
        self._changed = threading.Condition()
        self._recheck = False
        self._wakes: dict[str, None] = {}
        self._frames: dict[tuple[str, str], str] = {}
        self._busy = False
        self._thread: threading.Thread | None = None

    def wake(self, streams: Sequence[str]) -> None:
        """These streams have new events."""
        with self._changed:
            if len(self._wakes) < MAX_WAITING:
                self._wakes.update(dict.fromkeys(streams))
            self._notify()

    def pass_on(self, stream: str, do: str, subject: str, content: Any) -> None:
        """A frame for the listeners of a stream elsewhere; it takes the place of one about the same that still waits."""
        message = self._message(do, subject=subject, content=content)
        with self._changed:
            self._frames.pop((stream, subject), None)
            self._frames[stream, subject] = message
            if len(self._frames) > MAX_WAITING:
                del self._frames[next(iter(self._frames))]
            self._notify()

    def recheck(self) -> None:
        """Rights to listen may have changed."""
        with self._changed:
            self._recheck = True
            self._notify()

    def flush(self, within: float = GOODBYE_S) -> None:
        """Wait until all of it is out, for so many seconds at most."""
        deadline = time.monotonic() + within
        with self._changed:
            while (self._waiting() or self._busy) and time.monotonic() < deadline:
                self._changed.wait(deadline - time.monotonic())

    def _notify(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="doorbell", daemon=True)
            self._thread.start()
            atexit.register(self.flush)
        self._changed.notify_all()

    def _waiting(self) -> bool:
        return self._recheck or bool(self._wakes) or bool(self._frames)

    def _message(self, do: str, **content: Any) -> str:
        return json.dumps({"from": self._process, "do": do, **content}, default=str)

    def _run(self) -> None:
        client = redis.Redis.from_url(
            self._url,
            socket_timeout=ANSWER_S,
            socket_connect_timeout=CONNECT_S,
            # Once more: the first command after Redis was restarted finds a dead connection.
            retry=Retry(NoBackoff(), 1),
        )
        away = False
        while True:
            batch = self._next_batch()
            try:
                pipeline = client.pipeline(transaction=False)
                for channel, message in batch:
                    pipeline.publish(channel, message)
                pipeline.execute()
                if away:
                    log.info("redis.back")
                away = False
            except (RedisError, OSError) as error:
                if not away:
                    log.warning("redis.away", error=type(error).__name__)
                away = True
            with self._changed:
                self._busy = False
                self._changed.notify_all()
            if away:
                time.sleep(PAUSE_S)

    def _next_batch(self) -> list[tuple[str, str]]:
        """What to send, rights before events: nobody may hear an event whose right ended before it."""
        with self._changed:
            while not self._waiting():
                self._changed.wait()
            batch = [(self._prefix + "recheck", self._message("recheck"))] if self._recheck else []
            wake = self._message("wake")
            batch += [(f"{self._prefix}stream:{name}", wake) for name in self._wakes]
            batch += [(f"{self._prefix}stream:{name}", text) for (name, _), text in self._frames.items()]
            self._recheck, self._wakes, self._frames, self._busy = False, {}, {}, True
            return batch


class Subscriber:
    """Hears what other processes say about the streams that have listeners here: one connection per process."""

    def __init__(self, url: str, process: str, hear: Callable[[str, dict[str, Any]], None]) -> None:
        self._url, self._process, self._prefix, self._hear = url, process, channel_prefix(url), hear
        self._wanted: set[str] = set()
        self._changed = asyncio.Event()

    def follow(self, stream: str) -> None:
        """Hear about this stream from now on."""
        self._wanted.add(stream)
        self._changed.set()

    def leave(self, stream: str) -> None:
        """Hear no more about it."""
        self._wanted.discard(stream)
        self._changed.set()

    async def run(self) -> None:
        """Listen for ever; when Redis goes away try again every second. Meanwhile the hub's own reading does."""
        away = False
        while True:
            client = redis.asyncio.Redis.from_url(
                self._url,
                socket_connect_timeout=CONNECT_S,
                socket_keepalive=True,
                retry=AsyncRetry(NoBackoff(), 0),
            )
            pubsub = client.pubsub()
            try:
                await pubsub.subscribe(self._prefix + "recheck")
                if away:
                    log.info("redis.back")
                away = False
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._keep_subscribed(pubsub))
                    group.create_task(self._listen(pubsub))
            except* (RedisError, OSError) as errors:
                if not away:
                    log.warning("redis.away", error=type(errors.exceptions[0]).__name__)
                away = True
            finally:
                await _close_quietly(pubsub, client)
            await asyncio.sleep(PAUSE_S)

    async def _keep_subscribed(self, pubsub: Any) -> None:
        subscribed: set[str] = set()
        while True:
            self._changed.clear()
            wanted = set(self._wanted)
            if more := wanted - subscribed:
                await pubsub.subscribe(*(f"{self._prefix}stream:{name}" for name in more))
            if less := subscribed - wanted:
                await pubsub.unsubscribe(*(f"{self._prefix}stream:{name}" for name in less))
            subscribed = wanted
            await self._changed.wait()

    async def _listen(self, pubsub: Any) -> None:
        async for message in pubsub.listen():
            if message["type"] != "message":
                continue
            channel = message["channel"].decode().removeprefix(self._prefix)
            try:
                content = json.loads(message["data"])
                if content["from"] != self._process:
                    self._hear(channel.removeprefix("stream:"), content)
            except Exception:  # another version of this program, or somebody else, speaks on our channel
                log.exception("redis.odd_message", channel=channel)


async def _close_quietly(*closing: Any) -> None:
    for one in closing:
        with contextlib.suppress(RedisError, OSError):
            await one.aclose()
