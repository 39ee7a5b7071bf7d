"""Where the bytes lie: a folder under ``MEDIA_ROOT``. Nothing in it is overwritten or deleted.

Names are ``<recording>/<sha256>.<ending>``: the same bytes have the same name, so that storing them twice changes
nothing, and a name that is there holds what it says. Another store would offer the same three functions.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO

from django.conf import settings

from evidence.errors import StorageFailed

ARRIVING = ".arriving"


def _root() -> Path:
    return Path(settings.MEDIA_ROOT) / "evidence"


class Arriving:
    """Bytes on their way in: written to a file of their own and hashed, not yet under their name."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, chunk: bytes) -> None:
        """Take some more bytes."""
        left = memoryview(chunk)
        while left:
            with _failing():
                left = left[self._file.write(left) :]
        self._hash.update(chunk)
        self.size += len(chunk)

    @property
    def sha256(self) -> bytes:
        """The hash of what came so far."""
        return self._hash.digest()

    def content(self) -> bytes:
        """What came so far."""
        with _failing():
            self._file.seek(0)
            return self._file.read()

    def keep(self, name: str) -> None:
        """Put the bytes under their name; after this they survive a power cut."""
        target = _root() / name
        with _failing():
            os.fsync(self._file.fileno())
            _make_folder(target.parent)
            with suppress(FileExistsError):  # then it holds the same bytes, by its name
                os.link(self._file.name, target)
            _sync_folder(target.parent)


@contextmanager
def arriving() -> Iterator[Arriving]:
    """A place for bytes on their way in; what was not kept is gone in the end. `StorageFailed` where there is none."""
    folder = _root() / ARRIVING
    with _failing():
        _make_folder(folder)
        file = tempfile.NamedTemporaryFile(dir=folder, buffering=0)  # noqa: SIM115  # closed below, apart from errors in use
    try:
        yield Arriving(file)
    finally:
        file.close()


def open_stored(name: str) -> BinaryIO:
    """The stored bytes of a name, for reading."""
    with _failing():
        return (_root() / name).open("rb")


def _make_folder(folder: Path) -> None:
    """Make a folder and what is missing above it, so that it survives a power cut."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _failing() -> Iterator[None]:
    """Turn the operating system's refusals into the room's own error."""
    try:
        yield
    except OSError as error:
        raise StorageFailed(reason=error.strerror or "unknown") from error
