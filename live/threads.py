"""Where the door's database work is done: in small pools of its own, never on the thread that delivers.

Not on Django's thread-sensitive thread either: one slow query there would hold up every socket of the process.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import connections

P = ParamSpec("P")
R = TypeVar("R")


class DatabaseThreads:
    """A few threads that may query. Their connections are given back after each piece of work.

    With ``keep`` they stay open as long as the work succeeds, for the thread that reads the journal all the time.
    """

    def __init__(self, name: str, size: int, *, keep: bool = False) -> None:
        self._pool = ThreadPoolExecutor(size, thread_name_prefix=name)
        self._keep = keep

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function in one of the threads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, partial(self._call, partial(function, *args, **kwargs)))

    def _call(self, function: Callable[[], R]) -> R:
        done = False
        try:
            result = function()
            done = True
            return result
        finally:
            if not (done and self._keep):
                connections.close_all()

    def close(self) -> None:
        """End the threads once their present work is done."""
        self._pool.submit(connections.close_all)
        self._pool.shutdown(wait=False)
