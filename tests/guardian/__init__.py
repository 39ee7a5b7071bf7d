"""The guardian room."""
