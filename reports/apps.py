from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Reports from the public and the conversation about them."""

    name = "reports"
    verbose_name = "报警"

    def ready(self) -> None:
        """Register answers, reactions and the reporter's stream."""
        from reports import reactions, streams, subjects  # noqa: F401, PLC0415  # models must be loaded before
