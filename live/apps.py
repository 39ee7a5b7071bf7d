from django.apps import AppConfig


class LiveConfig(AppConfig):
    """The WebSocket door."""

    name = "live"
    verbose_name = "实时"
