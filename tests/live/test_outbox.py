"""The queue of one socket: in order, bounded, newest wins, one end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from live import outbox as module
from live.outbox import MAX_BYTES, MAX_FRAMES, SLOW_S, STALL_S, Outbox
from live.protocol import REVOKED, TOO_SLOW, Frame, encode
from tests.live.peers import Peer, settle


def frame(n: int, pad: int = 0) -> Frame:
    return encode({"type": "event", "offset": n, "pad": "x" * pad}, offset=n)


@asynccontextmanager
async def sending(peer: Peer) -> AsyncIterator[Outbox]:
    box = Outbox(peer.wire)
    task = asyncio.create_task(box.run())
    yield box
    await settle()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_it_works() -> None:
    async def story() -> None:
        peer = Peer()
        async with sending(peer) as box:
            for n in range(1000):
                assert box.offer(frame(n))
                await asyncio.sleep(0)
        assert peer.offsets == list(range(1000))

    asyncio.run(story())


@pytest.mark.parametrize(("pad", "fit"), [(0, MAX_FRAMES), (100_000, MAX_BYTES // 100_045)])
def test_there_is_a_bound(pad: int, fit: int) -> None:
    async def story() -> None:
        peer = Peer()
        peer.stop_reading()
        async with sending(peer) as box:
            assert [box.offer(frame(n, pad)) for n in range(fit + 3)] == [True] * fit + [False] * 3
            peer.go_on_reading()
            await settle()
            assert peer.offsets == list(range(fit))
            assert box.offer(frame(fit))

    asyncio.run(story())


def test_a_frame_that_is_too_large_for_the_bound_goes_alone() -> None:
    async def story() -> None:
        peer = Peer()
        async with sending(peer) as box:
            assert box.offer(frame(1, MAX_BYTES * 2))
            assert not box.offer(frame(2))

    asyncio.run(story())


def test_passing_frames_replace_those_about_the_same() -> None:
    async def story() -> None:
        peer = Peer()
        peer.stop_reading()
        async with sending(peer) as box:
            for n in range(10_000):
                box.put_passing("a", frame(n))
            box.offer(frame(-1))
            box.put_passing("b", frame(-2))
            box.put_passing("a", frame(10_000))
            peer.go_on_reading()
            await settle()
            assert peer.offsets == [10_000, -1, -2]
            box.put_passing("a", frame(10_001))
        assert peer.offsets[-1] == 10_001

    asyncio.run(story())


def test_the_end_throws_away_what_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FAREWELL_S", 0.05)

    async def story() -> None:
        peer = Peer()
        peer.stop_reading()
        async with sending(peer) as box:
            box.offer(frame(1))
            box.end(REVOKED)
            box.end(TOO_SLOW)
            assert not box.offer(frame(2))
            box.put(frame(3))
            box.put_passing("a", frame(4))
            await asyncio.sleep(0.15)
        assert peer.frames == [{"type": "error", "code": "revoked", "detail": REVOKED.detail}]
        assert peer.close_code == 4403

    asyncio.run(story())


def test_who_takes_nothing_is_stalled() -> None:
    async def story() -> None:
        peer = Peer()
        async with sending(peer) as box:
            loop = asyncio.get_running_loop()
            assert not box.is_stalled(loop.time() + 1000)
            peer.stop_reading()
            box.offer(frame(1))
            await settle()
            assert not box.is_stalled(loop.time() + SLOW_S + 1)
            assert box.is_stalled(loop.time() + STALL_S + 1)
            for n in range(MAX_FRAMES // 2):
                box.offer(frame(n))
            assert not box.is_stalled(loop.time() + SLOW_S - 1)
            assert box.is_stalled(loop.time() + SLOW_S + 1)
            peer.go_on_reading()
            await settle()
            assert not box.is_stalled(loop.time() + 1000)

    asyncio.run(story())
