from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Citizens, staff, codes and tokens."""

    name = "accounts"
    verbose_name = "账户"
