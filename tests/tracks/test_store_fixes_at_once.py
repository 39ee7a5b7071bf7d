"""Two requests with the same positions at the same moment: each is stored once and the counts are exact."""

import threading
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from foundation import clock
from foundation.subjects import Subject
from tracks.actions import Stored, store_fixes
from tracks.models import Fix, TrackHead, UnplacedFix, current_position

THREADS, ROUNDS, SIZE = 4, 5, 40


def _fix(begun: datetime, n: int) -> dict[str, Any]:
    """A point of a walk; every second one has no number."""
    place = {"lon": 114.548, "lat": 38.048 + n * 0.000009, "coord_type": "wgs84"}
    return {**place, "fix_time": clock.rfc3339(begun + timedelta(seconds=n)), **({"seq": n} if n % 2 else {})}


def race() -> tuple[Subject, list[Stored]]:
    """Four phones' worth of the same batches, started together."""
    subject = Subject("report", uuid.uuid4())
    begun = clock.now() - timedelta(hours=1)
    walk = [[_fix(begun, r * SIZE + i) for i in range(SIZE)] + [{"lon": f"bad {r}"}] for r in range(ROUNDS)]
    done: list[Stored] = []
    failed: list[Exception] = []
    start = threading.Barrier(THREADS)

    def send() -> None:
        try:
            for batch in walk:
                start.wait(timeout=60)
                done.append(store_fixes(None, subject=subject, source="app", fixes=list(batch)))
        except Exception as error:  # noqa: BLE001  # a thread's failure is told below
            failed.append(error)
            start.abort()
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    return subject, done


def check(subject: Subject, done: list[Stored]) -> None:
    stored = ROUNDS * SIZE
    assert len(done) == THREADS * ROUNDS
    assert sum(d.stored for d in done) == Fix.objects.of(subject).count() == stored
    assert sum(d.flagged for d in done) == UnplacedFix.objects.of(subject).count() == ROUNDS
    assert sum(d.duplicates for d in done) == (THREADS - 1) * (stored + ROUNDS)
    head = TrackHead.objects.of(subject).get()
    assert (head.stored, head.flagged, head.last_seq) == (stored, ROUNDS, {"app": stored - 1})
    assert (current_position(subject) or {})["seq"] == stored - 1


@pytest.mark.django_db(transaction=True)
def test_it_works_on_the_embedded_database() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the same race on PostgreSQL is the next test")
    check(*race())


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_head_is_locked_on_postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL (make test-services): SQLite has no row locks")
    check(*race())
