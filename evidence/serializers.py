"""What comes in and goes out about recordings."""

from typing import Any

from django.db.models import Count, Max, Q, Sum
from rest_framework import serializers
from rest_framework.request import Request

from evidence import gaps
from evidence.models import PlaybackTicket, Recording, StoredObject, ingest_secret
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


class StoredOut(serializers.ModelSerializer[StoredObject]):
    """The answer to a stored object: its number (2^64−1 for an init), its hash, and the head of the chain after it."""

    seq = serializers.IntegerField(source="number")

    class Meta:
        model = StoredObject
        fields = ["seq", "sha256", "chain"]


class RecordingOut(serializers.Serializer[Any]):
    """A recording, as its owner and those who may watch it see it."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=Recording.State.choices)
    media = serializers.ChoiceField(choices=Recording.Media.choices)
    target_duration_s = serializers.IntegerField()
    sessions = serializers.IntegerField(help_text="How often the recorder started, as far as it can be told")
    segments = serializers.IntegerField()
    conflicts = serializers.IntegerField(help_text="Copies that came with other bytes under a number known before")
    last_seq = serializers.IntegerField(allow_null=True, help_text="The highest number of the last session")
    duration_s = serializers.FloatField(help_text="What is there, in seconds")
    arrivals = serializers.IntegerField(help_text="How many objects the chain covers")
    chain = serializers.CharField(help_text="Head of the hash chain, hex")
    started_at = serializers.DateTimeField(help_text="The phone's time")
    finished_at = serializers.DateTimeField(allow_null=True)


def recording_answer(recording: Recording) -> dict[str, Any]:
    """How far a recording is."""
    kinds = recording.stored.aggregate(
        segments=Count("id", filter=Q(kind=StoredObject.Kind.SEGMENT)),
        conflicts=Count("id", filter=Q(kind=StoredObject.Kind.CONFLICT)),
        last_seq=Max("seq", filter=Q(kind=StoredObject.Kind.SEGMENT, session=recording.session)),
        duration=Sum("duration_s", filter=Q(kind=StoredObject.Kind.SEGMENT)),
    )
    return {
        "id": str(recording.id),
        "state": recording.state,
        "media": recording.media,
        "target_duration_s": recording.target_duration_s,
        "sessions": recording.session if recording.arrivals else 0,
        "segments": kinds["segments"],
        "conflicts": kinds["conflicts"],
        "last_seq": kinds["last_seq"],
        "duration_s": round(kinds["duration"] or 0, 3),
        "arrivals": recording.arrivals,
        "chain": recording.chain,
        "started_at": clock.rfc3339(recording.started_at),
        "finished_at": clock.rfc3339(recording.finished_at) if recording.finished_at else None,
    }


class MissingRangeOut(serializers.Serializer[Any]):
    """Numbers that have not come, both ends included."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """``from`` is no name that Python lets a class use."""
        return {
            "session": serializers.IntegerField(),
            "from": serializers.IntegerField(),
            "to": serializers.IntegerField(),
        }


class MissingOut(serializers.Serializer[Any]):
    """The gaps of a recording."""

    state = serializers.ChoiceField(choices=Recording.State.choices)
    missing = MissingRangeOut(many=True)
    last_seq = serializers.IntegerField(allow_null=True)


def missing_answer(recording: Recording) -> dict[str, Any]:
    """Which numbers have not come."""
    found = gaps.missing(recording)
    return {
        "state": recording.state,
        "missing": [{"session": gap.session, "from": gap.first, "to": gap.last} for gap in found.gaps],
        "last_seq": found.last_seq,
    }


class PlaybackIn(serializers.Serializer[Any]):
    """Why someone watches."""

    reason = serializers.CharField(required=False, allow_blank=True, allow_null=True, default="", max_length=500)
    client_uuid = serializers.CharField(required=False, allow_null=True, max_length=200)

    def validate_reason(self, value: str | None) -> str:
        """No reason is an empty one."""
        return value or ""


class PlaybackOut(serializers.Serializer[Any]):
    """Where to watch. The addresses are secret, serve this viewer only, and end."""

    playlist_url = serializers.URLField(help_text="The live list: for a player that follows the recording")
    final_url = serializers.URLField(help_text="The list with late segments in their places")
    expires_at = serializers.DateTimeField()


def playback_answer(ticket: PlaybackTicket, token: str, request: Request) -> dict[str, Any]:
    """Where to watch."""
    base = request.build_absolute_uri(f"/api/v1/playback/{token}")
    return {
        "playlist_url": f"{base}/index.m3u8",
        "final_url": f"{base}/final.m3u8",
        "expires_at": clock.rfc3339(ticket.expires_at),
    }
