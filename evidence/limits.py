"""The limits and waiting times of recordings, in one place, so that they can be announced to clients."""

from datetime import timedelta

MAX_SEGMENT_BYTES = 8 * 1024 * 1024
"""The largest segment or init that is taken; a larger body is refused with 413."""

MAX_CLIENT_LIST_BYTES = 2 * 1024 * 1024
"""The largest client playlist that is read: some thirteen hours of one-second segments."""

MAX_NAME = 200
"""The longest name of an uploaded object, in characters."""

SEGMENT_S = 1
"""The segment length that clients are asked for."""

TARGET_DURATION_S = 2
"""TARGETDURATION of a recording whose segments are short."""

LONG_TARGET_DURATION_S = 10
"""TARGETDURATION of a recording made by a browser's MediaRecorder, which cuts where its encoder likes."""

SECRET_GRACE = timedelta(seconds=60)
"""How long the secret address still takes segments after a client's list ended the recording.

A recorder may send its last list before the last segment that the list names. `POST …/finish` ends the secret at once.
"""

GAP_AFTER_SEGMENTS = 3
"""A hole is given up in the live list once so many later segments of its session are there."""

GAP_AFTER_TARGETS = 2
"""A hole is given up in the live list once a later segment has waited for so many target durations."""

MAX_GAPS_IN_A_HOLE = 1000
"""A longer jump in the numbers is shown in the lists as a discontinuity, not as that many gaps."""

TICKET_LIFETIME = timedelta(hours=4)
"""How long a playback ticket serves: an open player can't be given another address."""
