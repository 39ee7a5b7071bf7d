"""Threads that begin at the same moment, each with a database connection of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

R = TypeVar("R")


def together(count: int, function: Callable[[int], R]) -> list[R]:
    """Run ``function(0)`` … ``function(count - 1)`` at once; their answers in that order, or the first error."""
    barrier = threading.Barrier(count)

    def run(number: int) -> R:
        barrier.wait(timeout=30)
        try:
            return function(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
