"""The room's limits. Those that a client should know are announced in ``GET /client-config``."""

# What is kept of a body that was odd, as it came; and what is read of one at all. A longer body counts as unreadable.
RAW_BODY_BYTES = 64 * 1024
BODY_BYTES = 1024 * 1024
BODY_DEPTH = 32

DESCRIPTION_CHARS = 4000
ADDRESS_CHARS = 500
SHORT_TEXT_CHARS = 40
PHONE_CHARS = 40
QUICK_CODES = 20

MESSAGE_CHARS = 2000
MESSAGES_PER_PAGE = 100
