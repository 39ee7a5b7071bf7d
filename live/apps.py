from django.apps import AppConfig


class LiveConfig(AppConfig):
    """The WebSocket door."""

    name = "live"
    verbose_name = "实时"

    def ready(self) -> None:
        """Make this process's hub a door of the journal."""
        from live import hub  # noqa: PLC0415  # models can be imported only now

        hub.register()
