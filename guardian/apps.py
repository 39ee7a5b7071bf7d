from django.apps import AppConfig


class GuardianConfig(AppConfig):
    """Friends who watch over a journey."""

    name = "guardian"
    verbose_name = "亲友互助"

    def ready(self) -> None:
        """Register what happens when a deadline comes."""
        from guardian import reactions  # noqa: F401, PLC0415  # models must be loaded before
