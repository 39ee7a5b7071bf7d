"""The demo people: the same names on every machine, with passwords and TOTP secrets of this installation.

Everything secret here is derived from the server's key, so that ``DATA/demo.json`` can be written again at every start,
is the same from every process of an installation, and is true whatever was lost.
"""

import base64
import hashlib
import json
import os
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Role, User
from dispatch.models import Unit
from foundation import ids
from geo.models import Agency
from sandbox import units

FILE = "demo.json"
DEVICE = "demo"
CITIZENS = [f"+86138001100{number:02}" for number in range(1, 11)]
DESKS = (Agency.Level.PROVINCE, Agency.Level.CITY, Agency.Level.COUNTY)
COMMAND = {
    "dispatcher": ("派警员", [Role.DISPATCHER, Role.CALL_TAKER]),
    "supervisor": ("班长", [Role.SUPERVISOR, Role.DISPATCHER, Role.CALL_TAKER]),
    "call-taker": ("接警员", [Role.CALL_TAKER]),
}
PATROLS = 2
OFFICES = (Role.PUBLISHER, Role.APPROVER, Role.TIPS, Role.AUDITOR, Role.PRESS, Role.ADMIN)


@dataclass(frozen=True)
class Person:
    """A demo member of staff, as it is to be."""

    username: str
    display_name: str
    agency: Agency
    roles: Sequence[str]
    unit_id: uuid.UUID | None = None

    @property
    def totp_key(self) -> bytes:
        """The 20 bytes of the TOTP secret (RFC 6238, SHA-1)."""
        return hashlib.sha256(ids.keyed_hash("sandbox-totp", self.username).encode()).digest()[:20]


def password() -> str:
    """The one password of all demo people of this installation: an Argon2 hash for each would take a minute."""
    return ids.keyed_hash("sandbox-password", "demo people")[:24]


def everyone(crews: dict[str, list[Unit]]) -> Iterator[Person]:
    """The demo people of every desk, of the first units of each county, and of the province's offices."""
    for desk in Agency.objects.filter(level__in=DESKS, is_active=True).order_by("code"):
        prefix = desk.code[:6]
        for name, (title, roles) in COMMAND.items():
            yield Person(f"{prefix}-{name}", f"{desk.name}{title}", desk, roles)
        if desk.level == Agency.Level.COUNTY:
            for number, unit in enumerate(crews[desk.code][:PATROLS], 1):
                yield Person(f"{prefix}-patrol-{number}", f"{unit.call_sign}巡警", desk, [Role.PATROL], unit.id)
        if desk.level == Agency.Level.PROVINCE:
            for role in OFFICES:
                yield Person(role.value, role.label, desk, [role])


def ensure(base_url: str) -> None:
    """Make the demo people as they are to be, change what differs, and write ``DATA/demo.json``."""
    with transaction.atomic():
        people = {person.username: person for person in everyone(units.ensure())}
        users = _ensure_users(people)
        _ensure_secrets(people, users)
    write(settings.DATA / FILE, base_url, people.values())


def _ensure_users(people: dict[str, Person]) -> dict[str, User]:
    known = {user.username: user for user in User.objects.filter(kind=User.Kind.STAFF, username__in=people)}
    # One hash for all of them; where people have others, or it is of an older key, it is set again.
    hashes = {user.password for user in known.values()}
    shared = hashes.pop() if len(hashes) == 1 else ""
    if not check_password(password(), shared):
        shared = make_password(password())
    missing = [person for name, person in people.items() if name not in known]
    made = User.objects.bulk_create(_user(person, shared) for person in missing)
    changed = [user for user in known.values() if _bring_in_line(user, people[user.username], shared)]
    User.objects.bulk_update(changed, ["password", "is_active", "agency", "roles", "unit_id"])
    return known | {user.username: user for user in made}


def _user(person: Person, encoded: str) -> User:
    return User(
        kind=User.Kind.STAFF,
        username=person.username,
        display_name=person.display_name,
        agency=person.agency,
        badge_number=f"demo-{person.username}"[:20],
        roles=list(person.roles),
        unit_id=person.unit_id,
        password=encoded,
    )


def _bring_in_line(user: User, person: Person, encoded: str) -> bool:
    """Undo what was done to a demo person; whether there was anything."""
    wanted = {
        "password": encoded,
        "is_active": True,
        "agency_id": person.agency.code,
        "roles": list(person.roles),
        "unit_id": person.unit_id,
    }
    differing = {name: value for name, value in wanted.items() if getattr(user, name) != value}
    for name, value in differing.items():
        setattr(user, name, value)
    return bool(differing)


def _ensure_secrets(people: dict[str, Person], users: dict[str, User]) -> None:
    keys = {users[name].pk: person.totp_key.hex() for name, person in people.items()}
    devices = TOTPDevice.objects.filter(user__in=keys, name=DEVICE)
    stale = [device.pk for device in devices if device.key != keys[device.user_id] or not device.confirmed]
    TOTPDevice.objects.filter(pk__in=stale).delete()
    have = {device.user_id for device in devices if device.pk not in set(stale)}
    TOTPDevice.objects.bulk_create(
        TOTPDevice(user_id=user_id, name=DEVICE, key=key, confirmed=True)
        for user_id, key in keys.items()
        if user_id not in have
    )


def write(path: Path, base_url: str, staff: Iterable[Person]) -> None:
    """Write the logins, readable by the owner only, at once or not at all."""
    content: dict[str, Any] = {
        "base_url": base_url,
        "staff": [
            {
                "username": person.username,
                "password": password(),
                "totp_secret": base64.b32encode(person.totp_key).decode(),
                "agency_code": person.agency.code,
                "roles": list(person.roles),
                "unit_id": str(person.unit_id) if person.unit_id else None,
            }
            for person in staff
        ],
        "citizens": [{"phone": phone} for phone in CITIZENS],
        "devices": [],
    }
    handle, temporary = tempfile.mkstemp(dir=path.parent)  # made with mode 600
    with os.fdopen(handle, "w") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
    Path(temporary).replace(path)
