"""What must be there before the server answers: the tables, the province, in the sandbox its demo people."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import redis
from django.apps import apps
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import OperationalError
from django.utils.module_loading import import_string

from geo import province
from police110.env import Config

Say = Callable[[str], None]
ADVISORY_LOCK = 110_110_110


def unapplied() -> list[str]:
    """The migrations that this database lacks, in order."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [str(migration) for migration, _ in plan]


def check(config: Config) -> None:
    """Refuse settings that only the rooms can judge; `ImproperlyConfigured` names them."""
    try:
        import_string(config.sms_gateway)
    except ImportError as error:
        raise ImproperlyConfigured(f"SMS_GATEWAY: there is no class {config.sms_gateway!r} ({error})") from error
    found = checks.run_checks(include_deployment_checks=config.production)
    wrong = [message.msg for message in found if message.level >= checks.ERROR]
    if wrong:
        raise ImproperlyConfigured("\n".join(wrong))


def reach(config: Config) -> None:
    """Connect to the database and to Redis once; `ImproperlyConfigured` names the setting of what is not there."""
    try:
        if config.database is None:
            connection.ensure_connection()
        else:  # not through the pool, which would try for half a minute
            psycopg.connect(**{**connection.get_connection_params(), "connect_timeout": 5}).close()
    except (OperationalError, psycopg.Error) as error:
        name = "DATABASE_URL" if config.database else "DATA"
        raise ImproperlyConfigured(f"{name}: the database can not be used: {str(error).strip()}") from error
    if config.redis_url:
        try:
            with redis.Redis.from_url(config.redis_url, socket_connect_timeout=5) as client:
                client.ping()
        except redis.RedisError as error:
            raise ImproperlyConfigured(f"REDIS_URL: Redis can not be used: {error}") from error


def prepare(say: Say, base_url: str) -> None:
    """Migrate, load the province and make the demo people; quick where all of it is done already."""
    with _one_at_a_time():
        missing = unapplied()
        if missing:
            say(f"数据库迁移 migrations: {len(missing)}")
            call_command("migrate", interactive=False, stdout=sys.stdout)
        _province(say)
        _people(say, base_url)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """On PostgreSQL several servers may start together; on SQLite `police110.lock` is held."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])


def _province(say: Say) -> None:
    loaded = province.load()
    agencies = f"{loaded.created} new, {loaded.changed} changed, {loaded.unchanged} as they should be"
    say(f"全省区划与公安机关 province's agencies: {agencies}")


def _people(say: Say, base_url: str) -> None:
    if apps.is_installed("sandbox"):
        from sandbox import people  # noqa: PLC0415  # outside the sandbox its app is not installed

        say("演示警力与人员 demo units and people")
        people.ensure(base_url)
