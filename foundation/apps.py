from django.apps import AppConfig


class FoundationConfig(AppConfig):
    """Ids, clock, errors and fields that every room uses; imports no room."""

    name = "foundation"
    verbose_name = "基础"
