"""The room's limits."""

from datetime import timedelta

# How long a request to become someone's contact can be accepted.
REQUEST_LIFETIME = timedelta(days=7)
# Requests of one person that nobody has accepted yet.
OPEN_REQUESTS = 50
LABEL_CHARS = 40
