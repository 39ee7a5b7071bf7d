"""Eight threads of deeds on overlapping streams: no gap, nothing twice, nothing missed by a reader, no deadlock."""

import random
import threading

import pytest
from django.db import connection

from journal import audit, streams, unit, verify
from journal.models import AuditRecord, StreamEvent
from tests.journal.kitchen import COOK, TeaMade
from tests.journal.together import together

pytestmark = pytest.mark.django_db(transaction=True)

THREADS, DEEDS = 8, 50
NAMES = [f"pot:{n}" for n in range(6)]


@pytest.fixture(autouse=True)
def _no_second_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deadlock is to be seen here, not to be hidden by the deed's running again."""
    monkeypatch.setattr(unit, "ATTEMPTS", 1)


@unit.deed
def pour(names: list[str], cups: int) -> None:
    for name in names:
        audit.record(COOK, "tea.poured", subject=("pot", name), cups=cups)
        unit.append(TeaMade(cups=cups), name)


def random_deeds(seed: int) -> list[list[str]]:
    dice = random.Random(seed)
    return [dice.sample(NAMES, dice.randint(1, len(NAMES))) for _ in range(DEEDS)]


class Reader(threading.Thread):
    """Polls every stream after its last offset, as the hub does."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, list[int]] = {name: [] for name in NAMES}
        self.ended = threading.Event()

    def run(self) -> None:
        last_round = False
        while not last_round:
            last_round = self.ended.is_set()
            for name, seen in self.seen.items():
                seen.extend(e.offset for e in streams.read(name, after=seen[-1] if seen else 0))
        connection.close()


def test_offsets_are_gapless_and_no_reader_misses_one() -> None:
    readers = [Reader(), Reader()]
    for reader in readers:
        reader.start()

    def work(thread: int) -> None:
        for cups, names in enumerate(random_deeds(thread)):
            pour(names, thread * DEEDS + cups)

    try:
        together(THREADS, work)
    finally:
        for reader in readers:
            reader.ended.set()
            reader.join()

    poured = [name for thread in range(THREADS) for names in random_deeds(thread) for name in names]
    expected = {name: list(range(1, poured.count(name) + 1)) for name in NAMES}
    stored = {name: [e.offset for e in streams.read(name, after=0, limit=10_000)] for name in NAMES}
    assert stored == expected
    assert [streams.head_of(name).offset for name in NAMES] == [poured.count(name) for name in NAMES]
    assert all(reader.seen == expected for reader in readers)
    assert AuditRecord.objects.count() == len(poured)
    assert [verdict.fault for verdict in verify.verify_all()] == [""] * len(verify.chain_names())


def test_streams_that_are_new_to_all_at_once() -> None:
    """Each round several deeds are the first to name the same streams, each in its own order."""

    def work(thread: int) -> None:
        dice = random.Random(thread)
        for turn in range(25):
            names = dice.sample([f"new:{turn}:{n}" for n in range(4)] + NAMES, 5)
            pour(names, turn)

    together(4, work)
    assert StreamEvent.objects.count() == 4 * 25 * 5
