"""What can go wrong at the desk, beyond the general errors."""

from foundation.errors import Conflict


class AlreadyClaimed(Conflict):
    """Somebody else was first; ``extra`` says who and since when, and whether the claim is stale."""

    code = "already_claimed"
    detail = "Somebody else has claimed this incident."


class NotClaimHolder(Conflict):
    """The deed belongs to the one who holds the claim; ``extra["claim"]`` says who that is."""

    code = "not_claim_holder"
    detail = "You do not hold the claim of this incident."


class ClaimNotStale(Conflict):
    """A claim whose heartbeat goes on is taken over by a supervisor only."""

    code = "claim_not_stale"
    detail = "The claim is alive: only a supervisor may take it over."


class UnitBusy(Conflict):
    """The unit is not waiting for an order: send ``confirm_busy``."""

    code = "unit_busy"
    detail = "The unit is busy; send confirm_busy to give it the order all the same."


class ReadOnly(Conflict):
    """What is over is not edited."""

    code = "read_only"
    detail = "The incident is over and can't be edited."


class NotAccepted(Conflict):
    """Class, level and agency are saved by accepting the incident."""

    code = "not_accepted"
    detail = "The incident is not accepted yet: these fields are saved with accept."


class OrderIsOver(Conflict):
    """Nothing is left to be urged, or the order belongs to a round before the incident was revived."""

    code = "order_is_over"
    detail = "The order is over."
