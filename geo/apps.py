from django.apps import AppConfig


class GeoConfig(AppConfig):
    """Datums, areas, agencies and routing."""

    name = "geo"
    verbose_name = "地理与公安机关"
