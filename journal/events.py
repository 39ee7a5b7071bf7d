"""What an event is, and who reacts to one.

An event says in the past tense that something changed: ``ReportReceived``. Its fields carry ids and states, never
narrative text; they are the ``data`` of the frame on the socket. A room above registers a typed reaction to an event of
a room below with `reacts_to`; it runs at once, in the same transaction.
"""

import dataclasses
import re
import uuid
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from foundation import clock

E = TypeVar("E", bound="Event")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Base of all events. ``wire_name`` is ``first.rest_of_the_name``: ``OrderReturnAsked`` → ``order.return_asked``."""

    wire_name: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Derive the wire name where the class names none."""
        if not cls.__dict__.get("wire_name"):
            first, *rest = re.findall(r"[A-Z][a-z0-9]*", cls.__name__)
            cls.wire_name = f"{first.lower()}.{'_'.join(rest).lower()}"

    def data(self) -> dict[str, Any]:
        """The event's fields as JSON knows them: ids as text, times in RFC 3339."""
        return {field.name: plain(getattr(self, field.name)) for field in dataclasses.fields(self)}


def plain(value: Any) -> Any:
    """A value as JSON knows it: ids as text, times in RFC 3339."""
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, datetime):
        return clock.rfc3339(value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


_reactions: dict[type[Event], list[Callable[[Any], None]]] = defaultdict(list)


def reacts_to(event_class: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Register a reaction: a function that takes the event and calls its own room's actions. No slow work in it."""

    def register(function: Callable[[E], None]) -> Callable[[E], None]:
        if function not in _reactions[event_class]:
            _reactions[event_class].append(function)
        return function

    return register


def react(event: Event) -> None:
    """Run the reactions to an event, in the order in which they were registered."""
    for function in _reactions[type(event)]:
        function(event)
