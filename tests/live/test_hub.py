"""The hub outlives its database, notices a stream that started over, and lets nothing out before rights are re-checked."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, WebSocketScope
from django.db import OperationalError, connections

from accounts.models import Token
from journal import streams
from journal.models import Stream
from live import access
from live import hub as module
from live.door import Socket
from live.hub import Hub
from tests.live import probe
from tests.personas import People

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_kinds", {**streams._kinds, "probe": probe.ProbeKind()})


class Phone:
    """An ASGI server and a client in one: what the socket sent, and what it is sent."""

    def __init__(self, hub: Hub, token: str, path: str = "/ws/probe/open-1") -> None:
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.outgoing: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        scope = {
            "type": "websocket",
            "path": path,
            "query_string": b"",
            "headers": [(b"authorization", f"Bearer {token}".encode())],
            "subprotocols": [],
        }
        self.incoming.put_nowait({"type": "websocket.connect"})
        self.socket = Socket(
            cast("WebSocketScope", scope),
            cast("ASGIReceiveCallable", self.incoming.get),
            cast("ASGISendCallable", self._send),
            hub=hub,
        )

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.send":
            self.outgoing.put_nowait(json.loads(message["text"]))
        elif message["type"] == "websocket.close":
            self.outgoing.put_nowait({"type": "close", "code": message["code"]})
            self.incoming.put_nowait({"type": "websocket.disconnect", "code": message["code"]})

    async def expect(self, kind: str, within: float = 5) -> dict[str, Any]:
        frame = await asyncio.wait_for(self.outgoing.get(), within)
        assert frame["type"] == kind, frame
        return frame


@asynccontextmanager
async def listening(hub: Hub, token: str) -> AsyncIterator[Phone]:
    phone = Phone(hub, token)
    task = asyncio.create_task(phone.socket.run())
    await phone.expect("hello")
    yield phone
    phone.incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})
    await task


async def elsewhere(function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Do it in a thread, as a request would."""

    def work() -> None:
        function(*args, **kwargs)
        connections.close_all()

    await asyncio.to_thread(work)


def tell_story(people: People, story: Callable[[Hub, str], Coroutine[Any, Any, None]]) -> None:
    """Run a story with a hub of its own."""
    token = Token.issue(people.fang)[1]

    async def run() -> None:
        hub = Hub()
        try:
            await story(hub, token)
        finally:
            await hub.detach()

    asyncio.run(run())


def test_it_works(people: People) -> None:
    async def story(hub: Hub, token: str) -> None:
        async with listening(hub, token) as phone:
            await elsewhere(probe.tell, "open-1", n=7)
            hub.wake(["probe:open-1", "probe:open-2"])
            assert (await phone.expect("event", 0.9))["data"]["n"] == 7
            assert len(hub.listeners()) == 1
        assert not hub.topics

    tell_story(people, story)


def test_a_database_that_fails_costs_nothing_but_time(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = threading.Event()

    def unreliable(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if broken.is_set():
                raise OperationalError("the server closed the connection unexpectedly")
            return function(*args, **kwargs)

        return call

    monkeypatch.setattr(module, "_read_page", unreliable(module._read_page))
    monkeypatch.setattr(streams, "heads_of", unreliable(streams.heads_of))
    monkeypatch.setattr(access, "recheck", unreliable(access.recheck))

    async def story(hub: Hub, token: str) -> None:
        async with listening(hub, token) as phone:
            broken.set()
            await elsewhere(probe.tell, "open-1", n=1)
            hub.wake(["probe:open-1"])
            hub.recheck()
            await asyncio.sleep(1.5)
            assert phone.outgoing.empty()
            broken.clear()
            await elsewhere(probe.tell, "open-1", n=2)
            assert [(await phone.expect("event", 3))["offset"] for _ in range(2)] == [1, 2]

    tell_story(people, story)


def test_a_stream_that_started_over(people: People) -> None:
    async def story(hub: Hub, token: str) -> None:
        async with listening(hub, token) as phone:
            await elsewhere(Stream.objects.filter(name="probe:open-1").update, epoch="another", offset=41)
            reset = await phone.expect("reset", 3)
            assert (reset["epoch"], reset["offset"]) == ("another", 41)
            await elsewhere(probe.tell, "open-1")
            assert (await phone.expect("event", 3))["offset"] == 42

    tell_story(people, story)


def test_a_hole_in_the_journal_is_a_reset(people: People) -> None:
    async def story(hub: Hub, token: str) -> None:
        async with listening(hub, token) as phone:
            await elsewhere(Stream.objects.filter(name="probe:open-1").update, offset=41)
            await elsewhere(probe.tell, "open-1")
            assert (await phone.expect("reset", 3))["offset"] == 42
            await elsewhere(probe.tell, "open-1")
            assert (await phone.expect("event", 3))["offset"] == 43

    tell_story(people, story)


def test_nothing_goes_out_before_rights_are_rechecked(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    held, recheck = threading.Event(), access.recheck

    def slow_recheck(grants: Any) -> Any:
        held.wait(5)
        return recheck(grants)

    async def story(hub: Hub, token: str) -> None:
        async with listening(hub, token) as phone:
            monkeypatch.setattr(access, "recheck", slow_recheck)
            await elsewhere(Token.objects.all().delete)
            hub.recheck()
            hub.show("probe:open-1", {"type": "fixes", "fixes": []})
            await elsewhere(probe.tell, "open-1")
            hub.wake(["probe:open-1"])
            await asyncio.sleep(0.3)
            assert phone.outgoing.empty()
            held.set()
            assert (await phone.expect("error"))["code"] == "revoked"
            assert (await phone.expect("close"))["code"] == 4403

    tell_story(people, story)


def test_passing_frames_wait_for_the_recheck_and_then_go(people: People) -> None:
    async def story(hub: Hub, token: str) -> None:
        async with listening(hub, token) as phone:
            hub.recheck()
            hub.show("probe:open-1", {"type": "fixes", "fixes": [1]})
            hub.show("probe:open-1", {"type": "fixes", "fixes": [2]})
            assert (await phone.expect("fixes"))["fixes"] == [2]

    tell_story(people, story)


def test_draining(people: People) -> None:
    async def story(hub: Hub, token: str) -> None:
        async with listening(hub, token) as phone:
            await hub.drain()
            await phone.expect("reconnect")
            assert (await phone.expect("error"))["code"] == "restart"
            assert (await phone.expect("close"))["code"] == 1012
            assert not hub.topics
            late = Phone(hub, token)
            await late.socket.run()
            await late.expect("reconnect")
            await late.expect("error")
            assert (await late.expect("close"))["code"] == 1012

    tell_story(people, story)


def test_a_doorbell_without_sockets_rings_for_nobody() -> None:
    hub = Hub(redis_url="redis://127.0.0.1:1/0")
    hub.wake(["probe:open-1"])
    hub.show("probe:open-1", {"type": "fixes"})
    hub.recheck()
