"""Who is listening now, for the kinds of stream that show it: here and, with Redis, in the other processes."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from live import protocol
from live.topics import Listener, Topic

# Seconds: what this process has to say is said again so often, and what another one said holds so long.
REFRESH_S, HOLDS_S = 10.0, 25.0

Watchers = list[dict[str, Any]]


class Presence:
    """The watchers of each topic. `say` tells the other processes who listens in this one."""

    def __init__(self, say: Callable[[str, Watchers], None]) -> None:
        self._say = say
        self._elsewhere: dict[str, dict[str, tuple[float, Watchers]]] = {}
        self._shown: dict[str, Watchers] = {}
        self._said_at = 0.0

    def changed(self, topic: Topic, *, newcomer: Listener | None = None) -> None:
        """Someone came or went here."""
        here = _here(topic)
        if here is None:
            return
        self._say(topic.name, here)
        self._show(topic, here)
        if newcomer is not None:
            newcomer.outbox.put_passing("presence", protocol.presence(self._shown[topic.name]))
        if not topic.listeners:
            self._elsewhere.pop(topic.name, None)
            self._shown.pop(topic.name, None)

    def heard(self, topic: Topic, process: str, watchers: Watchers) -> None:
        """Another process said who listens there."""
        self._elsewhere.setdefault(topic.name, {})[process] = (time.monotonic() + HOLDS_S, watchers)
        self._show(topic, _here(topic) or [])

    def refresh(self, topics: Iterable[Topic]) -> None:
        """Say again who listens here, and forget processes that have fallen silent."""
        if time.monotonic() - self._said_at < REFRESH_S:
            return
        self._said_at = time.monotonic()
        for topic in topics:
            here = _here(topic)
            if here is not None:
                self._say(topic.name, here)
                self._show(topic, here)

    def _show(self, topic: Topic, here: Watchers) -> None:
        """Tell the listeners, if it is not what they know already."""
        now = time.monotonic()
        elsewhere = {p: (till, w) for p, (till, w) in self._elsewhere.get(topic.name, {}).items() if till > now}
        self._elsewhere[topic.name] = elsewhere
        watchers = {w["id"]: w for watchers in [here, *(w for _, w in elsewhere.values())] for w in watchers}
        shown = sorted(watchers.values(), key=lambda watcher: str(watcher["id"]))
        if self._shown.get(topic.name) == shown:
            return
        self._shown[topic.name] = shown
        topic.pass_on("presence", protocol.presence(shown))


def _here(topic: Topic) -> Watchers | None:
    """Who listens in this process; ``None`` where the stream's kind shows nobody."""
    kinds = {listener.kind for listener in topic.listeners}
    if topic.listeners:
        topic.shows_presence = any(kind.shows_presence for kind in kinds)
    if not topic.shows_presence:
        return None
    here = {}
    for listener in topic.listeners:
        watcher = listener.kind.watcher(listener.credential.user, listener.key)
        here[watcher["id"]] = watcher
    return list(here.values())
