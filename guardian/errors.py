"""What can go wrong with contacts."""

from foundation.errors import Conflict, TooMany


class ContactExists(Conflict):
    """There is a live relation or request between the two already; ``extra["id"]`` names it, in the actor's own list."""

    code = "contact_exists"
    detail = "You already have this contact, or a request between you is open."


class TooManyRequests(TooMany):
    """The asker has as many requests waiting as one may have."""

    code = "too_many_open_requests"
    detail = "Too many of your requests wait for an answer; withdraw some first."
