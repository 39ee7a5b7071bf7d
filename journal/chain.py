"""The hash chains of the audit trail: an entry's place, its hash, and how heads are locked."""

import hashlib
import json
import uuid
import zlib
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from foundation import clock
from journal.models import AuditChain, AuditRecord

CHAINS = 16


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An audit record before it has its place in a chain."""

    at: datetime
    kind: str
    deed: str
    actor_id: uuid.UUID | None
    actor_kind: str
    actor_label: str
    agency_code: str
    subject_kind: str
    subject_id: str
    thread: str
    before: str = ""
    after: str = ""
    reason: str = ""
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def chain(self) -> str:
        """The chain it goes to: by thread, so that one thing's history lies in one chain."""
        return f"audit:{zlib.crc32((self.thread or self.subject_id).encode()) % CHAINS:02d}"


def chain_hash(previous: str, chain: str, seq: int, entry: Entry) -> str:
    """SHA-256 (hex) over the record before it, its place and its content as canonical JSON."""
    content = asdict(entry) | {
        "at": clock.rfc3339(entry.at),
        "actor_id": str(entry.actor_id),
        "chain": chain,
        "seq": seq,
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def write_entries(entries: list[Entry]) -> None:
    """Give each entry its number and hash. The heads are locked in key order."""
    by_chain: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_chain[entry.chain].append(entry)
    heads = _lock_heads(sorted(by_chain))
    rows = []
    for name, head in heads.items():
        for entry in by_chain[name]:
            previous, head.seq = head.head, head.seq + 1
            head.head = chain_hash(previous, name, head.seq, entry)
            rows.append(AuditRecord(chain=name, seq=head.seq, previous=previous, hash=head.head, **vars(entry)))
    AuditChain.objects.bulk_update(heads.values(), ["seq", "head"])
    AuditRecord.objects.bulk_create(rows)


def _lock_heads(names: list[str]) -> dict[str, AuditChain]:
    query = AuditChain.objects.select_for_update().filter(name__in=names).order_by("name")
    heads = {head.name: head for head in query}
    if len(heads) < len(names):
        AuditChain.objects.bulk_create([AuditChain(name=name) for name in names], ignore_conflicts=True)
        heads = {head.name: head for head in query.all()}
    return heads
