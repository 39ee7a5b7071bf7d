"""What comes in and goes out about recordings."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from evidence.models import Recording, ingest_secret
from foundation import clock


class StartRecordingIn(serializers.Serializer[Any]):
    """The body of `POST …/recordings`, for the rooms that know the subject."""

    media = serializers.ChoiceField(choices=Recording.Media.choices)
    started_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    segment_s = serializers.FloatField(
        required=False,
        allow_null=True,
        default=None,
        min_value=0.1,
        max_value=10,
        help_text="How long the longest segment will be, in seconds. Leave it out for segments of one or two "
        "seconds; a browser's MediaRecorder, which can't cut so finely, sends up to 10.",
    )


class RecordingStartedOut(serializers.Serializer[Any]):
    """The answer to `POST …/recordings`."""

    id = serializers.UUIDField()
    ingest_url = serializers.URLField(help_text="PUT objects to `<ingest_url>/<name>` with the Bearer token")
    secret_ingest_url = serializers.URLField(
        help_text="The same for recorders that send no header. Ends with the recording. Keep it secret."
    )
    state = serializers.ChoiceField(choices=Recording.State.choices)
    media = serializers.ChoiceField(choices=Recording.Media.choices)
    target_duration_s = serializers.IntegerField()
    started_at = serializers.DateTimeField()


def started_answer(recording: Recording, request: Request) -> dict[str, Any]:
    """The answer to `POST …/recordings`, with absolute addresses. A replay gets the same one, whatever came since."""
    return {
        "id": str(recording.id),
        "ingest_url": request.build_absolute_uri(f"/api/v1/recordings/{recording.id}/ingest"),
        "secret_ingest_url": request.build_absolute_uri(f"/api/v1/ingest/{ingest_secret(recording.id)}"),
        "state": Recording.State.OPEN.value,
        "media": recording.media,
        "target_duration_s": recording.target_duration_s,
        "started_at": clock.rfc3339(recording.started_at),
    }
