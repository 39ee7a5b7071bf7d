"""The WebSocket addresses."""

from channels.routing import URLRouter

websockets = URLRouter([])
