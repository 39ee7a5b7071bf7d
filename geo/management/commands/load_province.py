"""``manage.py load_province``."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from geo.models import Agency
from geo.province import load


class Command(BaseCommand):
    """Make or correct the police agencies of Hebei; safe to run again at any time."""

    help = "Makes or corrects the police agencies of Hebei; a second run changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """``--county``, as often as wanted."""
        parser.add_argument(
            "--county", action="append", metavar="CODE", help="only this county (six digits); repeatable"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, and say what was done."""
        begun = time.perf_counter()
        try:
            done = load(options["county"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        parts = [f"{Agency.Level(level).label} {count}" for level, count in done.levels.items()]
        self.stdout.write(f"公安机关: {', '.join(parts)}")
        self.stdout.write(
            f"created {done.created}, changed {done.changed}, unchanged {done.unchanged}"
            f" in {time.perf_counter() - begun:.2f} s"
        )
