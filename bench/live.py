"""From commit to frame: how long until all sockets of a stream have an event, against the stock Channels pattern.

``python -m bench.live [sockets]``: both in one server process, in turns, in the same run; a few seconds.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx
from websockets.asyncio.client import ClientConnection, connect

from tests.servers import Server

SOCKETS = 100
EVENTS = 40
ROUNDS = 3
PAUSE_S = 0.03


async def hear(socket: ClientConnection, until: int) -> dict[int, int]:
    """When each event arrived, in nanoseconds of the monotonic clock."""
    arrived: dict[int, int] = {}
    while len(arrived) < until:
        frame = json.loads(await socket.recv())
        if frame["type"] == "event":
            arrived[frame["data"]["n"]] = time.monotonic_ns()
    return arrived


async def measure(server: Server, path: str, key: str, sockets: int) -> list[float]:
    """Milliseconds from the commit to each socket's frame."""
    headers = {"Authorization": f"Bearer {server.people['fang']['token']}"}
    address = f"{server.ws_url}/{path}/{key}"
    listening = [await connect(address, additional_headers=headers, compression=None) for _ in range(sockets)]
    for socket in listening:
        await socket.recv()
    hearing = [asyncio.create_task(hear(socket, EVENTS)) for socket in listening]
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as http:
        committed = {}
        for n in range(EVENTS):
            committed[n] = int((await http.post(f"/commit/{key}/{n}")).text)
            await asyncio.sleep(PAUSE_S)
    arrived = await asyncio.wait_for(asyncio.gather(*hearing), 30)
    for socket in listening:
        await socket.close()
    return [(at - committed[n]) / 1e6 for one in arrived for n, at in one.items()]


def show(name: str, times: list[float]) -> tuple[float, float]:
    """Print one row; p50 and p95."""
    cuts = statistics.quantiles(times, n=20)
    p50, p95 = cuts[9], cuts[18]
    print(f"{name:<34} p50 {p50:7.1f} ms   p95 {p95:7.1f} ms   max {max(times):7.1f} ms   n={len(times)}")
    return p50, p95


def main() -> None:
    """Measure and print."""
    sockets = int(sys.argv[1]) if len(sys.argv) > 1 else SOCKETS
    with tempfile.TemporaryDirectory(prefix="police110-bench-") as folder:
        server = Server(Path(folder), {"LOG_LEVEL": "WARNING"}, application="bench.live_app:application")
        server.prepare()
        server.start()
        ours: list[float] = []
        stock: list[float] = []
        try:
            for turn in range(ROUNDS):
                ours += asyncio.run(measure(server, "ws/probe", f"open-{turn}", sockets))
                stock += asyncio.run(measure(server, "stock", f"stock-{turn}", sockets))
        finally:
            server.stop()
    print(f"{sockets} sockets on one stream, {ROUNDS} × {EVENTS} events, one process")
    ours50, ours95 = show("this door", ours)
    stock50, stock95 = show("consumer per socket, group_send", stock)
    print(f"ratio, stock to this door: p50 {stock50 / ours50:.2f}, p95 {stock95 / ours95:.2f}")


if __name__ == "__main__":
    main()
