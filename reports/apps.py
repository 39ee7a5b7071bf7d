from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Reports from the public and the conversation about them."""

    name = "reports"
    verbose_name = "报警"
