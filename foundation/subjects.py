"""What a recording, an attachment or a position is about: a kind and an id, and nothing more.

The rooms that store media and positions sit below those that know reports or journeys. They ask through an `Answerers`:
the room above registers who may write to, or see, a subject of its kind. Without an answer the answer is no.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple


class Subject(NamedTuple):
    """For example ``Subject("report", id)``."""

    kind: str
    id: uuid.UUID

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


Answer = Callable[[Any, uuid.UUID], bool]


class Answerers:
    """A yes-or-no question that rooms above answer, each for the kinds of subject it knows."""

    def __init__(self, question: str) -> None:
        self.question = question
        self._answers: dict[str, list[Answer]] = defaultdict(list)

    def register(self, kind: str, answer: Answer) -> None:
        """Add an answer for a kind of subject: a function of the actor and the subject's id. May query."""
        if answer not in self._answers[kind]:
            self._answers[kind].append(answer)

    def ask(self, actor: Any, subject: Subject) -> bool:
        """Whether any of the rooms says yes."""
        return any(answer(actor, subject.id) for answer in self._answers[subject.kind])
