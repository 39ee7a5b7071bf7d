"""Several processes: PostgreSQL is the log, Redis rings; without Redis everything still arrives, a little later."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.live.conftest import PROBE_APPLICATION, ProbeServer
from tests.live.relay import Relay
from tests.live.test_resuming import hear_while_cut, write_elsewhere
from tests.servers import free_port

pytestmark = [pytest.mark.server, pytest.mark.postgres, pytest.mark.timeout(240)]

DATABASE_URL = os.environ.get("DATABASE_URL", "")
REDIS_URL = os.environ.get("REDIS_URL", "")

if not DATABASE_URL:
    pytest.skip("several processes need PostgreSQL: set DATABASE_URL", allow_module_level=True)


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """A database of its own on the server that DATABASE_URL names."""
    name = f"{DATABASE_URL.rsplit('/', 1)[1].partition('?')[0]}_live"
    with psycopg.connect(DATABASE_URL.rsplit("/", 1)[0] + "/postgres", autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        admin.execute(f'CREATE DATABASE "{name}"')
        yield DATABASE_URL.rsplit("/", 1)[0] + f"/{name}"
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, database: str) -> ProbeServer:
    """The people in that database, and the secrets that all processes share."""
    server = ProbeServer(tmp_path_factory.mktemp("home"), {"DATABASE_URL": database}, application=PROBE_APPLICATION)
    server.prepare()
    return server


@contextmanager
def running(home: ProbeServer, name: str, redis: str) -> Iterator[ProbeServer]:
    """A server process."""
    data = home.data.with_name(name)
    data.mkdir()
    (data / "secrets.json").write_bytes((home.data / "secrets.json").read_bytes())
    server = ProbeServer(data, {**home.extra, "REDIS_URL": redis}, application=PROBE_APPLICATION, people=home.people)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def redis() -> str:
    """The Redis server."""
    if not REDIS_URL:
        pytest.skip("needs REDIS_URL")
    return REDIS_URL


@pytest.fixture(scope="module")
def pair(home: ProbeServer, redis: str) -> Iterator[tuple[ProbeServer, ProbeServer]]:
    """Two server processes with one database and one Redis."""
    with running(home, "one", redis) as one, running(home, "two", redis) as two:
        yield one, two


@pytest.mark.redis
def test_it_works(pair: tuple[ProbeServer, ProbeServer], key: str) -> None:
    one, two = pair
    with one.listen(key) as here, two.listen(key, who="wei") as there:
        here.expect("hello")
        there.expect("hello")
        time.sleep(0.3)
        times = []
        for n in range(1, 6):
            begun = time.monotonic()
            one.do("tell", keys=[key])
            assert there.events(1)[0]["offset"] == n
            times.append(time.monotonic() - begun)
            assert here.events(1)[0]["offset"] == n
        # The poll alone would need half a second on average.
        assert sorted(times)[2] < 0.3
        one.do("show", key=key, frame={"type": "fixes", "fixes": [1]})
        assert there.expect("fixes")["fixes"] == [1]
        assert here.expect("fixes")["fixes"] == [1]


@pytest.mark.redis
def test_a_right_that_ends_ends_in_every_process(pair: tuple[ProbeServer, ProbeServer], key: str) -> None:
    one, two = pair
    token = one.do("issue", user=one.people["fang"]["id"])
    with two.listen(key, who=None, headers={"Authorization": f"Bearer {token}"}) as there:
        there.expect("hello")
        time.sleep(0.3)
        one.do("revoke", token=token, key=key, ring=True)
        frames, close = there.closed(2)
        assert ([f["type"] for f in frames], close) == (["error"], 4403)


@pytest.mark.redis
def test_presence_over_processes(pair: tuple[ProbeServer, ProbeServer]) -> None:
    one, two = pair
    fang, wei = one.people["fang"]["id"], one.people["wei"]["id"]
    with one.listen("watched-2", path="watched") as here:
        here.expect("hello")
        here.expect("presence")
        time.sleep(0.3)
        with two.listen("watched-2", path="watched", who="wei") as there:
            there.expect("hello")
            there.expect("presence")
            assert {w["id"] for w in here.expect("presence")["watchers"]} == {fang, wei}
        assert here.expect("presence")["watchers"] == [{"id": fang}]


@pytest.mark.redis
def test_cut_at_random_while_another_process_writes(pair: tuple[ProbeServer, ProbeServer], key: str) -> None:
    one, _ = pair
    hear_while_cut(one, key, lambda: write_elsewhere(one, key))


def test_without_redis_the_poll_brings_everything(home: ProbeServer, key: str) -> None:
    # A port where nobody answers: the same as a Redis that is down.
    with running(home, "three", f"redis://127.0.0.1:{free_port()}/4") as server:
        with server.listen(key) as client:
            client.expect("hello")
            begun = time.monotonic()
            server.do("tell", keys=[key], count=20)
            assert time.monotonic() - begun < 1.5
            assert [e["offset"] for e in client.events(20)] == list(range(1, 21))
            write_elsewhere(server, key, count=5)
            assert [e["offset"] for e in client.events(5, timeout=3)] == list(range(21, 26))
        assert server.log_text().count("redis.away") <= 2


def test_redis_that_comes_back(home: ProbeServer, redis: str, key: str) -> None:
    with Relay(redis) as relay, running(home, "four", relay.url) as server, server.listen(key) as client:
        client.expect("hello")
        relay.close()
        server.do("tell", keys=[key])
        client.events(1, timeout=3)
        relay.open()
        deadline = time.monotonic() + 10
        while server.log_text().count("redis.back") < 2 and time.monotonic() < deadline:
            server.do("tell", keys=[key])
            client.events(1, timeout=3)
            time.sleep(0.2)
        assert server.log_text().count("redis.back") == 2
