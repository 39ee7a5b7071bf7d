"""The server's secrets: made on the first run, kept under ``DATA``, never in code.

In an installation of several machines each secret comes from the environment instead and is the same on all of them.
"""

import base64
import json
import os
import secrets
import tempfile
from pathlib import Path

FILE = "secrets.json"
NAMES = {"secret_key": 50, "field_key": 32, "keyed_hash_key": 32}


def load_or_make(data: Path) -> dict[str, bytes]:
    """The secrets of this ``DATA`` folder; made with mode 600 where there are none yet. Safe against a race."""
    path = data / FILE
    if not path.exists():
        _make(path)
    stored = json.loads(path.read_text())
    return {name: base64.b64decode(stored[name]) for name in NAMES}


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = {name: base64.b64encode(secrets.token_bytes(size)).decode() for name, size in NAMES.items()}
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as file:
        json.dump(fresh, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    try:
        # A link fails where another process was first; its secrets then hold.
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(temporary)
