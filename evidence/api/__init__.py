"""The HTTP doors of this room: what recorders send, what owners and staff ask, what viewers play."""
