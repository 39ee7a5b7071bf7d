"""What can go wrong with places and agencies."""

from foundation.errors import Unavailable


class NoAgencies(Unavailable):
    """The table of agencies is empty, so nobody can answer: the province was never loaded."""

    code = "no_agencies"
    detail = "There are no police agencies in the database: run `manage.py load_province`."
