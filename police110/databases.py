"""Which database, and with which pragmas."""

import sqlite3
from pathlib import Path
from typing import Any

# SQLite before these versions can, rarely, corrupt a WAL file that two connections use (fixed in 3.51.3 and back).
WAL_FIXED = (3, 51, 3)
WAL_FIXED_BACK = {(3, 44): (3, 44, 6), (3, 50): (3, 50, 7)}


def wal_is_safe(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Whether this SQLite has the fix of the WAL race."""
    fixed = WAL_FIXED_BACK.get((version[0], version[1]), WAL_FIXED)
    return version[:3] >= fixed


def sqlite_pragmas() -> str:
    """What every connection sets: what is acknowledged is on disk (``FULL`` with WAL, ``EXTRA`` with a journal)."""
    if wal_is_safe():
        return "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
    return "PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=EXTRA;"


def sqlite(path: Path) -> dict[str, Any]:
    """The embedded default: one file, write transactions that take the lock at once, waiters that wait."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 30, "init_command": sqlite_pragmas()},
        "TEST": {"NAME": path.with_name("test.sqlite3")},
    }


def postgresql(parsed: dict[str, Any]) -> dict[str, Any]:
    """PostgreSQL with a connection pool per process: request threads come and go, connections stay."""
    options = {**parsed.get("OPTIONS", {}), "pool": {"min_size": 1, "max_size": 20, "timeout": 30}}
    return {**parsed, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False, "OPTIONS": options}
