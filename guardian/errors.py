"""What can go wrong between two people."""

from foundation.errors import Conflict, TooMany


class AlreadyAsked(Conflict):
    """There is a request or a contact with this number; ``extra["id"]`` is its id. A declined request counts too."""

    code = "contact_exists"
    detail = "You have asked this number already."


class RequestExpired(Conflict):
    """The request came too long ago to be answered."""

    code = "request_expired"
    detail = "The request has expired; let them ask again."


class TooManyOpenRequests(TooMany):
    """Too many requests that nobody has accepted; ``extra["retry_after"]`` is when the oldest expires, in seconds."""

    code = "too_many_open_requests"
    detail = "Too many of your requests are open; withdraw some, or wait until they are answered or expire."
