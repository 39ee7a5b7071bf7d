from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string


class AccountsConfig(AppConfig):
    """Citizens, staff, codes and tokens."""

    name = "accounts"
    verbose_name = "账户"

    def ready(self) -> None:
        """Register what the OpenAPI document needs, and check the SMS gateway's name at start."""
        from accounts import checks, schema  # noqa: F401, PLC0415  # they register themselves, once models are there
        from accounts.sms import Gateway  # noqa: PLC0415  # as above

        try:
            gateway = import_string(settings.SMS_GATEWAY)
        except ImportError as error:
            raise ImproperlyConfigured(f"SMS_GATEWAY: {error}") from error
        if not (isinstance(gateway, type) and issubclass(gateway, Gateway)):
            raise ImproperlyConfigured(f"SMS_GATEWAY: {settings.SMS_GATEWAY} is no accounts.sms.Gateway")
