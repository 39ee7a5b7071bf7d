"""What ``manage.py check --deploy`` says about this room's settings."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.utils.module_loading import import_string

from accounts.sms import ConsoleGateway


@checks.register(checks.Tags.security, deploy=True)
def a_real_gateway(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """In production somebody must send the codes."""
    if settings.CONFIG.production and issubclass(import_string(settings.SMS_GATEWAY), ConsoleGateway):
        return [checks.Error("SMS_GATEWAY: no citizen can sign in without a real gateway.", id="accounts.E001")]
    return []
