"""The settings that an operator can give, read from the environment.

A value that can't be right is an error at start that names the setting. ``docs/configuration.md`` lists them all.
"""

import base64
import binascii
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

from police110 import secrets

BASE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True)
class Config:
    """What the environment said, checked."""

    data: Path
    mode: str
    sandbox: bool
    robots: bool
    host: str
    port: int
    allowed_hosts: list[str]
    trusted_origins: list[str]
    zero_rated_hosts: list[str]
    database: dict[str, Any] | None
    redis_url: str | None
    secret_key: str
    field_keys: tuple[tuple[int, bytes], ...]
    keyed_hash_key: bytes
    sms_gateway: str
    log_format: str
    log_level: str
    proxies: int
    class_dictionary: Path | None

    @property
    def production(self) -> bool:
        """Served to the public: nothing of the sandbox, TLS in front."""
        return self.mode == "production"


def read() -> Config:
    """Read and check the environment; `ImproperlyConfigured` names what is wrong."""
    try:
        return _read(Env())
    except EnvError as error:
        raise ImproperlyConfigured(str(error)) from error


def _read(env: Env) -> Config:
    mode = env.str("MODE", "local")
    if mode not in {"local", "production"}:
        raise ImproperlyConfigured(f"MODE: must be local or production, not {mode!r}")
    production = mode == "production"
    sandbox = env.bool("SANDBOX", False)
    robots = env.bool("ROBOTS", False)
    if production and (sandbox or robots):
        raise ImproperlyConfigured("SANDBOX, ROBOTS: the sandbox does not start in MODE=production")
    if robots:
        raise ImproperlyConfigured("ROBOTS: this version has no robots yet; leave it at 0")
    if env.str("MEDIA_URL_S3", ""):
        raise ImproperlyConfigured("MEDIA_URL_S3: this version keeps media in DATA; leave it unset")
    data = Path(env.str("DATA", str(BASE / "var"))).expanduser().resolve()
    allowed = env.list("ALLOWED_HOSTS", None)
    if production and not allowed:
        raise ImproperlyConfigured("ALLOWED_HOSTS: must name the public host names in MODE=production")
    stored = secrets.load_or_make(data)
    port = env.int("PORT", 8000)
    if not 0 <= port <= 65535:
        raise ImproperlyConfigured(f"PORT: must be 0 to 65535, not {port}")
    level = env.str("LOG_LEVEL", "INFO").upper()
    if level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ImproperlyConfigured(f"LOG_LEVEL: must be DEBUG, INFO, WARNING or ERROR, not {level!r}")
    log_format = env.str("LOG_FORMAT", "json" if production else "text")
    if log_format not in {"json", "text"}:
        raise ImproperlyConfigured(f"LOG_FORMAT: must be json or text, not {log_format!r}")
    hosts = allowed or ["localhost", "127.0.0.1", "[::1]"]
    return Config(
        data=data,
        mode=mode,
        sandbox=sandbox,
        robots=robots,
        host=env.str("HOST", "127.0.0.1"),
        port=port,
        allowed_hosts=hosts,
        trusted_origins=env.list("TRUSTED_ORIGINS", []),
        zero_rated_hosts=env.list("ZERO_RATED_HOSTS", hosts),
        database=_database(env),
        redis_url=_redis(env),
        secret_key=env.str("SECRET_KEY", "") or base64.b64encode(stored["secret_key"]).decode(),
        field_keys=((1, _key(env, "FIELD_KEY", stored["field_key"])),),
        keyed_hash_key=_key(env, "KEYED_HASH_KEY", stored["keyed_hash_key"]),
        sms_gateway=env.str("SMS_GATEWAY", "accounts.sms.ConsoleGateway"),
        log_format=log_format,
        log_level=level,
        proxies=env.int("PROXIES", 0),
        class_dictionary=_file(env, "CLASS_DICTIONARY"),
    )


def _database(env: Env) -> dict[str, Any] | None:
    url = env.str("DATABASE_URL", "")
    if not url:
        return None
    if urlsplit(url).scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL: must be postgresql://…; leave it unset for the embedded SQLite")
    try:
        return dict(env.dj_db_url("DATABASE_URL"))
    except (ValueError, EnvError) as error:
        raise ImproperlyConfigured(f"DATABASE_URL: {error}") from error


def _redis(env: Env) -> str | None:
    url = env.str("REDIS_URL", "")
    if url and urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
        raise ImproperlyConfigured("REDIS_URL: must be redis://…, rediss://… or unix://…")
    return url or None


def _file(env: Env, name: str) -> Path | None:
    text = env.str(name, "")
    if not text:
        return None
    path = Path(text).expanduser().resolve()
    if not path.is_file():
        raise ImproperlyConfigured(f"{name}: there is no file {path}")
    return path


def _key(env: Env, name: str, stored: bytes) -> bytes:
    text = env.str(name, "")
    if not text:
        return stored
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ImproperlyConfigured(f"{name}: must be Base64") from error
    if len(key) != 32:
        raise ImproperlyConfigured(f"{name}: must be 32 bytes, not {len(key)}")
    return key
