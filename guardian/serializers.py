"""What comes in and what each side is shown."""

from datetime import UTC
from typing import Any

from rest_framework import serializers

from accounts import phones
from accounts.models import User
from foundation.errors import Invalid
from guardian.models import LABEL_CHARS, Contact, ContactState

SHOWN_STATES = [(state.value, state.label) for state in ContactState if state != ContactState.ENDED]


class ContactIn(serializers.Serializer[Any]):
    """Whom to ask, and one's own word for them."""

    phone = serializers.CharField(max_length=phones.MAX_LENGTH, help_text="13800000001, +86 138-0000-0001, 0086…")
    label = serializers.CharField(  # type: ignore[assignment]  # DRF moves declared fields out of the class
        max_length=LABEL_CHARS, required=False, allow_blank=True
    )

    def validate_phone(self, phone: str) -> str:
        """The number in E.164."""
        try:
            return phones.parse(phone)
        except Invalid as error:
            # In DRF's own terms, so that the other fields' errors are told with it.
            raise serializers.ValidationError(error.errors[0].detail, code=error.errors[0].code) from error


class ContactOut(serializers.Serializer[Any]):
    """A contact as one side sees it.

    The asker sees the number and the label as typed, and the same ``requested`` for a number without an account, one that
    has not answered and one that declined. The invited sees who asks: the display name as label, and a masked number.
    """

    id = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF moves declared fields out of the class
    phone = serializers.CharField(help_text="E.164 to the asker, masked (`138****0001`) to the invited")
    direction = serializers.ChoiceField(choices=["outgoing", "incoming"])
    state = serializers.ChoiceField(choices=SHOWN_STATES)
    created_at = serializers.DateTimeField(default_timezone=UTC)
    expires_at = serializers.DateTimeField(
        default_timezone=UTC, allow_null=True, help_text="When a request lapses; null once accepted"
    )


class ContactPageOut(serializers.Serializer[Any]):
    """Contacts, newest first; ``next`` is the ``cursor`` of the page that follows."""

    results = ContactOut(many=True)
    next = serializers.CharField(allow_null=True)


def contact_for(person: User, contact: Contact) -> dict[str, Any]:
    """A contact as this side of it sees it."""
    outgoing = contact.is_asker(person)
    state = contact.state_shown_to(person)
    shown = {
        "id": contact.id,
        "label": contact.label if outgoing else contact.asker.display_name,
        "phone": contact.phone if outgoing else contact.asker.masked_phone,
        "direction": "outgoing" if outgoing else "incoming",
        "state": state,
        "created_at": contact.created_at,
        "expires_at": None if state == ContactState.ACCEPTED else contact.expires_at,
    }
    return dict(ContactOut(shown).data)
