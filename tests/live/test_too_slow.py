"""A client that stops reading costs a bounded amount of memory and is sent away; the others notice nothing."""

import socket
import threading
import time
from typing import Any

import pytest

from live.outbox import SLOW_S
from tests.live.conftest import ProbeServer
from tests.personas import COUNTY
from tests.servers import Server

pytestmark = pytest.mark.server


def small_socket(server: ProbeServer) -> socket.socket:
    """A connection whose kernel buffer is small, as a phone's on a bad network is."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.connect(("127.0.0.1", server.port))
    return made


def handshake(path: str, token: str) -> bytes:
    """What a client says first."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        f"Authorization: Bearer {token}\r\n\r\n"
    ).encode()


def stalled(server: ProbeServer, key: str, query: str = "") -> Any:
    """A client whose library stops reading after 16 frames that nobody takes."""
    return server.listen(key, query=query, sock=small_socket(server), max_queue=16, compression=None)


def test_a_stalled_reader_is_sent_away_with_4409(probe_server: ProbeServer, key: str) -> None:
    probe_server.do("tell", keys=[key])
    before = probe_server.do("memory")
    with stalled(probe_server, key) as slow, probe_server.listen(key, who="wei") as quick:
        assert slow.expect("hello")["offset"] == quick.expect("hello")["offset"] == 1
        got: list[dict[str, Any]] = []
        reading = threading.Thread(target=lambda: got.extend(quick.events(1500, timeout=60)))
        reading.start()
        probe_server.do("burst", key=key, count=1500, pad=8000)
        reading.join(60)
        assert [e["offset"] for e in got] == list(range(2, 1502))
        assert probe_server.do("memory") - before < 40_000
        time.sleep(SLOW_S + 2)
        frames, close = slow.closed(15)
        assert (frames[-1]["code"], close) == ("too_slow", 4409)
        offsets = [f["offset"] for f in frames[:-1]]
        assert offsets == list(range(2, 2 + len(offsets)))
        assert len(offsets) < 1500
    with probe_server.listen(key, query=f"?after={offsets[-1]}") as again:
        again.expect("hello")
        assert [e["offset"] for e in again.events(1501 - offsets[-1])] == list(range(offsets[-1] + 1, 1502))


def test_a_burst_that_does_not_fit_is_served_from_the_journal(probe_server: ProbeServer, key: str) -> None:
    with stalled(probe_server, key) as client:
        client.expect("hello")
        probe_server.do("burst", key=key, count=800, pad=8000)
        assert [e["offset"] for e in client.events(800)] == list(range(1, 801))
        probe_server.do("tell", keys=[key])
        assert client.events(1)[0]["offset"] == 801


def test_one_that_never_reads_again_is_dropped(probe_server: ProbeServer, key: str) -> None:
    # A bare socket: it says hello to the server, and nothing more is read from it.
    bare = small_socket(probe_server)
    bare.sendall(handshake(f"/ws/probe/{key}", probe_server.people["fang"]["token"]))
    time.sleep(0.5)
    probe_server.do("burst", key=key, count=800, pad=8000)
    # Five seconds until it is too slow, ten for the farewell and five for the handshake; then the connection is reset.
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            bare.send(b"\x8a\x80aaaa")
        except OSError:
            break
        time.sleep(0.5)
    else:
        pytest.fail("the server still holds the connection")
    bare.close()


def test_a_long_replay_makes_nobody_slow(probe_server: ProbeServer, key: str) -> None:
    probe_server.do("burst", key=key, count=1200, pad=4000)
    with stalled(probe_server, key, query="?after=0") as client:
        assert client.expect("hello")["offset"] == 1200
        time.sleep(1)
        probe_server.do("tell", keys=[key], count=30, pad=4000)
        assert [e["offset"] for e in client.events(1230, timeout=30)] == list(range(1, 1231))


def test_of_passing_frames_the_newest_wins(probe_server: ProbeServer, key: str) -> None:
    with stalled(probe_server, key) as slow:
        slow.expect("hello")
        frame = {"type": "fixes", "unit_id": "u1", "fixes": ["x" * 4000]}
        probe_server.do("show", key=key, count=3000, frame=frame)
        probe_server.do("show", key=key, count=1, frame={**frame, "unit_id": "u2"})
        seen: list[dict[str, Any]] = []
        while not seen or seen[-1]["unit_id"] != "u2":
            seen.append(slow.expect("fixes"))
        mine = [f["n"] for f in seen if f["unit_id"] == "u1"]
        assert mine[-1] == 2999
        assert mine == sorted(mine)
        assert len(mine) < 3000


@pytest.mark.slow
def test_one_that_answers_no_ping_is_dropped_within_a_minute(server: Server) -> None:
    bare = socket.create_connection(("127.0.0.1", server.port))
    token = server.people["dispatcher"]["token"]
    bare.sendall(handshake(f"/ws/agencies/{COUNTY}", token))
    bare.settimeout(65)
    begun = time.monotonic()
    received = b""
    try:
        while data := bare.recv(65536):
            received += data
    except ConnectionResetError:
        pass
    bare.close()
    assert b'"type":"hello"' in received
    assert b'"type":"ping"' in received
    assert 30 < time.monotonic() - begun < 62
