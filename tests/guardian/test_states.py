"""The table of states, walked pair by pair, with and without the time being over."""

import itertools
from datetime import timedelta

import pytest

from foundation import clock, ids
from foundation.errors import IllegalTransition
from guardian.models import MOVES, Contact, ContactState

TABLE = {
    "requested": "accepted declined expired ended",
    "accepted": "ended",
    "declined": "expired ended",
    "expired": "ended",
    "ended": "",
}
PAIRS = list(itertools.product(ContactState, ContactState))
DAY = timedelta(days=1)


def contact(state: str, *, lapsed: bool = False) -> Contact:
    return Contact(asker_id=ids.new_id(), state=state, expires_at=clock.now() + (-DAY if lapsed else DAY))


def test_it_works() -> None:
    assert {state.value: sorted(s.value for s in to) for state, to in MOVES.items()} == {
        state: sorted(to.split()) for state, to in TABLE.items()
    }


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_every_pair(old: ContactState, new: ContactState) -> None:
    row = contact(old)
    if new in TABLE[old].split():
        assert row.move_to(new) == old
        assert row.state == new
    else:
        with pytest.raises(IllegalTransition):
            row.move_to(new)
        assert row.state == old


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_every_pair_when_the_time_is_over(old: ContactState, new: ContactState) -> None:
    """What waits is then expired, before the sweep has said so: it can be marked or put away, not answered."""
    row = contact(old, lapsed=True)
    now = "expired" if old in {"requested", "declined"} else old.value
    assert row.state_now == now
    if new in TABLE[now].split() or (new == "expired" and now == "expired" and old != "expired"):
        row.move_to(new)
        assert row.state == new
    else:
        with pytest.raises(IllegalTransition):
            row.move_to(new)
