"""What happens to a track. Positions themselves skip the journal: this event triggers reactions only."""

import uuid
from dataclasses import dataclass
from typing import Any

from journal.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class FixesStored(Event):
    """New positions were stored; ``newest`` is the current one (output form) or ``None`` if it did not change."""

    subject_kind: str
    subject_id: uuid.UUID
    stored: int
    newest: dict[str, Any] | None
