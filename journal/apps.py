from django.apps import AppConfig


class JournalConfig(AppConfig):
    """Event streams and the audit trail, append-only."""

    name = "journal"
    verbose_name = "流水与审计"
