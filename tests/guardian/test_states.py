"""The state table of a contact, all pairs of it."""

import itertools

import pytest

from foundation.errors import IllegalTransition
from guardian.models import CONTACT_MOVES, LIVE, Contact, ContactState

ALLOWED = {
    ("requested", "accepted"),
    ("requested", "declined"),
    ("requested", "expired"),
    ("requested", "ended"),
    ("accepted", "ended"),
    ("declined", "expired"),
    ("declined", "ended"),
}


@pytest.mark.parametrize(("before", "after"), list(itertools.product(ContactState, repeat=2)))
def test_all_pairs(before: ContactState, after: ContactState) -> None:
    contact = Contact(state=before.value)
    if (before.value, after.value) in ALLOWED:
        assert contact.move_to(after) == before
        assert contact.state == after
    else:
        with pytest.raises(IllegalTransition):
            contact.move_to(after)
        assert contact.state == before


def test_what_is_not_live_goes_nowhere() -> None:
    assert {state for state, moves in CONTACT_MOVES.items() if not moves} == set(ContactState) - set(LIVE)
