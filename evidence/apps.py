from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """Recordings, segments and their playback."""

    name = "evidence"
    verbose_name = "证据"
