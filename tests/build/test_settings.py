"""Every setting is documented; a value that can't be right is an error that names it."""

import base64
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from environs import Env

from police110 import env
from tests.servers import ROOT

DOCUMENTED = ROOT / "docs" / "configuration.md"


class Recording(Env):
    """An `Env` that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name not in {"str", "int", "bool", "list", "dj_db_url"}:
            return found

        def ask(setting: str, *arguments: Any, **keywords: Any) -> Any:
            self.asked.add(setting)
            return found(setting, *arguments, **keywords)

        return ask


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment without any of the settings, but a DATA that goes with the test."""
    for name in asked_for():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA", str(tmp_path / "data"))


def asked_for() -> set[str]:
    """The settings that the code reads, however they are set."""
    recording = Recording()
    env.read(recording)
    return recording.asked


def documented() -> set[str]:
    """The settings of the tables in the document: the first code word of each row."""
    return set(re.findall(r"^\| `([A-Z0-9_]+)` \|", DOCUMENTED.read_text(), re.MULTILINE))


def test_it_works(tmp_path: Path) -> None:
    config = env.read()
    assert config.data == tmp_path / "data"
    assert config.host == "127.0.0.1"
    assert not config.production
    assert not config.sandbox
    assert config.database is None


def test_every_setting_is_documented() -> None:
    asked = asked_for()
    assert len(asked) > 10
    assert asked == documented()


def test_no_other_file_reads_the_environment() -> None:
    reading = re.compile(r"os\.environ|os\.getenv|environs")
    allowed = {
        "police110/env.py",
        "police110/asgi.py",
        "police110/serve.py",
        "manage.py",
        "live/asyncapi.py",
    }  # all but the first only name the settings
    for path in ROOT.rglob("*.py"):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith((".", "tests/", "bench/", "examples/")) and name not in allowed:
            assert not reading.search(path.read_text()), name


WRONG = [
    ("MODE", "staging"),
    ("SANDBOX", "perhaps"),
    ("ROBOTS", "1"),
    ("PORT", "eighty"),
    ("PORT", "-1"),
    ("PORT", "65536"),
    ("PROXIES", "-1"),
    ("PROXIES", "all"),
    ("LOG_LEVEL", "LOUD"),
    ("LOG_FORMAT", "xml"),
    ("DATABASE_URL", "mysql://root@127.0.0.1/police110"),
    ("DATABASE_URL", "postgresql://127.0.0.1:port/police110"),
    ("REDIS_URL", "http://127.0.0.1:6379"),
    ("MEDIA_URL_S3", "s3://bucket"),
    ("SECRET_KEY", "short"),
    ("FIELD_KEY", "not Base64!"),
    ("FIELD_KEY", base64.b64encode(bytes(16)).decode()),
    ("KEYED_HASH_KEY", "ключ"),
    ("TRUSTED_ORIGINS", "console.example.org"),
    ("PREPARE", "later"),
    ("DATA", "/proc/police110"),
    ("DATA", "/proc"),
    ("DATA", __file__),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=rf"\b{name}\b"):
        env.read()


def test_a_wrong_value_leaves_no_folder_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PORT", "eighty")
    with pytest.raises(ImproperlyConfigured):
        env.read()
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"secret_key": "!"}'])
def test_a_broken_file_of_secrets_is_named_and_left_alone(tmp_path: Path, content: str) -> None:
    (tmp_path / "data").mkdir()
    broken = tmp_path / "data" / "secrets.json"
    broken.write_text(content)
    with pytest.raises(ImproperlyConfigured, match=r"secrets\.json"):
        env.read()
    assert broken.read_text() == content


@pytest.mark.parametrize("name", ["SANDBOX", "ROBOTS"])
def test_production_refuses_the_sandbox(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("MODE", "production")
    monkeypatch.setenv("ALLOWED_HOSTS", "police110.example")
    assert env.read().production
    monkeypatch.setenv(name, "1")
    with pytest.raises(ImproperlyConfigured, match=name):
        env.read()


def test_production_asks_for_its_public_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODE", "production")
    with pytest.raises(ImproperlyConfigured, match="ALLOWED_HOSTS"):
        env.read()


@pytest.mark.parametrize(
    ("host", "allowed"),
    [("127.0.0.1", "127.0.0.1"), ("192.168.1.5", "192.168.1.5"), ("::", "*"), ("::1", "[::1]")],
)
def test_the_address_that_it_listens_on_is_an_allowed_host(
    monkeypatch: pytest.MonkeyPatch, host: str, allowed: str
) -> None:
    monkeypatch.setenv("HOST", host)
    assert allowed in env.read().allowed_hosts


def test_a_key_of_the_environment_goes_before_the_stored_one(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = env.read().keyed_hash_key
    assert env.read().keyed_hash_key == stored
    monkeypatch.setenv("KEYED_HASH_KEY", base64.b64encode(bytes(range(32))).decode())
    assert env.read().keyed_hash_key == bytes(range(32))


def test_secrets_are_for_the_owner_only(tmp_path: Path) -> None:
    env.read()
    assert (tmp_path / "data" / "secrets.json").stat().st_mode & 0o777 == 0o600
