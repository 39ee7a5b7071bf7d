from django.apps import AppConfig


class GuardianConfig(AppConfig):
    """Friends who watch over a journey."""

    name = "guardian"
    verbose_name = "亲友互助"
