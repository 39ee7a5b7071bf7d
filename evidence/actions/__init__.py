"""The deeds of this room."""

from evidence.actions.start import start_recording, start_recording_once

__all__ = ["start_recording", "start_recording_once"]
