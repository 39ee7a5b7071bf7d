"""``manage.py verify_audit``: recompute the hash chains of the audit trail."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from journal import verify


class Command(BaseCommand):
    """Names the first bad record of each chain; ends with an error if there is one."""

    help = "Recompute the audit trail's hash chains and report the first bad record of each."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line per chain."""
        verdicts = verify.verify_all()
        for verdict in verdicts:
            self.stdout.write(f"{verdict.chain}  {verdict.records:>8} records  {verdict.head}  {verdict.fault or 'ok'}")
        bad = [verdict.chain for verdict in verdicts if verdict.fault]
        if bad:
            raise CommandError(f"{len(bad)} of {len(verdicts)} chains do not hold: {', '.join(bad)}")
        self.stdout.write(f"{len(verdicts)} chains, {sum(v.records for v in verdicts)} records: all hold")
