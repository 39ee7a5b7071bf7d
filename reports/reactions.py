"""What this room does when the rooms below say something."""

from evidence.events import RecordingFinished, RecordingStarted
from journal import unit
from journal.events import reacts_to
from reports.models import report_stream


@reacts_to(RecordingStarted)
def tell_reporter_of_start(event: RecordingStarted) -> None:
    """The reporter's stream carries that a recording is open."""
    if event.subject_kind == "report":
        unit.relay(event, report_stream(event.subject_id))


@reacts_to(RecordingFinished)
def tell_reporter_of_end(event: RecordingFinished) -> None:
    """The reporter's stream carries that a recording has ended."""
    if event.subject_kind == "report":
        unit.relay(event, report_stream(event.subject_id))
