"""Who may do what with a recording. The rooms above say who may write to and see its subject."""

from typing import Any

from evidence.models import Recording
from evidence.subjects import may_see, may_write


def owns(actor: Any, recording: Recording) -> bool:
    """Whether the actor started it."""
    return bool(actor.id == recording.owner_id)


def may_fill(actor: Any, recording: Recording) -> bool:
    """Whether the actor may send segments: the owner, as long as the subject takes anything."""
    return owns(actor, recording) and may_write.ask(actor, recording.subject)


def may_watch(actor: Any, recording: Recording) -> bool:
    """Whether the actor may see the pictures and hear the sound."""
    return bool(getattr(actor, "is_active", True)) and may_see.ask(actor, recording.subject)


def may_know(actor: Any, recording: Recording) -> bool:
    """Whether the actor may know that there is one, and how far it is."""
    return owns(actor, recording) or may_watch(actor, recording)
