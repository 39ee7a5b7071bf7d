"""What happens by itself."""

from guardian import actions
from journal import deadlines
from journal.models import Deadline


@deadlines.on_due(actions.EXPIRES)
def expire(deadline: Deadline) -> None:
    """An unanswered request lapses."""
    actions.expire_contact(deadline.subject_id)
