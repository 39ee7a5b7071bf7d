"""The worker inside the server: does what is due, once a second, until the server ends.

Every server process has one; any number may sweep the same database (`journal.deadlines`).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import connection

from journal import deadlines

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 1.0
# How long the end waits for a sweep that runs.
PATIENCE_SECONDS = 10.0


@contextmanager
def working() -> Iterator[None]:
    """A worker runs within this block."""
    ended = threading.Event()
    thread = threading.Thread(target=_work, args=[ended], name="worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(PATIENCE_SECONDS)


def _work(ended: threading.Event) -> None:
    while not ended.wait(PAUSE_SECONDS):
        try:
            while deadlines.sweep() and not ended.is_set():
                pass
        except Exception:  # the database is away: say so, and try again
            log.exception("sweep_failed")
        finally:
            connection.close()
