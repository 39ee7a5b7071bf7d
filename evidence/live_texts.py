"""The live lists' text, kept in memory: rows are only added, so only new ones are read and written out."""

import uuid
from collections import OrderedDict

from evidence.models import Recording
from evidence.playlists import Text

KEPT = 64
BATCH = 500
WRITTEN = (
    *("recording", "session", "seq", "duration_s", "program_date_time", "discontinuity"),
    *("segment__arrival", "segment__media_type", "init__arrival", "init__media_type"),
)

_texts: OrderedDict[uuid.UUID, Text] = OrderedDict()


def live_text(recording: Recording) -> Text:
    """The live list up to its last row. What another process has added is read from the database."""
    known = _texts.get(recording.id, Text())
    new = recording.entries.filter(position__gte=known.count).select_related("segment", "init").only(*WRITTEN)
    text = known.with_entries(new.order_by("position").iterator(chunk_size=BATCH))
    _texts[recording.id] = text
    while len(_texts) > KEPT:
        _texts.popitem(last=False)
    return text
