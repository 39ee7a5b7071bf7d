from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """The demo province."""

    name = "sandbox"
    verbose_name = "演示环境"
