"""What the owner and those who watch may ask about a recording."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from evidence import actions
from evidence.serializers import (
    MissingOut,
    PlaybackIn,
    PlaybackOut,
    RecordingOut,
    missing_answer,
    playback_answer,
    recording_answer,
)
from foundation.http import client_key, created


def actor_of(request: Request) -> User:
    """Who asks."""
    assert isinstance(request.user, User)  # noqa: S101  # IsAuthenticated has seen to it
    return request.user


class RecordingDetail(APIView):
    """``GET /recordings/{id}``."""

    @extend_schema(
        operation_id="recordings_retrieve",
        summary="How far a recording is: for its owner and those who may watch it",
        responses={200: RecordingOut},
    )
    def get(self, request: Request, recording_id: str) -> Response:
        """The recording."""
        return Response(recording_answer(actions.known_recording(actor_of(request), recording_id)))


class RecordingMissing(APIView):
    """``GET /recordings/{id}/missing``."""

    @extend_schema(
        operation_id="recordings_missing",
        summary="Which numbers have not come, to be sent later",
        responses={200: MissingOut},
    )
    def get(self, request: Request, recording_id: str) -> Response:
        """The gaps."""
        return Response(missing_answer(actions.known_recording(actor_of(request), recording_id)))


class RecordingFinish(APIView):
    """``POST /recordings/{id}/finish``."""

    @extend_schema(
        operation_id="recordings_finish",
        summary="No more is expected: the live list ends, the secret address too; late segments are still taken",
        request=None,
        responses={200: RecordingOut},
    )
    def post(self, request: Request, recording_id: str) -> Response:
        """Finish."""
        return Response(recording_answer(actions.finish_recording(actor_of(request), recording_id=recording_id)))


class RecordingPlayback(APIView):
    """``POST /recordings/{id}/playback``."""

    @extend_schema(
        operation_id="recordings_playback",
        summary="Addresses to watch at, for this viewer alone",
        request=PlaybackIn,
        responses={201: PlaybackOut},
    )
    def post(self, request: Request, recording_id: str) -> Response:
        """Open a ticket."""
        actor = actor_of(request)
        actions.visible_recording(actor, recording_id)
        taken = PlaybackIn(data=request.data)
        taken.is_valid(raise_exception=True)
        opened = actions.open_playback(
            actor, recording_id=recording_id, reason=taken.validated_data["reason"], key=client_key(request)
        )
        return created(playback_answer(opened.ticket, opened.token, request), replayed=opened.replayed)
