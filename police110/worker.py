"""The worker inside the server: does what is due and sends what could not be sent, until the server ends.

Every server process has one; any number may work on the same database. Each chore has a thread of its own, so that a slow
SMS provider holds up no deadline.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from django.db import connection

from accounts import sms
from journal import deadlines

log = structlog.get_logger(__name__)

# A chore answers how much it did; it is called again at once while there is more, else after so many seconds.
CHORES: dict[str, tuple[Callable[[], int], float]] = {
    "deadlines": (deadlines.sweep, 1.0),
    "sms": (sms.deliver_due, 15.0),
}
# How long the end waits for the chores that run.
PATIENCE_SECONDS = 10.0


@contextmanager
def working() -> Iterator[None]:
    """The chores are done within this block."""
    ended = threading.Event()
    threads = [
        threading.Thread(target=_work, args=[chore, pause, ended], name=f"worker-{name}", daemon=True)
        for name, (chore, pause) in CHORES.items()
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)


def _work(chore: Callable[[], int], pause: float, ended: threading.Event) -> None:
    while not ended.wait(pause):
        try:
            while chore() and not ended.is_set():
                pass
        except Exception:  # the database is away: say so, and try again
            log.exception("chore_failed", chore=threading.current_thread().name)
        finally:
            connection.close()
