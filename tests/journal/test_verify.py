"""Whatever is done to the audit trail behind the service's back is found, and named."""

import io
import re
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command

from journal import audit, unit, verify
from journal.models import AuditChain, AuditRecord
from tests.journal.kitchen import COOK

pytestmark = pytest.mark.django_db

RECORDS = 6


@pytest.fixture
def chain() -> str:
    """The one chain that has records: all of one thing's history."""

    @unit.deed
    def pour(cups: int) -> None:
        audit.record(
            COOK, "tea.poured", subject=("pot", 1), reason="茶", cups=cups, share=cups / 4, big=1e16, zero=-0.0
        )

    for cups in range(RECORDS):
        pour(cups)
    return AuditRecord.objects.values_list("chain", flat=True).distinct().get()


def record(seq: int) -> AuditRecord:
    return AuditRecord.objects.get(seq=seq)


def change_detail() -> None:
    AuditRecord.objects.filter(seq=3).update(detail={"cups": 99})


def change_reason() -> None:
    AuditRecord.objects.filter(seq=3).update(reason="")


def change_and_rehash() -> None:
    AuditRecord.objects.filter(seq=3).update(actor_label="someone else")
    AuditRecord.objects.filter(seq=3).update(hash="0" * 64)


def remove_one() -> None:
    record(3).delete()


def remove_and_close_the_gap() -> None:
    record(3).delete()
    for seq in range(4, RECORDS + 1):
        AuditRecord.objects.filter(seq=seq).update(seq=seq - 1)


def swap_two() -> None:
    AuditRecord.objects.filter(seq=3).update(seq=999)
    AuditRecord.objects.filter(seq=4).update(seq=3)
    AuditRecord.objects.filter(seq=999).update(seq=4)


def insert_one() -> None:
    extra = record(RECORDS)
    extra.pk, extra.seq, extra.previous = None, RECORDS + 1, extra.hash
    extra.save(force_insert=True)


def cut_the_end() -> None:
    AuditRecord.objects.filter(seq__gt=4).delete()


def cut_everything() -> None:
    AuditRecord.objects.all().delete()


def cut_and_set_the_number_back() -> None:
    AuditRecord.objects.filter(seq__gt=4).delete()
    AuditChain.objects.update(seq=4)


def lose_the_head() -> None:
    AuditChain.objects.all().delete()


def test_it_works(chain: str) -> None:
    assert verify.verify_chain(chain) == verify.Verdict(chain, RECORDS, record(RECORDS).hash)
    out = io.StringIO()
    call_command("verify_audit", stdout=out)
    assert f"{RECORDS} records: all hold" in out.getvalue()


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (change_detail, "record 3 .* was changed"),
        (change_reason, "record 3 .* was changed"),
        (change_and_rehash, "record 3 .* was changed"),
        (remove_one, "record 3 is missing"),
        (remove_and_close_the_gap, "record 3 .* does not follow"),
        (swap_two, "record 3 .* does not follow"),
        (insert_one, "record 7 lies beyond the head, which knows 6"),
        (cut_the_end, "records 5 to 6 are missing"),
        (cut_everything, "records 1 to 6 are missing"),
        (cut_and_set_the_number_back, "record 4 is not the one that the head knows"),
        (lose_the_head, "record 6 lies beyond the head, which knows 0"),
    ],
)
def test_harm_is_found(chain: str, harm: Callable[[], None], says: str) -> None:
    harm()
    verdict = verify.verify_chain(chain)
    assert verdict.fault
    out = io.StringIO()
    with pytest.raises(CommandError, match=f"1 of 1 chains do not hold: {chain}"):
        call_command("verify_audit", stdout=out)
    assert re.search(says, verdict.fault), verdict.fault
