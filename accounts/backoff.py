"""How long one has to wait after failed sign-ins: never at first, then longer and longer, never for ever."""

import math
from datetime import datetime, timedelta

from foundation import clock

FREE_FAILURES = 5
LONGEST = timedelta(minutes=5)


def delay_after(failures: int) -> timedelta:
    """The pause after so many failures in a row: none for the first ones, then 1, 2, 4 … seconds, at most 5 minutes."""
    if failures < FREE_FAILURES:
        return timedelta()
    return min(timedelta(seconds=2 ** min(failures - FREE_FAILURES, 16)), LONGEST)


def seconds_left(failures: int, last: datetime | None) -> int:
    """Whole seconds until the next attempt is allowed; 0: now."""
    if last is None:
        return 0
    left = (last + delay_after(failures) - clock.now()).total_seconds()
    return max(math.ceil(left), 0)
