from django.apps import AppConfig


class TracksConfig(AppConfig):
    """Positions: reading, storing, late and bad points."""

    name = "tracks"
    verbose_name = "位置"
