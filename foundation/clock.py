"""The one place that knows what time it is.

Code asks ``clock.now()`` through the module, so that a test can replace it; nothing else reads the wall clock.
"""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """A moment as the API writes it: RFC 3339 in UTC with ``Z``, microseconds kept."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
