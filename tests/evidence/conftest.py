"""A subject that only these tests know: 王芳 may record for it, the dispatcher may watch it."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from evidence.actions import start_recording
from evidence.models import Recording
from evidence.subjects import may_see, may_write
from foundation.subjects import Subject
from tests.personas import People

KIND = "test-walk"


class Rights:
    """Who may do what with the tests' subjects; a test may change it on the way."""

    def __init__(self) -> None:
        self.writers: set[uuid.UUID] = set()
        self.viewers: set[uuid.UUID] = set()


_rights = Rights()


def _writes(actor: Any, subject_id: uuid.UUID) -> bool:
    return actor.id in _rights.writers


def _sees(actor: Any, subject_id: uuid.UUID) -> bool:
    return actor.id in _rights.viewers


may_write.register(KIND, _writes)
may_see.register(KIND, _sees)


@pytest.fixture
def rights(people: People) -> Iterator[Rights]:
    """王芳 and 李伟 may write, the dispatcher may see."""
    _rights.writers = {people.fang.id, people.wei.id}
    _rights.viewers = {people.dispatcher.id}
    yield _rights
    _rights.writers, _rights.viewers = set(), set()


@pytest.fixture(autouse=True)
def media_root(settings: Any, tmp_path: Path) -> Path:
    """A media folder of the test's own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@pytest.fixture
def subject() -> Subject:
    """Something to record about."""
    return Subject(KIND, uuid.uuid4())


@pytest.fixture
def fang(people: People) -> User:
    """王芳, who records."""
    return people.fang


@pytest.fixture
def recording(people: People, rights: Rights, subject: Subject) -> Recording:
    """An open recording of 王芳's."""
    return start_recording(people.fang, subject=subject, media="video")
