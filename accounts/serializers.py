"""What comes in and what goes out."""

import unicodedata
from datetime import UTC
from typing import Any

from rest_framework import serializers

from accounts.models import Role, User

# Marks that make text run the other way (Unicode UAX 9): a name must not rearrange what stands beside it on a screen.
DIRECTION_MARKS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class CodeIn(serializers.Serializer[Any]):
    """The number that shall be sent a code."""

    phone = serializers.CharField(max_length=40, help_text="13800000001, +86 138-0000-0001, 0086…")


class CodeOut(serializers.Serializer[Any]):
    """A challenge: answer it with the code from the SMS. Times in seconds."""

    challenge_id = serializers.CharField()
    expires_in = serializers.IntegerField()
    resend_after = serializers.IntegerField()


class DeviceIn(serializers.Serializer[Any]):
    """What the client says about itself, for the list of devices."""

    name = serializers.CharField(max_length=80, required=False, allow_blank=True)
    platform = serializers.CharField(max_length=40, required=False, allow_blank=True)
    app_version = serializers.CharField(max_length=40, required=False, allow_blank=True)


class TokenIn(serializers.Serializer[Any]):
    """A challenge and the code from the SMS."""

    challenge_id = serializers.CharField(max_length=60)
    code = serializers.CharField(max_length=20)
    device = DeviceIn(required=False)


class StaffTokenIn(serializers.Serializer[Any]):
    """User name, password and the one-time code of the authenticator app."""

    username = serializers.CharField(max_length=60)
    password = serializers.CharField(max_length=256, trim_whitespace=False, style={"input_type": "password"})
    otp = serializers.CharField(max_length=20)


class StaffAgencyOut(serializers.Serializer[Any]):
    """The agency of a member of staff."""

    code = serializers.CharField()
    name = serializers.CharField()
    level = serializers.CharField()


class MeOut(serializers.Serializer[User]):
    """A person, as shown to that person: the own phone number in full. Citizens have no agency and no roles."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=User.Kind.choices)
    display_name = serializers.CharField()
    language = serializers.ChoiceField(choices=User.Language.choices)
    phone = serializers.CharField(allow_null=True, help_text="E.164")
    agency = StaffAgencyOut(allow_null=True)
    badge_number = serializers.CharField()
    roles = serializers.ListField(child=serializers.ChoiceField(choices=Role.choices))
    unit_id = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField(default_timezone=UTC)


class MeIn(serializers.Serializer[User]):
    """What people may change about themselves. Any other field is refused, so that a slip does not go unnoticed."""

    display_name = serializers.CharField(max_length=60, required=False, allow_blank=True)
    language = serializers.ChoiceField(choices=User.Language.choices, required=False)

    def validate_display_name(self, value: str) -> str:
        """One line of text that shows itself as it is."""
        if any(unicodedata.category(char) == "Cc" or char in DIRECTION_MARKS for char in value):
            raise serializers.ValidationError("Control characters are not allowed.", code="invalid")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse the rest by name."""
        others = sorted(set(self.initial_data) - set(self.fields))
        if others:
            raise serializers.ValidationError(
                {name: serializers.ErrorDetail("This can not be edited here.", code="not_editable") for name in others}
            )
        return attrs


class SignedInOut(serializers.Serializer[Any]):
    """A token, shown once. ``expires_at`` is null: it ends by revocation only."""

    token = serializers.CharField()
    expires_at = serializers.DateTimeField(default_timezone=UTC, allow_null=True)
    user = MeOut()


class StaffSignedInOut(serializers.Serializer[Any]):
    """A token of staff, shown once; it ends by itself."""

    token = serializers.CharField()
    expires_at = serializers.DateTimeField(default_timezone=UTC)
    user = MeOut()
    agency = StaffAgencyOut()
    roles = serializers.ListField(child=serializers.ChoiceField(choices=Role.choices))


class DeviceOut(serializers.Serializer[Any]):
    """What a client said about itself."""

    name = serializers.CharField()
    platform = serializers.CharField()
    app_version = serializers.CharField()


class TokenOut(serializers.Serializer[Any]):
    """One of a person's own tokens. ``current`` is the one that this request came with."""

    id = serializers.UUIDField(source="public_id")
    device = DeviceOut(allow_null=True)
    created_at = serializers.DateTimeField(default_timezone=UTC, source="created")
    expires_at = serializers.DateTimeField(default_timezone=UTC, source="expiry", allow_null=True)
    current = serializers.SerializerMethodField()

    def get_current(self, token: Any) -> bool:
        """Whether this request came with it."""
        return bool(token.public_id == self.context["current"])
