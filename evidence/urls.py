"""The addresses of this room, below ``/api/v1/``."""

from django.urls import path

from evidence.api.ingest import BearerIngest, SecretFinish, SecretIngest
from evidence.api.playback import FinalPlaylist, LivePlaylist, PlayedFile
from evidence.api.recordings import RecordingDetail, RecordingFinish, RecordingMissing, RecordingPlayback

# A name may hold anything, slashes too, so that a wrong one gets a clear answer instead of "no such address".
urlpatterns = [
    path("recordings/<str:recording_id>", RecordingDetail.as_view()),
    path("recordings/<str:recording_id>/missing", RecordingMissing.as_view()),
    path("recordings/<str:recording_id>/finish", RecordingFinish.as_view()),
    path("recordings/<str:recording_id>/playback", RecordingPlayback.as_view()),
    path("recordings/<str:recording_id>/ingest/<path:name>", BearerIngest.as_view()),
    path("ingest/<str:secret>/finish", SecretFinish.as_view()),
    path("ingest/<str:secret>/<path:name>", SecretIngest.as_view()),
    path("playback/<str:ticket>/index.m3u8", LivePlaylist.as_view()),
    path("playback/<str:ticket>/final.m3u8", FinalPlaylist.as_view()),
    path("playback/<str:ticket>/<str:name>", PlayedFile.as_view()),
]
