"""The server ends without losing an answer, and ends."""

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
import websockets.sync.client
from websockets.exceptions import ConnectionClosed

from tests.servers import ROOT

pytestmark = pytest.mark.server


@dataclass
class App:
    process: "subprocess.Popen[str]"
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def refuses(self) -> bool:
        """Whether new connections are refused, within two seconds."""
        for _ in range(100):
            try:
                self.connect().close()
            except OSError:
                return True
            time.sleep(0.02)
        return False


@pytest.fixture
def app() -> Iterator[App]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.build.ending_app"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        yield App(process, int(process.stdout.readline()))
        process.kill()


def test_it_works(app: App) -> None:
    assert httpx.get(app.url).text == "done"
    app.end()
    assert app.process.wait(timeout=5) == 0
    assert app.process.stdout is not None
    assert app.process.stdout.read() == "farewell\n"


def test_it_does_not_say_what_it_is(app: App) -> None:
    assert "server" not in httpx.get(app.url).headers
    with app.connect() as raw:
        raw.sendall(b"GET /\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        refused = raw.makefile("rb").read()
    assert refused.startswith(b"HTTP/1.1 400")
    assert b"daphne" not in refused.lower()


def test_a_request_in_flight_is_answered(app: App) -> None:
    answers: list[httpx.Response] = []
    asking = threading.Thread(target=lambda: answers.append(httpx.get(f"{app.url}/slow", timeout=10)))
    asking.start()
    time.sleep(0.3)
    app.end()
    assert app.refuses()
    asking.join()
    assert answers[0].text == "done"
    assert answers[0].headers["connection"] == "close"
    assert app.process.wait(timeout=5) == 0


def test_a_body_on_its_way_is_waited_for(app: App) -> None:
    with app.connect() as raw:
        raw.sendall(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
        time.sleep(0.3)
        app.end()
        assert app.refuses()
        time.sleep(0.5)
        raw.sendall(b"cd")
        answer = raw.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"0\r\n\r\n")
    assert app.process.wait(timeout=5) == 0


def test_an_answer_that_is_read_slowly_arrives_whole(app: App) -> None:
    with httpx.stream("GET", f"{app.url}/large", timeout=10) as response:
        app.end()
        assert app.refuses()
        time.sleep(0.5)
        assert len(response.read()) == 20_000_004
    assert app.process.wait(timeout=5) == 0


def test_idle_connections_do_not_hold_it_up(app: App) -> None:
    with httpx.Client() as client, app.connect() as never_asked:
        assert client.get(app.url).text == "done"
        begun = time.monotonic()
        app.end()
        assert app.process.wait(timeout=5) == 0
        assert time.monotonic() - begun < 3
        assert never_asked.recv(1) == b""


def test_websockets_are_told_to_come_back(app: App) -> None:
    with websockets.sync.client.connect(f"ws://127.0.0.1:{app.port}/") as websocket:
        app.end()
        with pytest.raises(ConnectionClosed) as closed:
            websocket.recv(timeout=5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012
    assert app.process.wait(timeout=5) == 0


def test_it_ends_at_the_second_signal(app: App) -> None:
    with app.connect() as raw:
        raw.sendall(b"GET /never HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
        app.end()
        time.sleep(0.3)
        assert app.process.poll() is None
        app.end()
        assert app.process.wait(timeout=5) == 0


@pytest.mark.slow
def test_it_waits_ten_seconds_at_most(app: App) -> None:
    with app.connect() as raw:
        raw.sendall(b"GET /never HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
        begun = time.monotonic()
        app.end()
        assert app.process.wait(timeout=20) == 0
        assert 9 < time.monotonic() - begun < 13
