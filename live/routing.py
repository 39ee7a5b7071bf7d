"""What `police110.asgi` mounts for WebSockets: one application for all addresses.

There is no table of addresses: which ``/ws/<path>/`` exist is known to the rooms that register kinds of stream
(`journal.streams`), and an unknown one must be answered on an accepted socket.
"""

from live.door import websockets

__all__ = ["websockets"]
