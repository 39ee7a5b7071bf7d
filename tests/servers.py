"""A real server process with a DATA folder of its own, for tests that need real sockets."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx
import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
PREPARE = """
import json
from accounts.models import Token
from dispatch.models import Unit
from tests.personas import COUNTY, make_people
people = vars(make_people())
people["patrol"].unit_id = Unit.objects.create(call_sign="长安一号", agency_id=COUNTY, lon=114.55, lat=38.05).id
people["patrol"].save(update_fields=["unit_id"])
print("PEOPLE " + json.dumps({name: {"id": str(u.id), "username": u.username, "token": Token.issue(u)[1]}
                              for name, u in people.items()}))
"""


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Server:
    """A server, its address and the tokens of the personas: ``server.people["fang"]["token"]``."""

    data: Path
    extra: dict[str, str] = field(default_factory=dict)
    application: str = ""
    port: int = 0
    people: dict[str, dict[str, str]] = field(default_factory=dict)
    own_database: str = ""
    process: "subprocess.Popen[bytes] | None" = None
    log: IO[bytes] | None = None

    @property
    def url(self) -> str:
        """``http://127.0.0.1:<port>``."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        """``ws://127.0.0.1:<port>``."""
        return f"ws://127.0.0.1:{self.port}"

    @property
    def command(self) -> list[str]:
        """How it is started: as operators do, or another ASGI application under Daphne."""
        if not self.application:
            return [sys.executable, "-m", "police110.serve"]
        return [sys.executable, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(self.port), self.application]

    @property
    def environment(self) -> dict[str, str]:
        """What the server's processes see."""
        own = {
            "DATA": str(self.data),
            "SANDBOX": "1",
            "MODE": "local",
            "LOG_LEVEL": "INFO",
            "PORT": str(self.port),
            # The personas' small province is made by `prepare`, not the sandbox's.
            "PREPARE": "0",
        }
        return {**os.environ, **own, **self.extra}

    def prepare(self) -> None:
        """Migrate and make the personas: in a file under ``data``, or in a new database of the PostgreSQL that is named."""
        self.data.mkdir(parents=True, exist_ok=True)
        named = self.environment.get("DATABASE_URL")
        if named and "DATABASE_URL" not in self.extra:
            self.own_database = f"police110_{uuid.uuid4().hex[:12]}"
            self._as_owner("CREATE DATABASE {}")
            self.extra["DATABASE_URL"] = f"{named.rpartition('/')[0]}/{self.own_database}"
        self.manage("migrate", "-v0")
        out = self.manage("shell", "-v0", "-c", PREPARE)
        self.people = json.loads(out.split("PEOPLE ", 1)[1])

    def drop(self) -> None:
        """Drop the database that `prepare` made."""
        if self.own_database:
            self._as_owner("DROP DATABASE IF EXISTS {} WITH (FORCE)")

    def _as_owner(self, statement: str) -> None:
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as owner:
            owner.execute(sql.SQL(statement).format(sql.Identifier(self.own_database)))

    def manage(self, *arguments: str) -> str:
        """Run a management command with the server's DATA; only while the server does not run."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def start(self, timeout: float = 30) -> None:
        """Start the server and wait until it answers."""
        self.port = self.port or free_port()
        self.log = (self.data / "server.log").open("ab")
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=self.environment,
            stdout=self.log,
            stderr=self.log,
        )
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
            if self.process.poll() is not None:
                break
        raise RuntimeError("the server did not start:\n" + self.log_text()[-3000:])

    def stop(self, how: int = signal.SIGTERM) -> None:
        """End the server: politely, or with ``signal.SIGKILL``."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=20)
            self.process = None
        if self.log is not None:
            self.log.close()

    def log_text(self) -> str:
        """What the server has said."""
        return (self.data / "server.log").read_text(errors="replace")

    def http(self, who: str | None = None, **kwargs: Any) -> httpx.Client:
        """A client that speaks as one of the personas."""
        headers = {"Authorization": f"Bearer {self.people[who]['token']}"} if who else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=20, **kwargs)
