"""``python -m police110.serve``: from nothing to a server that answers, and again."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.servers import ROOT, free_port

pytestmark = pytest.mark.server
COMMAND = [sys.executable, "-m", "police110.serve"]


def environment(data: Path, **settings: str) -> dict[str, str]:
    """The embedded default with this DATA, on a port that is free."""
    own = {"DATA": str(data), "SANDBOX": "1", "MODE": "local", "PORT": "0", "LOG_LEVEL": "WARNING", **settings}
    return {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}} | own


def refused(data: Path, *command: str, **settings: str) -> str:
    """What a start (or another command) that must fail says."""
    done = subprocess.run(
        command or COMMAND,
        cwd=ROOT,
        env=environment(data, **settings),
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0, done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr


class Started:
    """A server started from nothing, and what it said until it was ready."""

    def __init__(self, data: Path, **settings: str) -> None:
        begun = time.monotonic()
        self.data = data
        self.process = subprocess.Popen(COMMAND, cwd=ROOT, env=environment(data, **settings), stdout=-1, text=True)
        self.said = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if "ready in" in line:
                break
        self.seconds = time.monotonic() - begun
        self.url = re.findall(r"ready in [\d.]+ s: (\S+)/ ", self.said)[0]

    def end(self, how: int = signal.SIGTERM) -> int:
        """End it; its exit status."""
        self.process.send_signal(how)
        status = self.process.wait(timeout=20)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("serve") / "data"


@pytest.fixture(scope="module")
def started(data: Path) -> Iterator[Started]:
    made = Started(data)
    yield made
    assert made.end() == 0


def test_it_works(started: Started) -> None:
    assert httpx.get(f"{started.url}/healthz").json() == {"status": "ok"}
    assert httpx.get(f"{started.url}/readyz").status_code == 200
    assert "SQLite" in started.said
    assert "Applying" in started.said


def test_the_demo_logins_are_written(started: Started) -> None:
    path = started.data / "demo.json"
    demo = json.loads(path.read_text())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert demo["base_url"] == started.url
    assert str(path) in started.said
    assert {"staff", "citizens", "devices"} <= set(demo)


def test_every_address_that_it_names_answers(started: Started) -> None:
    addresses = set(re.findall(rf"{started.url}\S+", started.said))
    assert f"{started.url}/api/docs/" in addresses
    for address in addresses:
        assert httpx.get(address).status_code in {200, 302}, address


def test_a_taken_port_is_refused_before_anything_is_done(started: Started, tmp_path: Path) -> None:
    port = started.url.rsplit(":", 1)[1]
    assert "PORT" in refused(tmp_path / "fresh", PORT=port)
    assert not (tmp_path / "fresh" / "police110.sqlite3").exists()


def test_a_second_server_on_the_same_data_is_refused(started: Started, data: Path) -> None:
    said = refused(data)
    assert "DATA" in said
    assert str(started.process.pid) in said


def test_commands_that_write_are_refused_while_it_runs(started: Started, data: Path) -> None:
    assert "DATA" in refused(data, sys.executable, "manage.py", "migrate")


def test_commands_that_read_are_not(started: Started, data: Path) -> None:
    command = [sys.executable, "manage.py", "showmigrations"]
    subprocess.run(command, cwd=ROOT, env=environment(data), check=True, capture_output=True)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_second_start_is_quick_and_changes_no_login(tmp_path: Path, how: int) -> None:
    first = Started(tmp_path, PORT=str(free_port()))
    before = json.loads((tmp_path / "demo.json").read_text())
    assert first.end(how) == 0
    second = Started(tmp_path, PORT=first.url.rsplit(":", 1)[1])
    assert second.end(how) == 0
    assert second.seconds < 10
    assert "Applying" not in second.said
    assert json.loads((tmp_path / "demo.json").read_text()) == before


def test_it_does_not_prepare_when_told_so(tmp_path: Path) -> None:
    assert "PREPARE" in refused(tmp_path, PREPARE="0")


def test_production_is_refused_without_a_real_sms_gateway(tmp_path: Path) -> None:
    settings = {"MODE": "production", "SANDBOX": "0", "ALLOWED_HOSTS": "police110.example"}
    assert "SMS_GATEWAY" in refused(tmp_path, **settings)
    started = Started(tmp_path, **settings, SMS_GATEWAY="accounts.sms.Gateway")
    try:
        with httpx.Client(base_url=started.url, headers={"Host": "police110.example"}) as http:
            assert http.get("/healthz").status_code == 200
            assert http.get("/api/docs/").headers["location"] == "https://police110.example/api/docs/"
        assert not (tmp_path / "demo.json").exists()
    finally:
        assert started.end() == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOST", "no.such.host.invalid"),
        ("HOST", "203.0.113.7"),
        ("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing"),
        ("REDIS_URL", "redis://127.0.0.1:9/0"),
        ("PORT", "eighty"),
        ("SMS_GATEWAY", "accounts.sms.NoSuchGateway"),
        ("CLASS_DICTIONARY", __file__),
    ],
)
def test_what_is_not_there_is_named(tmp_path: Path, name: str, value: str) -> None:
    assert name in refused(tmp_path, **{name: value})
