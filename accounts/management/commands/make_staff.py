"""Creates a member of staff, for installations without the sandbox."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.actions.enrolment import enrol_staff
from accounts.models import Role, User
from foundation.errors import DomainError


class Command(BaseCommand):
    """Make a member of staff with a password and a one-time-code device; print the address to enrol it."""

    help = (
        "Create a member of staff. Asks for the password and prints the address (otpauth://) for the authenticator app."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who it is."""
        parser.add_argument("username")
        parser.add_argument("--agency", required=True, metavar="CODE", help="12 digits, such as 130102000000")
        parser.add_argument("--role", action="append", required=True, choices=Role.values, help="may be repeated")
        parser.add_argument("--name", default="", help="姓名")
        parser.add_argument("--badge", default="", help="警号")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the person."""
        password = sys.stdin.readline().rstrip("\r\n") if options["password_stdin"] else self._ask()
        try:
            validate_password(password, User(username=options["username"]))
        except ValidationError as error:
            raise CommandError("password: " + " ".join(error.messages)) from error
        try:
            _, address = enrol_staff(
                User.objects.system(),
                username=options["username"],
                password=password,
                agency_code=options["agency"],
                roles=options["role"],
                display_name=options["name"],
                badge_number=options["badge"],
            )
        except DomainError as error:
            raise CommandError("; ".join(f"{e.field}: {e.detail}" for e in error.errors) or error.detail) from error
        self.stdout.write(address)

    def _ask(self) -> str:
        password = getpass.getpass("Password: ")
        if getpass.getpass("Password (again): ") != password:
            raise CommandError("The passwords differ.")
        return password
