"""The room's deeds. Outside code calls them as ``reports.actions.receive(…)``."""

from reports.actions.conversation import list_messages, mark_read, post_message
from reports.actions.editing import edit
from reports.actions.media import start_recording, store_fixes
from reports.actions.progress import record_progress, reopen
from reports.actions.receiving import receive

__all__ = [
    "edit",
    "list_messages",
    "mark_read",
    "post_message",
    "receive",
    "record_progress",
    "reopen",
    "start_recording",
    "store_fixes",
]
