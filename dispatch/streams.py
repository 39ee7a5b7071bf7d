"""The room's streams: a desk's queue, one incident, a unit's orders; and who may listen.

The questions are asked again every second for all who listen at once, so each is answered with the same few queries
however many they are. A test holds the answers against `visible_to`.
"""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from accounts.models import User
from dispatch.models import DESK_ROLES, Incident, Order, Unit, incident_stream, own_unit
from foundation import ids
from geo.models import Agency
from journal.streams import StreamKind, register


class _Desks:
    """Which agencies' matters each of the listeners sees from a desk."""

    def __init__(self, actors: Iterable[Any]) -> None:
        users = {actor.pk: actor for actor in actors if isinstance(actor, User) and actor.has_role(*DESK_ROLES)}
        codes = {user.agency_code for user in users.values()}
        paths = dict(Agency.objects.filter(code__in=codes).values_list("code", "path"))
        self._paths = {pk: paths.get(user.agency_code) for pk, user in users.items()}

    def sees(self, actor: Any, *paths: str | None) -> bool:
        """Whether one of the paths is that of the actor's agency or lies below it."""
        own = self._paths.get(actor.pk) if isinstance(actor, User) else None
        return own is not None and any(path is not None and path.startswith(own) for path in paths)


class AgencyStreams(StreamKind):
    """``/ws/agencies/<code>``: the queue of an agency and all below it, for desk staff of that agency or one above."""

    path = "agencies"

    def find(self, actor: Any, key: str) -> str | None:
        """The stream's name where the actor sits at a desk that sees this agency."""
        return f"agency:{key}" if self.still_allowed([(actor, key)])[0] else None

    def still_allowed(self, wanted: Sequence[tuple[Any, str]]) -> list[bool]:
        """In two queries."""
        desks = _Desks(actor for actor, _ in wanted)
        codes = {key for _, key in wanted if len(key) == 12 and key.isascii() and key.isdigit()}
        paths = dict(Agency.objects.filter(code__in=codes).values_list("code", "path"))
        return [desks.sees(actor, paths.get(key)) for actor, key in wanted]


class IncidentStreams(StreamKind):
    """``/ws/incidents/<id>``: one incident, for all who may see it."""

    path = "incidents"

    def find(self, actor: Any, key: str) -> str | None:
        """The stream's name where the actor may see the incident."""
        found = ids.parse_id(key)
        return incident_stream(found) if found and self.still_allowed([(actor, key)])[0] else None

    def still_allowed(self, wanted: Sequence[tuple[Any, str]]) -> list[bool]:
        """In three queries."""
        asked = [(actor, ids.parse_id(key)) for actor, key in wanted]
        incident_ids = {incident_id for _, incident_id in asked if incident_id is not None}
        desks = _Desks(actor for actor, _ in asked)
        rows = Incident.objects.filter(pk__in=incident_ids)
        paths = {pk: path for pk, *path in rows.values_list("pk", "agency__path", "responsible_agency__path")}
        units = {unit_id for actor, _ in asked if (unit_id := _unit_of(actor)) is not None}
        orders = Order.objects.filter(incident__in=incident_ids, unit__in=units)
        ordered = set(orders.values_list("unit_id", "incident_id"))
        return [
            incident_id is not None
            and incident_id in paths
            and (desks.sees(actor, *paths[incident_id]) or (_unit_of(actor), incident_id) in ordered)
            for actor, incident_id in asked
        ]


class UnitStreams(StreamKind):
    """``/ws/units/<id>``: a unit's orders, for its members and the desks that see its agency."""

    path = "units"

    def find(self, actor: Any, key: str) -> str | None:
        """The stream's name where the actor may see the unit."""
        found = ids.parse_id(key)
        return f"unit:{found}" if found and self.still_allowed([(actor, key)])[0] else None

    def still_allowed(self, wanted: Sequence[tuple[Any, str]]) -> list[bool]:
        """In two queries."""
        asked = [(actor, ids.parse_id(key)) for actor, key in wanted]
        desks = _Desks(actor for actor, _ in asked)
        rows = Unit.objects.filter(pk__in={unit_id for _, unit_id in asked if unit_id is not None})
        paths = dict(rows.values_list("pk", "agency__path"))
        return [
            unit_id is not None
            and unit_id in paths
            and (desks.sees(actor, paths[unit_id]) or _unit_of(actor) == unit_id)
            for actor, unit_id in asked
        ]


def _unit_of(actor: Any) -> uuid.UUID | None:
    return own_unit(actor) if isinstance(actor, User) else None


register(AgencyStreams())
register(IncidentStreams())
register(UnitStreams())
