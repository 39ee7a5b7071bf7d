from django.apps import AppConfig


class DispatchConfig(AppConfig):
    """Incidents, orders, feedback and units."""

    name = "dispatch"
    verbose_name = "接处警"
