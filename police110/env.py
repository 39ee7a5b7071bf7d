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
# An address that means all of this machine's.
WILDCARDS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104  # compared with, not bound to


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
    prepare: bool

    @property
    def production(self) -> bool:
        """Served to the public: nothing of the sandbox, TLS in front."""
        return self.mode == "production"


def read(env: Env | None = None) -> Config:
    """Read and check the environment; `ImproperlyConfigured` names what is wrong."""
    try:
        return _read(env or Env())
    except EnvError as error:
        raise ImproperlyConfigured(str(error)) from error


def _read(env: Env) -> Config:
    mode = _one_of(env, "MODE", "local", ("local", "production"))
    production = mode == "production"
    sandbox, robots = env.bool("SANDBOX", False), env.bool("ROBOTS", False)
    if production and (sandbox or robots):
        raise ImproperlyConfigured("SANDBOX, ROBOTS: the sandbox does not start in MODE=production; set both to 0")
    if robots:
        raise ImproperlyConfigured("ROBOTS: this version has no robots yet; leave it at 0")
    if env.str("MEDIA_URL_S3", ""):
        raise ImproperlyConfigured("MEDIA_URL_S3: this version keeps media in DATA; leave it unset")
    host = env.str("HOST", "127.0.0.1")
    given: dict[str, Any] = {
        "mode": mode,
        "sandbox": sandbox,
        "robots": robots,
        "host": host,
        "port": _number(env, "PORT", 8000, most=65535),
        "allowed_hosts": _allowed_hosts(env, host, production=production),
        "trusted_origins": _origins(env),
        "class_dictionary": _file(env, "CLASS_DICTIONARY"),
        "database": _database(env),
        "redis_url": _redis(env),
        "sms_gateway": env.str("SMS_GATEWAY", "accounts.sms.ConsoleGateway"),
        "log_format": _one_of(env, "LOG_FORMAT", "json" if production else "text", ("json", "text")),
        "log_level": _one_of(env, "LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
        "proxies": _number(env, "PROXIES", 0, most=10),
        "prepare": env.bool("PREPARE", True),
    }
    given["zero_rated_hosts"] = env.list("ZERO_RATED_HOSTS", [name for name in given["allowed_hosts"] if name != "*"])
    own = {name: _key(env, name) for name in ("FIELD_KEY", "KEYED_HASH_KEY")}
    secret_key = _secret_key(env)
    # Last, because it makes the folder where there is none: only when all else is right.
    data = Path(env.str("DATA", "") or BASE / "var").expanduser().resolve()
    try:
        stored = secrets.load_or_make(data)
    except OSError as error:
        raise ImproperlyConfigured(f"DATA: {data} can not be used: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ImproperlyConfigured(f"DATA: {data / secrets.FILE} can not be read; restore it from a backup") from error
    return Config(
        data=data,
        secret_key=secret_key or base64.b64encode(stored["secret_key"]).decode(),
        field_keys=((1, own["FIELD_KEY"] or stored["field_key"]),),
        keyed_hash_key=own["KEYED_HASH_KEY"] or stored["keyed_hash_key"],
        **given,
    )


def _one_of(env: Env, name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = env.str(name, default)
    for one in allowed:
        if value.lower() == one.lower():
            return one
    raise ImproperlyConfigured(f"{name}: must be one of {', '.join(allowed)}, not {value!r}")


def _number(env: Env, name: str, default: int, *, most: int) -> int:
    value: int = env.int(name, default)
    if not 0 <= value <= most:
        raise ImproperlyConfigured(f"{name}: must be 0 to {most}, not {value}")
    return value


def _allowed_hosts(env: Env, host: str, *, production: bool) -> list[str]:
    """The names in a request's ``Host``; outside production that of ``HOST`` is one of them by itself."""
    given: list[str] = env.list("ALLOWED_HOSTS", [])
    if given:
        return given
    if production:
        raise ImproperlyConfigured("ALLOWED_HOSTS: must name the public host names in MODE=production")
    if host in WILDCARDS:
        return ["*"]
    return list(dict.fromkeys(["localhost", "127.0.0.1", "[::1]", f"[{host}]" if ":" in host else host]))


def _origins(env: Env) -> list[str]:
    origins: list[str] = env.list("TRUSTED_ORIGINS", [])
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path:
            raise ImproperlyConfigured(f"TRUSTED_ORIGINS: {origin!r} is no origin such as https://console.example.org")
    return origins


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


def _secret_key(env: Env) -> str:
    text: str = env.str("SECRET_KEY", "")
    if text and len(text) < 50:
        raise ImproperlyConfigured("SECRET_KEY: must have 50 characters or more")
    return text


def _key(env: Env, name: str) -> bytes | None:
    text = env.str(name, "")
    if not text:
        return None
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ImproperlyConfigured(f"{name}: must be Base64") from error
    if len(key) != 32:
        raise ImproperlyConfigured(f"{name}: must be 32 bytes, not {len(key)}")
    return key
