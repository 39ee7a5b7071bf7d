"""What comes in and what goes out."""

import unicodedata
from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

from accounts.models import User
from accounts.phones import MAX_LENGTH
from accounts.serializers import DIRECTION_MARKS
from foundation import clock
from foundation.http import MAX_KEY
from guardian import limits
from guardian.models import Contact, ContactState


class ContactIn(serializers.Serializer[Any]):
    """Whom to ask, and the asker's own word for them (妈妈), which nobody else sees."""

    client_uuid = serializers.CharField(required=False, allow_null=True, max_length=MAX_KEY)
    phone = serializers.CharField(max_length=MAX_LENGTH, help_text="13800000001, +86 138-0000-0001, 0086…")
    label = serializers.CharField(  # type: ignore[assignment]  # declared fields do not stay on the class
        max_length=limits.LABEL_CHARS, required=False, allow_blank=True, default="", help_text="妈妈"
    )

    def validate_label(self, value: str) -> str:
        """One line of text that shows itself as it is."""
        if any(unicodedata.category(char) == "Cc" or char in DIRECTION_MARKS for char in value):
            raise serializers.ValidationError("Control characters are not allowed.", code="invalid")
        return value


class ContactOut(serializers.Serializer[Any]):
    """A contact as one of the two sees it.

    ``outgoing``: ``phone`` and ``label`` as given when asking, ``display_name`` once they have accepted.
    ``incoming``: the asker's masked number and name; ``label`` is empty.
    """

    id = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]  # as above
    phone = serializers.CharField(help_text="E.164 (outgoing), masked (incoming)")
    display_name = serializers.CharField()
    direction = serializers.ChoiceField(choices=[("outgoing", "outgoing"), ("incoming", "incoming")])
    state = serializers.ChoiceField(
        choices=[(state.value, state.label) for state in ContactState if state != ContactState.ENDED],
        help_text="The asker sees a declined request as `requested` until it is `expired`; "
        "`declined` is only the answer to the one who declines",
    )
    created_at = serializers.DateTimeField(default_timezone=UTC)
    expires_at = serializers.DateTimeField(
        default_timezone=UTC, allow_null=True, help_text="Until when it can be accepted; null once it is"
    )


class ContactPageOut(serializers.Serializer[Any]):
    """Contacts and requests, newest first; ``next`` is the ``cursor`` of the page that follows."""

    results = ContactOut(many=True)
    next = serializers.CharField(allow_null=True)


def contact(row: Contact, person: User, at: datetime) -> dict[str, Any]:
    """A contact as one of the two people sees it at a moment."""
    if row.asker_id == person.id:
        theirs = {"phone": row.phone or "", "label": row.label or ""}
    else:
        theirs = {"phone": row.asker.masked_phone, "label": ""}
    return {**stored_answer(row, person, at), **theirs}


def stored_answer(row: Contact, person: User, at: datetime) -> dict[str, Any]:
    """The same without phone and label, which lie nowhere in clear."""
    outgoing = row.asker_id == person.id
    other = row.invited if outgoing else row.asker
    accepted = row.state == ContactState.ACCEPTED
    return {
        "id": str(row.id),
        "display_name": other.display_name if other else "",
        "direction": "outgoing" if outgoing else "incoming",
        "state": str(row.state_for_asker(at) if outgoing else row.state),
        "created_at": clock.rfc3339(row.created_at),
        "expires_at": None if accepted else clock.rfc3339(row.expires_at),
    }
