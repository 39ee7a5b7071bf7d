"""What comes in at the desk. Bad input is refused with the name of the field."""

import unicodedata
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dispatch.classes import Ground, Level, ResultCode
from foundation import clock
from foundation.http import MAX_KEY
from reports.serializers import MessageIn, PositionIn, ReadIn, StrictBoolean
from tracks.position import parse_position

REASON_CHARS: Final = 500
SUMMARY_CHARS: Final = 4000
MAX_PERSONS: Final = 100_000


class Words(serializers.CharField):
    """Text that a person typed and that every database can keep: no lone surrogates (a NUL is refused by the base)."""

    def to_internal_value(self, data: Any) -> str:
        """Take text only; a number is not a reason."""
        if not isinstance(data, str):
            self.fail("invalid")
        text: str = super().to_internal_value(data)
        if any(unicodedata.category(c) == "Cs" for c in text):
            raise serializers.ValidationError("Text can't hold lone surrogates.", code="characters")
        return text


@extend_schema_field({"type": "integer", "enum": [1, 2, 3, 4], "description": "1 一级 (gravest) … 4 四级"})
class LevelField(serializers.Field[int, Any, int, Any]):
    """An incident's level: 1 to 4; the words 一级 … 四级 are understood as well."""

    default_error_messages = {"invalid": "A level is 1 to 4, or 一级 to 四级."}

    def to_internal_value(self, data: Any) -> int:
        """The level's number."""
        by_label = {str(label): value for value, label in Level.choices}
        if isinstance(data, str):
            data = by_label.get(data.strip(), int(data) if data.strip() in {"1", "2", "3", "4"} else None)
        if isinstance(data, bool) or not isinstance(data, int) or data not in Level.values:
            self.fail("invalid")
        return data

    def to_representation(self, value: int) -> int:
        """The number."""
        return value


@extend_schema_field(PositionIn)
class PositionField(serializers.Field[dict[str, Any], Any, dict[str, Any], Any]):
    """A position in the input form of the contract; here, unlike at a report, one without a place is refused."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The output form: WGS-84, with the input under ``raw``."""
        parsed = parse_position(data, received_at=clock.now(), prefix="")
        if parsed.position is None:
            said = "; ".join(f"{error.field} {error.detail}".strip() for error in parsed.errors)
            raise serializers.ValidationError(said, code="invalid")
        return parsed.position.as_json()

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        """As stored."""
        return value


class ClassCodeField(Words):
    """Eight digits of the class table; whether the table holds them is the action's to say."""

    default_error_messages = {"digits": "A class code has 8 digits."}

    def to_internal_value(self, data: Any) -> str:
        """The code."""
        code = super().to_internal_value(data)
        if len(code) != 8 or not (code.isascii() and code.isdigit()):
            self.fail("digits")
        return code


def reason_field(*, required: bool = True) -> Words:
    """Why; for the record."""
    if required:
        return Words(max_length=REASON_CHARS)
    return Words(max_length=REASON_CHARS, required=False, allow_blank=True, default="")


class ReasonIn(serializers.Serializer[Any]):
    """Why."""

    reason = reason_field()


class OptionalReasonIn(serializers.Serializer[Any]):
    """Why, where one wants to say it."""

    reason = reason_field(required=False)


class AcceptIn(serializers.Serializer[Any]):
    """The 接警单."""

    class_code = ClassCodeField(help_text="From `GET /incident-classes`, e.g. `02020100`")
    level = LevelField()
    address = Words(max_length=500)
    agency_code = Words(max_length=12, help_text="Responsible: the owning agency or one below it")
    summary = Words(max_length=SUMMARY_CHARS)
    position = PositionField(required=False, allow_null=True, default=None)


class IncidentEditIn(serializers.Serializer[Any]):
    """The fields of the form that are to change."""

    class_code = ClassCodeField(required=False)
    level = LevelField(required=False)
    address = Words(max_length=500, required=False, allow_blank=True)
    agency_code = Words(max_length=12, required=False)
    summary = Words(max_length=SUMMARY_CHARS, required=False, allow_blank=True)
    picked_position = PositionField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Name what can't be changed, rather than seem to have changed it."""
        unknown = sorted(set(self.initial_data) - set(self.fields))
        if unknown:
            detail = [serializers.ErrorDetail("This can't be changed.", code="read_only")]
            raise serializers.ValidationError(dict.fromkeys(unknown, detail))
        return attrs


class InvalidateIn(serializers.Serializer[Any]):
    """Why an incident is invalid; 谎报 and 骚扰 name the legal ground."""

    ground = serializers.ChoiceField(choices=Ground.choices)
    legal_ground = Words(max_length=200, required=False, allow_blank=True, default="")
    reason = reason_field(required=False)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """A repeated report is not invalid: it is merged into the first."""
        ground = data.get("ground") if isinstance(data, dict) else None
        if isinstance(ground, str) and ground in {"duplicate", "repeated", "重复"}:
            detail = "A repeated report is merged into the first one, not invalidated."
            raise serializers.ValidationError({"ground": [serializers.ErrorDetail(detail, code="use_merge")]})
        clean: dict[str, Any] = super().to_internal_value(data)
        return clean


class CloseIn(serializers.Serializer[Any]):
    """The closing words; a reason where no order was needed."""

    summary = Words(max_length=SUMMARY_CHARS, required=False, allow_blank=True, default="")
    reason = reason_field(required=False)


class OrderIn(serializers.Serializer[Any]):
    """The 派警单."""

    client_uuid = serializers.CharField(required=False, allow_null=True, max_length=MAX_KEY)
    unit_id = serializers.UUIDField()
    instruction = Words(max_length=SUMMARY_CHARS, required=False, allow_blank=True, default="")
    confirm_busy = StrictBoolean(required=False, default=False)


class ReviewIn(serializers.Serializer[Any]):
    """The decision about a return; a refusal needs a reason."""

    approve = StrictBoolean()
    reason = reason_field(required=False)


class FeedbackIn(serializers.Serializer[Any]):
    """The 反馈单. Numbers of persons; unknown is null, never 0."""

    client_uuid = serializers.CharField(required=False, allow_null=True, max_length=MAX_KEY)
    result_code = serializers.ChoiceField(choices=ResultCode.choices)
    class_code = ClassCodeField()
    summary = Words(max_length=SUMMARY_CHARS)
    injured = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=MAX_PERSONS)
    deaths = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=MAX_PERSONS)
    detained = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=MAX_PERSONS)


class IncidentMessageIn(MessageIn):
    """Something said to a reporter."""

    report_id = serializers.UUIDField(required=False, allow_null=True, default=None)


class IncidentReadIn(ReadIn):
    """Up to which message all were read."""

    report_id = serializers.UUIDField(required=False, allow_null=True, default=None)
