"""The reporter's own stream: who may listen, and what may be said there."""

import uuid
from collections.abc import Sequence
from typing import Any

from accounts.models import User
from foundation import ids
from journal import streams
from journal.models import StreamEvent
from reports import actions
from reports.events import MessagePosted
from reports.models import Report, report_stream


class ReportStream(streams.StreamKind):
    """``/ws/reports/<id>``: the one who made the report, and nobody else."""

    path = "reports"

    def find(self, actor: Any, key: str) -> str | None:
        """The stream's name, for its reporter."""
        report_id = ids.parse_id(key)
        if report_id is None or not isinstance(actor, User):
            return None
        return report_stream(report_id) if Report.objects.of(actor).filter(id=report_id).exists() else None

    def still_allowed(self, wanted: Sequence[tuple[Any, str]]) -> list[bool]:
        """A report never changes its reporter; one query for all."""
        asked = [(actor.id if isinstance(actor, User) else None, ids.parse_id(key)) for actor, key in wanted]
        found = Report.objects.filter(id__in={report_id for _, report_id in asked if report_id})
        owners = dict(found.values_list("id", "reporter_id"))
        return [user is not None and report is not None and owners.get(report) == user for user, report in asked]

    def on_frame(self, actor: Any, key: str, frame: dict[str, Any]) -> dict[str, Any] | None:
        """``fixes`` are stored and acknowledged; ``read`` marks the police's messages; ``typing`` passes by."""
        report_id = uuid.UUID(key)
        match frame.get("type"):
            case "fixes":
                batch = actions.store_fixes(actor, report_id=report_id, fixes=frame["fixes"])
                return {
                    "type": "ack",
                    "id": frame.get("id"),
                    "stored": batch.stored,
                    "last_seq": batch.last_seq,
                    "next_interval_s": batch.next_interval_s,
                }
            case "read":
                seq = message_seq_at(report_stream(report_id), frame["offset"])
                actions.mark_read(actor, report_id=report_id, by="reporter", up_to=seq)
        return None


def message_seq_at(stream: str, offset: int) -> int:
    """The ``seq`` of the last message that the stream had announced at an offset; 0 before the first."""
    posted = StreamEvent.objects.filter(stream_id=stream, name=MessagePosted.wire_name, offset__lte=offset)
    last = posted.order_by("-offset").first()
    return int(last.data["seq"]) if last else 0


streams.register(ReportStream())
