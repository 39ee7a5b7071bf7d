"""The ASGI application: HTTP to Django, WebSockets to the live room."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "police110.settings")
django_application = get_asgi_application()

from live.routing import websockets  # noqa: E402  # the rooms can be imported only once Django is set up

application = ProtocolTypeRouter({"http": django_application, "websocket": websockets})
