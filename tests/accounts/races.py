"""Several threads at the same moment."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

from foundation.errors import DomainError


def race(times: int, work: Callable[[int], Any]) -> list[Any]:
    """Do something in several threads at once; their results or domain errors."""
    results: list[Any] = []
    barrier = threading.Barrier(times)

    def run(number: int) -> None:
        barrier.wait()
        try:
            results.append(work(number))
        except DomainError as error:
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == times
    return results
