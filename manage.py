#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys
from contextlib import nullcontext


def main() -> None:
    """Run the command named on the command line; on SQLite only while nobody else writes."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "police110.settings")
    from django.conf import settings  # noqa: PLC0415  # only once the settings are named
    from django.core.management import execute_from_command_line  # noqa: PLC0415  # likewise

    from police110 import lock  # noqa: PLC0415  # likewise

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    # The reloader of `runserver` starts this again in a child; the parent holds the lock.
    free = command in lock.READING or "--help" in sys.argv or "RUN_MAIN" in os.environ
    try:
        with nullcontext() if free or settings.CONFIG.database else lock.hold(settings.DATA):
            execute_from_command_line(sys.argv)
    except lock.HeldError as error:
        sys.exit(f"manage.py {command}: {error}")


if __name__ == "__main__":
    main()
