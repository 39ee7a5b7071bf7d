"""Who may do what with a contact that they see."""

from accounts.models import User
from guardian.models import Contact


def may_answer(actor: User, contact: Contact) -> bool:
    """Only the invited answers; nobody accepts an own request."""
    return not contact.is_asker(actor)
