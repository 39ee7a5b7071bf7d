"""On SQLite one process at a time may write: whoever does holds the lock of the ``DATA`` folder.

The lock is the kernel's (``flock``), so it goes with the process however that ends.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE = "server.lock"

# Commands that write nothing to the database; all others need the lock.
READING = frozenset(
    {
        "check",
        "compilemessages",
        "diffsettings",
        "dumpdata",
        "findstatic",
        "help",
        "inspectdb",
        "makemessages",
        "makemigrations",
        "show_urls",
        "showmigrations",
        "spectacular",
        "sqlmigrate",
        "version",
    }
)


class HeldError(Exception):
    """Another process holds this ``DATA`` folder; ``pid`` as it wrote itself, or ``""``."""

    def __init__(self, data: Path, pid: str) -> None:
        self.pid = pid
        super().__init__(f"DATA: {data} is in use by another process (pid {pid or 'unknown'}); stop it first")


@contextmanager
def hold(data: Path) -> Iterator[None]:
    """Hold the lock of a ``DATA`` folder; `HeldError` where another process does."""
    with (data / FILE).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise HeldError(data, file.read().strip()) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
