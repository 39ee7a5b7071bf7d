"""Deeds per second, against bare INSERTs in the same run: ``python -m bench.journal``.

A deed here is the least that the journal does: one audit record, and one event in three streams, two of them shared by
all. A bare INSERT is one row in a transaction of its own. SQLite in a file that goes afterwards; PostgreSQL too where
DATABASE_URL names one (a database ``bench_…`` is made beside it and dropped).
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

SECONDS = 1.5
THREADS = (1, 4)


def main() -> None:
    """Measure each database in a process of its own."""
    if len(sys.argv) > 1:
        measure(sys.argv[1])
        return
    print(f"{'database':<12}{'threads':>8}{'deeds/s':>10}{'INSERTs/s':>11}{'ratio':>7}")
    for name in ("SQLite", "PostgreSQL"):
        if name == "PostgreSQL" and not os.environ.get("DATABASE_URL"):
            print("PostgreSQL   not measured: DATABASE_URL names none")
            continue
        with tempfile.TemporaryDirectory(prefix="police110-bench-") as data:
            environment = {**os.environ, "DATA": data, "SANDBOX": "1", "LOG_LEVEL": "WARNING"}
            if name == "SQLite":
                environment.pop("DATABASE_URL", None)
            subprocess.run([sys.executable, "-m", "bench.journal", name], env=environment, check=True)


def measure(name: str) -> None:
    """One database: deeds and INSERTs, by one thread and by several."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "police110.settings"
    import django  # noqa: PLC0415  # the environment must be set first

    django.setup()
    from django.db import connection  # noqa: PLC0415  # as above

    own = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"bench_{own}" if name == "PostgreSQL" else f"{own}.bench"
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE bare (id varchar(36) PRIMARY KEY, data varchar(200))")
        for threads in THREADS:
            deeds, inserts = per_second(threads, deeds_of_one_thread), per_second(threads, inserts_of_one_thread)
            print(f"{name:<12}{threads:>8}{deeds:>10.0f}{inserts:>11.0f}{deeds / inserts:>7.2f}", flush=True)
    finally:
        connection.creation.destroy_test_db(own, verbosity=0)


def per_second(threads: int, make: Callable[[], Callable[[], None]]) -> float:
    """How often the work was done per second by so many threads, in the time that it took all to end."""
    from django.db import connection  # noqa: PLC0415  # as above

    done: list[int] = []
    barrier = threading.Barrier(threads + 1)

    def work() -> None:
        once, count = make(), 0
        once()
        barrier.wait(timeout=60)
        ends = time.perf_counter() + SECONDS
        while time.perf_counter() < ends:
            once()
            count += 1
        done.append(count)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    barrier.wait(timeout=60)
    begun = time.perf_counter()
    for worker in workers:
        worker.join()
    return sum(done) / (time.perf_counter() - begun)


@dataclass(frozen=True)
class Clerk:
    """Who does the deeds."""

    id: uuid.UUID
    kind: str = "system"
    audit_label: str = "bench"
    agency_code: str = ""


def deeds_of_one_thread() -> Callable[[], None]:
    """A deed on a thing of this thread's own, told to it and to two streams that all share."""
    from journal import audit, unit  # noqa: PLC0415  # as above
    from journal.events import Event  # noqa: PLC0415  # as above

    @dataclass(frozen=True, kw_only=True, slots=True)
    class BenchMarked(Event):
        """An event that nothing reacts to."""

        thing_id: uuid.UUID

    clerk, thing_id = Clerk(uuid.uuid4()), uuid.uuid4()

    @unit.deed
    def once() -> None:
        audit.record(clerk, "bench.marked", subject=("bench", thing_id))
        unit.append(BenchMarked(thing_id=thing_id), f"bench:{thing_id}", "agency:130100000000", "agency:130000000000")

    return once


def inserts_of_one_thread() -> Callable[[], None]:
    """One row, committed."""
    from django.db import connection  # noqa: PLC0415  # as above

    def once() -> None:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO bare (id, data) VALUES (%s, %s)", [str(uuid.uuid4()), "x" * 100])

    return once


if __name__ == "__main__":
    main()
