"""The deeds of this room."""

from evidence.actions.finish import finish_recording
from evidence.actions.ingest import note_client_list, receive, recording_of_secret, recording_to_fill
from evidence.actions.lists import catch_up_live_list
from evidence.actions.start import start_recording, start_recording_once
from evidence.actions.watch import admit, find_played, known_recording, open_playback, record_view, visible_recording

__all__ = [
    "admit",
    "catch_up_live_list",
    "find_played",
    "finish_recording",
    "known_recording",
    "note_client_list",
    "open_playback",
    "receive",
    "record_view",
    "recording_of_secret",
    "recording_to_fill",
    "start_recording",
    "start_recording_once",
    "visible_recording",
]
