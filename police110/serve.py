"""Start everything in one process: ``python -m police110.serve`` (``make run``).

Checks the settings, takes the port, prepares the database, then serves until a signal comes. ``--prepare-only`` ends
before serving. What is wrong is said in one line that names the setting; the exit status is then 2.
"""

import errno
import os
import socket
import sqlite3
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack

import django
from django.core.exceptions import ImproperlyConfigured

from police110 import databases, env, lock


def say(text: str) -> None:
    """One line of progress."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Start and serve; the exit status."""
    begun = time.monotonic()
    serving = "--prepare-only" not in arguments
    try:
        with ExitStack() as stack:
            config = env.read()
            bound = stack.enter_context(listen_on(config.host, config.port)) if serving else None
            if config.database is None:
                stack.enter_context(lock.hold(config.data))
            introduce(config)
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "police110.settings")
            django.setup()
            _prepare(config, base_url(config.host, bound), always=not serving)
            if bound is not None:
                _serve(bound, base_url(config.host, bound), begun)
    except (ImproperlyConfigured, lock.HeldError) as error:
        sys.stderr.write(f"Police110: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def listen_on(host: str, port: int) -> socket.socket:
    """A bound socket; connections are refused until the server listens on it. Port 0 picks a free one."""
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as error:
        raise ImproperlyConfigured(f"HOST: {host!r} is not an address of this machine") from error
    family, kind, protocol, _, address = found[0]
    bound = socket.socket(family, kind, protocol)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRNOTAVAIL:
            raise ImproperlyConfigured(f"HOST: {host!r} is not an address of this machine") from error
        raise ImproperlyConfigured(f"PORT: {port} on {host} can not be used: {error.strerror}") from error
    return bound


def base_url(host: str, bound: socket.socket | None) -> str:
    """Where a program on this machine finds the server."""
    if bound is None:
        return ""
    name = "127.0.0.1" if host in env.WILDCARDS else host
    return f"http://{f'[{name}]' if ':' in name else name}:{bound.getsockname()[1]}"


def introduce(config: env.Config) -> None:
    """Say what this process works with."""
    say("公安110 · Police110")
    say(f"  数据 data       {config.data}")
    say(f"  数据库 database  {_database_in_words(config)}")
    say(f"  消息层 layer     {'Redis' if config.redis_url else 'in this process'}")


def _database_in_words(config: env.Config) -> str:
    if config.database is not None:
        return f"PostgreSQL at {config.database.get('HOST') or 'the local socket'}"
    if databases.wal_is_safe():
        return f"SQLite {sqlite3.sqlite_version}, WAL, synchronous=FULL"
    return (
        f"SQLite {sqlite3.sqlite_version}, rollback journal, synchronous=EXTRA "
        "(before 3.51.3, 3.50.7 and 3.44.6 its WAL can corrupt)"
    )


def _prepare(config: env.Config, url: str, *, always: bool) -> None:
    from police110 import prepare  # noqa: PLC0415  # models exist only once Django is set up

    prepare.check(config)
    prepare.reach(config)
    if config.prepare or always:
        prepare.prepare(say, url)
    elif missing := prepare.unapplied():
        raise ImproperlyConfigured(f"PREPARE: 0, but the database lacks {len(missing)} migrations; run make prepare")


def _serve(bound: socket.socket, url: str, begun: float) -> None:
    from police110.asgi import application  # noqa: PLC0415  # likewise
    from police110.server import Server  # noqa: PLC0415  # installs Twisted's reactor
    from police110.worker import working  # noqa: PLC0415  # needs the models

    def ready() -> None:
        announce(url, time.monotonic() - begun)

    with working():
        Server(application, bound, ready=ready, farewell=_farewell).run()
    say("公安110 · Police110 has ended")


async def _farewell() -> None:
    """Tell the WebSockets to come back."""
    from live.hub import hub  # noqa: PLC0415  # likewise

    await hub.drain()


def announce(url: str, seconds: float) -> None:
    """The addresses and, in the sandbox, how to sign in."""
    from django.conf import settings  # noqa: PLC0415  # readable only now

    from police110 import pages  # noqa: PLC0415  # likewise

    say("")
    for page in pages.present():
        say(f"  {url}{page.path:<22} {page.chinese} {page.english}")
    if settings.SANDBOX:
        say("")
        say(f"  演示账号 demo logins: {settings.DATA / 'demo.json'}")
        say("    130102-dispatcher, 130102-supervisor, 130100-dispatcher, 130000-dispatcher, admin, …")
        say("    群众 citizens: any Chinese mobile number, code 110110")
    say("")
    say(f"  已启动 ready in {seconds:.1f} s: {url}/    Ctrl-C 结束 to end")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
