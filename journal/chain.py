"""The hash chains of the audit trail: an entry's place, its hash, and how heads are locked."""

import hashlib
import json
import uuid
import zlib
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from foundation import clock
from journal.models import GENESIS, AuditChain, AuditRecord

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
        "detail": _canonical(entry.detail),
        "chain": chain,
        "seq": seq,
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def _canonical(value: Any) -> Any:
    """One form per number: PostgreSQL's ``jsonb`` gives 1e16 back as an integer, and -0.0 as 0.0."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case list():
            return [_canonical(item) for item in value]
        case dict():
            return {key: _canonical(item) for key, item in value.items()}
    return value


def write_entries(entries: list[Entry]) -> None:
    """Give each entry its number and hash. The heads are locked in key order."""
    by_chain: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_chain[entry.chain].append(entry)
    rows = []
    for name, (last, head) in _lock_heads(sorted(by_chain)).items():
        previous = head
        for seq, entry in enumerate(by_chain[name], start=last + 1):
            record = AuditRecord(
                chain=name, seq=seq, previous=previous, hash=chain_hash(previous, name, seq, entry), **vars(entry)
            )
            previous = record.hash
            rows.append(record)
        AuditChain.objects.filter(name=name).update(seq=record.seq, head=record.hash)
    AuditRecord.objects.bulk_create(rows)


def _lock_heads(names: list[str]) -> dict[str, tuple[int, str]]:
    """The heads (number, hash) of sorted ``names``, made or locked in that order by one statement."""
    table = connection.ops.quote_name(AuditChain._meta.db_table)
    rows = ", ".join(["(%s, 0, %s)"] * len(names))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (name, seq, head) VALUES {rows} "  # noqa: S608  # only quoted constants
            f"ON CONFLICT (name) DO UPDATE SET seq = {table}.seq RETURNING name, seq, head",
            [value for name in names for value in (name, GENESIS)],
        )
        return {name: (seq, head) for name, seq, head in cursor.fetchall()}
