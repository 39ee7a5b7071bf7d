"""Who may do what to an incident or an order. Pure predicates: the rows and their agencies are loaded before.

Seeing is a matter of the QuerySets (`visible_to`); whoever sees but may not do gets a 403.
"""

from accounts.models import Role, User
from dispatch.models import DESK_ROLES, Incident, Order
from geo.models import Agency

DISPATCH_ROLES = (Role.DISPATCHER, Role.SUPERVISOR)


def works_at_desk(actor: User) -> bool:
    """A call-taker, dispatcher or supervisor."""
    return actor.has_role(*DESK_ROLES)


def is_in_charge(actor: User, incident: Incident) -> bool:
    """Whether the actor's agency works on this incident.

    It is the owning or the responsible agency, or a city or county above one of them. The province guides and
    supervises: it sees everything and works on the incidents of its own desk only.
    """
    if actor.agency is None:
        return False
    agencies = [incident.agency, *([incident.responsible_agency] if incident.responsible_agency else [])]
    if actor.agency.level == Agency.Level.PROVINCE:
        return actor.agency in agencies
    return any(agency.is_within(actor.agency) for agency in agencies)


def may_take_calls(actor: User, incident: Incident) -> bool:
    """Claim, accept, write to the reporter."""
    return actor.is_system or (works_at_desk(actor) and is_in_charge(actor, incident))


def may_dispatch(actor: User, incident: Incident) -> bool:
    """Order, cancel, invalidate, close, archive, review a return.

    A dispatcher may close and archive as well as a supervisor: at night one person is alone at a county's desk.
    """
    return actor.is_system or (actor.has_role(*DISPATCH_ROLES) and is_in_charge(actor, incident))


def may_supervise(actor: User, incident: Incident) -> bool:
    """Revive; take over a claim that is alive."""
    return actor.is_system or (actor.has_role(Role.SUPERVISOR) and is_in_charge(actor, incident))


def may_edit(actor: User, incident: Incident) -> bool:
    """Edit the form: those who dispatch, and the call-taker who holds the claim."""
    return may_dispatch(actor, incident) or (may_take_calls(actor, incident) and incident.claimed_by_id == actor.id)


def is_of_the_unit(actor: User, order: Order) -> bool:
    """A patrol of the unit that the order was given to."""
    return actor.has_role(Role.PATROL) and actor.unit_id == order.unit_id


def may_carry_out(actor: User, order: Order) -> bool:
    """Sign, set out, arrive, finish, feed back, ask to return: the unit, or the desk for it (by radio)."""
    return is_of_the_unit(actor, order) or may_dispatch(actor, order.incident)


def may_accept_for(actor: User, incident: Incident, agency: Agency) -> bool:
    """Make an agency responsible: the owning one or one below it."""
    return agency.is_active and agency.is_within(incident.agency)
