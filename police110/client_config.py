"""What a client should know before it does anything: limits, intervals, lists, addresses. Public."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence import limits as evidence
from evidence.models import Recording
from foundation.http import MAX_KEY, Pages
from geo.datums import COORD_TYPES
from live.protocol import MAX_FRAME_BYTES, SUBPROTOCOL
from reports import limits as reports
from reports.models import Report
from reports.quick_codes import QUICK_CODES
from tracks import actions as tracks
from tracks.position import PROVIDERS

EMERGENCY_NUMBERS = (
    ("110", "公安报警", "Police"),
    ("119", "消防救援", "Fire and rescue"),
    ("120", "医疗急救", "Ambulance"),
    ("122", "交通事故报警", "Traffic accidents"),
    ("12110", "短信报警", "Police by SMS"),
)
KINDS_IN_ENGLISH = {"video": "Video", "voice": "Voice", "silent": "Silent", "one_tap": "One tap", "text": "Text"}


class LabelOut(serializers.Serializer[Any]):
    """A stable code and what it means, for people."""

    code = serializers.CharField()
    zh = serializers.CharField()
    en = serializers.CharField()


class EmergencyNumberOut(serializers.Serializer[Any]):
    """A number that can be called without credit."""

    number = serializers.CharField()
    zh = serializers.CharField()
    en = serializers.CharField()


class WebSocketOut(serializers.Serializer[Any]):
    """The sub-protocol to ask for, and the largest frame that is taken."""

    protocol = serializers.CharField()
    max_frame_bytes = serializers.IntegerField()


class LimitsOut(serializers.Serializer[Any]):
    """Sizes. A report beyond them is accepted and flagged; anything else is refused and the field named."""

    key_chars = serializers.IntegerField(help_text="`client_uuid` or `Idempotency-Key`")
    page = serializers.IntegerField(help_text="The largest `limit` of a list")
    report_bytes = serializers.IntegerField(help_text="A longer body is kept as unreadable")
    raw_body_bytes = serializers.IntegerField(help_text="What is kept of a body that was odd")
    description_chars = serializers.IntegerField()
    address_chars = serializers.IntegerField()
    quick_codes = serializers.IntegerField()
    message_chars = serializers.IntegerField()
    fixes_per_request = serializers.IntegerField()
    segment_bytes = serializers.IntegerField()
    playlist_bytes = serializers.IntegerField()
    segment_name_chars = serializers.IntegerField()


class IntervalsOut(serializers.Serializer[Any]):
    """Seconds. Answers to positions carry the interval that holds at the moment (`next_interval_s`)."""

    fix_moving_s = serializers.FloatField(help_text="Between positions on the move")
    fix_still_s = serializers.FloatField(help_text="Between positions at rest")
    segment_s = serializers.FloatField(help_text="The length of a media segment that is asked for")
    target_duration_s = serializers.IntegerField()
    long_target_duration_s = serializers.IntegerField(help_text="Of recordings by a browser's MediaRecorder")


class ClientConfigOut(serializers.Serializer[Any]):
    """The client's configuration."""

    websocket = WebSocketOut()
    report_kinds = LabelOut(many=True)
    quick_codes = LabelOut(many=True)
    recording_media = serializers.ListField(child=serializers.CharField())
    coord_types = serializers.ListField(child=serializers.CharField())
    position_providers = serializers.ListField(child=serializers.CharField())
    emergency_numbers = EmergencyNumberOut(many=True)
    zero_rated_hosts = serializers.ListField(child=serializers.CharField(), help_text="Their traffic costs nothing")
    limits = LimitsOut()
    intervals = IntervalsOut()


class ClientConfig(APIView):
    """Limits and lists, the same for everyone."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="client_config",
        summary="Limits, intervals, quick codes, zero-rated hosts, emergency numbers",
        auth=[],
        responses=ClientConfigOut,
    )
    def get(self, request: Request) -> Response:
        """The client's configuration."""
        return Response(
            {
                "websocket": {"protocol": SUBPROTOCOL, "max_frame_bytes": MAX_FRAME_BYTES},
                "report_kinds": [
                    {"code": kind.value, "zh": str(kind.label), "en": KINDS_IN_ENGLISH[kind]} for kind in Report.Kind
                ],
                "quick_codes": [entry.as_json() for entry in QUICK_CODES],
                "recording_media": Recording.Media.values,
                "coord_types": COORD_TYPES,
                "position_providers": PROVIDERS,
                "emergency_numbers": [{"number": n, "zh": zh, "en": en} for n, zh, en in EMERGENCY_NUMBERS],
                "zero_rated_hosts": settings.ZERO_RATED_HOSTS,
                "limits": _limits(),
                "intervals": _intervals(),
            }
        )


def _limits() -> dict[str, int]:
    return {
        "key_chars": MAX_KEY,
        "page": Pages.max_page_size,
        "report_bytes": reports.BODY_BYTES,
        "raw_body_bytes": reports.RAW_BODY_BYTES,
        "description_chars": reports.DESCRIPTION_CHARS,
        "address_chars": reports.ADDRESS_CHARS,
        "quick_codes": reports.QUICK_CODES,
        "message_chars": reports.MESSAGE_CHARS,
        "fixes_per_request": tracks.MAX_FIXES,
        "segment_bytes": evidence.MAX_SEGMENT_BYTES,
        "playlist_bytes": evidence.MAX_CLIENT_LIST_BYTES,
        "segment_name_chars": evidence.MAX_NAME,
    }


def _intervals() -> dict[str, float]:
    return {
        "fix_moving_s": tracks.INTERVAL_MOVING_S,
        "fix_still_s": tracks.INTERVAL_STILL_S,
        "segment_s": evidence.SEGMENT_S,
        "target_duration_s": evidence.TARGET_DURATION_S,
        "long_target_duration_s": evidence.LONG_TARGET_DURATION_S,
    }
