"""Proves that the audit trail is as it was written.

Each record's hash covers its content, its number and the record before it; the head row holds the last number and hash.
So a change, a removal, an exchange or an insertion breaks the chain, and a trail that was cut short no longer reaches
its head. Whoever can write to the database could recompute a whole chain: copy the heads that this prints to a place out
of that person's reach, and compare.
"""

from dataclasses import dataclass, fields

from journal.chain import Entry, chain_hash
from journal.models import GENESIS, AuditChain, AuditRecord

BATCH = 2000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in one chain: how many records hold, the hash of the last, and the first fault (``""``: none)."""

    chain: str
    records: int
    head: str
    fault: str = ""


def chain_names() -> list[str]:
    """Every chain that has a head or a record."""
    heads = AuditChain.objects.values_list("name", flat=True)
    return sorted({*heads, *AuditRecord.objects.values_list("chain", flat=True).distinct()})


def verify_all() -> list[Verdict]:
    """Every chain's verdict."""
    return [verify_chain(name) for name in chain_names()]


def verify_chain(name: str) -> Verdict:
    """Recompute one chain from its first record, up to its first fault. Deeds may go on meanwhile."""
    # The last record is looked up before the head: a record and its head are committed together, so whatever is
    # found now, the head that is read next has at least that number.
    last = AuditRecord.objects.filter(chain=name).order_by("-seq").values_list("seq", flat=True).first() or 0
    head = AuditChain.objects.filter(name=name).first() or AuditChain(name=name)
    seq, found = 0, GENESIS
    records = AuditRecord.objects.filter(chain=name, seq__lte=head.seq).order_by("seq")
    for record in records.iterator(BATCH):
        fault = _fault_of(record, seq + 1, found)
        if fault:
            return Verdict(name, seq, found, fault)
        seq, found = record.seq, record.hash
    if seq < head.seq:
        return Verdict(name, seq, found, f"records {seq + 1} to {head.seq} are missing: the head knows {head.seq}")
    if found != head.head:
        return Verdict(name, seq, found, f"record {seq} is not the one that the head knows")
    if last > head.seq:
        return Verdict(name, seq, found, f"record {last} lies beyond the head, which knows {head.seq}")
    return Verdict(name, seq, found)


def _fault_of(record: AuditRecord, expected: int, previous: str) -> str:
    if record.seq != expected:
        return f"record {expected} is missing"
    if record.previous != previous:
        return f"record {record.seq} ({record.id}) does not follow the one before it"
    entry = Entry(**{field.name: getattr(record, field.name) for field in fields(Entry)})
    if record.hash != chain_hash(previous, record.chain, record.seq, entry):
        return f"record {record.seq} ({record.id}) was changed"
    return ""
