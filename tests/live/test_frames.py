"""What a client may send: a few kinds of frame, in order; whatever else comes is answered and costs nobody the socket."""

import json
import threading
import time

import pytest

from foundation.errors import Invalid
from live.protocol import MAX_FRAME_BYTES, read_frame
from tests.live.conftest import Client, ProbeServer


def alive(client: Client) -> None:
    client.send(type="fixes", id="alive", fixes=[])
    assert client.expect("ack")["id"] == "alive"


@pytest.mark.server
def test_it_works(probe_server: ProbeServer, key: str) -> None:
    with probe_server.listen(key) as client:
        client.expect("hello")
        client.send(type="fixes", id="a", fixes=[{"lon": 1, "lat": 2}, {}])
        assert client.expect("ack") == {"type": "ack", "id": "a", "stored": 2, "at": key}
        client.send(type="pong")
        client.send(type="typing")
        alive(client)


@pytest.mark.server
def test_frames_of_one_socket_are_handled_in_order(probe_server: ProbeServer, key: str) -> None:
    with probe_server.listen(key) as client:
        client.expect("hello")
        client.send(type="typing", sleep=0.3)
        for n in range(100):
            client.send(type="fixes", id=n, fixes=[])
        assert [client.expect("ack")["id"] for _ in range(100)] == list(range(100))


@pytest.mark.server
def test_a_domain_error_is_an_answer(probe_server: ProbeServer, key: str) -> None:
    with probe_server.listen(key) as client:
        client.expect("hello")
        client.send(type="read", offset=403, id=7)
        assert client.expect("error") == {
            "type": "error",
            "code": "forbidden",
            "detail": "You may not do this.",
            "id": 7,
        }
        client.send(type="read", offset=400)
        assert client.expect("error")["errors"] == [{"field": "offset", "code": "odd", "detail": "Not this one."}]
        client.send(type="read", offset=500)
        assert client.expect("error")["code"] == "server_error"
        alive(client)


@pytest.mark.server
def test_a_slow_handler_holds_up_nobody(probe_server: ProbeServer, key: str) -> None:
    with probe_server.listen(key) as slow, probe_server.listen(key, who="wei") as other:
        slow.expect("hello")
        other.expect("hello")
        slow.send(type="typing", sleep=2)
        time.sleep(0.1)
        begun = time.monotonic()
        probe_server.do("tell", keys=[key])
        other.events(1)
        slow.events(1)
        assert time.monotonic() - begun < 1


JUNK = [
    "",
    "{",
    "null",
    "[]",
    "[" * 60_000,
    '{"type":' * 5_000,
    '"fixes"',
    '{"type":"fixes"}',
    '{"type":"fixes","fixes":{}}',
    '{"type":"read","offset":-1}',
    '{"type":"read","offset":true}',
    '{"type":"read","offset":1.5}',
    '{"type":"read","offset":9223372036854775808}',
    '{"type":"read","offset":NaN}',
    '{"type":"read","offset":' + "9" * 5000 + "}",
    '{"type":"typing","x":Infinity}',
    '{"type":"typing","x":"\\u0000"}',
    '{"type":"typing","x":"\\ud800"}',
    '{"type":"typing","\\udfff":1}',
    '{"type":"typing","x":' + "[" * 20 + "]" * 20 + "}",
    '{"type":"claim"}',
    '{"type":["fixes"]}',
    '{"type":null}',
    "{}",
]


@pytest.mark.parametrize("text", JUNK)
def test_junk_is_no_frame(text: str) -> None:
    with pytest.raises(Invalid):
        read_frame(text)


def test_what_looks_odd_and_is_not() -> None:
    assert (
        read_frame('{"type":"typing","x":"\\\\u0000 \\ud83d\\ude00 ","y":[[[{"z":1}]]]}')["x"] == "\\u0000 \U0001f600 "
    )


@pytest.mark.server
def test_junk_is_answered(probe_server: ProbeServer, key: str) -> None:
    with probe_server.listen(key) as client:
        client.expect("hello")
        for text in JUNK:
            client.socket.send(text)
            assert client.expect("error")["code"] in {"unreadable_frame", "unknown_type", "invalid"}
        client.socket.send(b'{"type":"typing"}')
        assert client.expect("error")["code"] == "unreadable_frame"
        alive(client)


@pytest.mark.server
@pytest.mark.parametrize("size", [MAX_FRAME_BYTES + 1, 500_000])
@pytest.mark.parametrize("binary", [False, True])
def test_too_big(probe_server: ProbeServer, key: str, size: int, binary: bool) -> None:
    with probe_server.listen(key) as client:
        client.expect("hello")
        client.socket.send(b"x" * size if binary else "x" * size)
        frames, close = client.closed()
        assert ([f["code"] for f in frames], close) == (["too_big"], 1009)


@pytest.mark.server
def test_far_too_big_for_the_server_itself(probe_server: ProbeServer, key: str) -> None:
    with probe_server.listen(key) as client:
        client.expect("hello")
        client.socket.send("x" * 2_000_000)
        assert client.closed()[1] == 1009


@pytest.mark.server
def test_the_biggest_frame_that_is_allowed(probe_server: ProbeServer, key: str) -> None:
    frame = {"type": "fixes", "id": "big", "fixes": [], "pad": ""}
    frame["pad"] = "报" * ((MAX_FRAME_BYTES - len(json.dumps(frame))) // 3)
    with probe_server.listen(key) as client:
        client.expect("hello")
        client.socket.send(json.dumps(frame, ensure_ascii=False))
        assert client.expect("ack")["id"] == "big"


@pytest.mark.server
def test_a_flood_waits_in_the_network(probe_server: ProbeServer, key: str) -> None:
    with probe_server.listen(key) as client:
        client.expect("hello")
        before = probe_server.do("memory")
        client.send(type="typing", sleep=3)
        frame = json.dumps({"type": "typing", "pad": "x" * 60_000})

        def send_many() -> None:
            for _ in range(1500):
                client.socket.send(frame)

        flood = threading.Thread(target=send_many)
        flood.start()
        time.sleep(1.5)
        assert flood.is_alive()
        assert probe_server.do("memory") - before < 20_000
        flood.join(20)
        assert not flood.is_alive()
        alive(client)
