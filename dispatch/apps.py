from django.apps import AppConfig


class DispatchConfig(AppConfig):
    """Incidents, orders, feedback and units."""

    name = "dispatch"
    verbose_name = "接处警"

    def ready(self) -> None:
        """Register reactions, streams and answers; read the class table, so that a wrong one is an error at start."""
        from dispatch import classes, reactions, streams, subjects  # noqa: F401, PLC0415  # once models are loaded

        classes.dictionary()
