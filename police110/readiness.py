"""Whether this process can do its work: each thing that it needs is tried, for a bounded time."""

import os
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for

import redis
import structlog
from django.conf import settings
from django.db import connection

log = structlog.get_logger(__name__)

OK = "ok"
SECONDS = 2.0
# Few: where one check hangs, later ones queue behind it and are "not in time", which is true.
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="readiness")


def check() -> dict[str, str]:
    """What each needed thing says: ``ok``, or what kind of trouble it is in. Never longer than `SECONDS`."""
    running = {name: _threads.submit(test) for name, test in TESTS.items()}
    wait_for(running.values(), timeout=SECONDS)
    return {name: _outcome(name, future) for name, future in running.items()}


def _outcome(name: str, future: "Future[None]") -> str:
    if not future.done():
        future.cancel()
        return "not in time"
    error = future.exception()
    if error is None:
        return OK
    log.warning("not ready", what=name, error=str(error))
    return type(error).__name__


def _database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


def _layer() -> None:
    if settings.REDIS_URL:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=SECONDS, socket_connect_timeout=SECONDS) as client:
            client.ping()


def _media() -> None:
    settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=settings.MEDIA_ROOT) as file:
        file.write(b"ready?")
        file.flush()
        os.fsync(file.fileno())


TESTS: dict[str, Callable[[], None]] = {"database": _database, "layer": _layer, "media": _media}
