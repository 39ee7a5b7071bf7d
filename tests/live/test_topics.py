"""Whatever happens in whatever order, a client hears every event once and in order, or is told to start over."""

import json
import uuid
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from accounts.credentials import Credential
from accounts.models import User
from journal.streams import Head
from live.hub import PAGE
from live.outbox import MAX_FRAMES, Outbox
from live.protocol import Frame, encode
from live.topics import HoleError, Listener, Topic
from tests.live.peers import Peer
from tests.live.probe import probe

NOBODY = Credential(User(id=uuid.uuid4()), "token", "key", None)


def frame(offset: int) -> Frame:
    return encode({"type": "event", "offset": offset}, offset=offset)


class Client:
    """A listener, and what its client makes of the frames."""

    def __init__(self, cursor: int) -> None:
        self.peer = Peer()
        self.outbox = Outbox(self.peer.wire)
        self.listener = Listener(probe, "open-1", NOBODY, self.outbox, cursor=cursor)
        self.last = cursor
        self.resets = 0

    def read(self, count: int) -> None:
        """Take frames as the sender would hand them out."""
        while count and self.outbox._queue:
            text: dict[str, Any] = json.loads(self.outbox._take().text)
            count -= 1
            if text["type"] == "reset":
                self.last, self.resets = text["offset"], self.resets + 1
            else:
                assert text["offset"] == self.last + 1, (text, self.last)
                self.last = text["offset"]


class Streaming(RuleBasedStateMachine):
    """A journal, a topic that reads it late or twice, and listeners that come, fall behind, catch up and reset."""

    @initialize()
    def begin(self) -> None:
        self.head = 0
        self.epoch = 0
        self.topic = Topic("probe:open-1", self.now())
        self.clients: list[Client] = []

    def now(self) -> Head:
        return Head(f"e{self.epoch}", self.head)

    @rule(count=st.integers(1, 700))
    def append(self, count: int) -> None:
        self.head += count

    @rule(late=st.integers(0, 300), size=st.integers(0, PAGE))
    def topic_reads(self, late: int, size: int) -> None:
        """A page from somewhere at or before the topic's cursor, as overlapping wake-ups may bring it."""
        begin = max(0, self.topic.head.offset - late)
        self.topic.advance([frame(n) for n in range(begin + 1, min(self.head, begin + size) + 1)])

    @rule(back=st.integers(0, 500))
    def join(self, back: int) -> None:
        client = Client(max(0, self.head - back))
        self.topic.join(client.listener, self.now())
        self.clients.append(client)

    @rule(which=st.integers(0, 50))
    def catch_up(self, which: int) -> None:
        """One page of a replay."""
        if not self.clients:
            return
        client = self.clients[which % len(self.clients)]
        if not self.topic.catch_up(client.listener):
            end = min(self.head, client.listener.cursor + PAGE)
            for n in range(client.listener.cursor + 1, end + 1):
                client.listener.take([frame(n)])
                if client.listener.cursor < n:
                    break
            self.topic.catch_up(client.listener)

    @rule(which=st.integers(0, 50), count=st.integers(1, MAX_FRAMES))
    def client_reads(self, which: int, count: int) -> None:
        if self.clients:
            self.clients[which % len(self.clients)].read(count)

    @rule()
    def stream_is_another_one(self) -> None:
        self.epoch += 1
        self.topic.start_over(self.now())

    @rule()
    def a_hole_is_noticed(self) -> None:
        before = self.topic.head
        try:
            self.topic.advance([frame(before.offset + 2)])
        except HoleError:
            assert self.topic.head == before
        else:
            raise AssertionError("an event was skipped in silence")

    @invariant()
    def the_live_lack_nothing(self) -> None:
        for client in getattr(self, "clients", []):
            if client.listener.live:
                assert client.listener.cursor >= self.topic.head.offset

    def teardown(self) -> None:
        """In the end everybody who still listens has everything."""
        if not hasattr(self, "clients"):
            return
        self.topic.advance([frame(n) for n in range(self.topic.head.offset + 1, self.head + 1)])
        for index, client in enumerate(self.clients):
            while client.outbox.ending is None and (client.outbox._queue or client.last < self.head):
                client.read(MAX_FRAMES)
                self.catch_up(index)
            if client.outbox.ending is None:
                assert client.last == self.head


TestStreaming = Streaming.TestCase
TestStreaming.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
