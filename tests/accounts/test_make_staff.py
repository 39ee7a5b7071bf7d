"""``manage.py make_staff``: staff without the sandbox."""

import io
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import CommandError, call_command
from django_otp.plugins.otp_totp.models import TOTPDevice
from rest_framework.test import APIClient

from accounts.models import User
from journal.models import AuditRecord
from tests.accounts.asking import post
from tests.accounts.test_staff_sign_in import otp_of
from tests.personas import COUNTY, People

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse 110 battery"


def make(*arguments: str, monkeypatch: pytest.MonkeyPatch, password: str = PASSWORD, **options: Any) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    out = io.StringIO()
    call_command("make_staff", *arguments, "--password-stdin", stdout=out, **options)
    return out.getvalue().strip()


def test_it_works(people: People, api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["zhang.wei", "--agency", COUNTY, "--role", "dispatcher", "--role", "supervisor", "--name", "张伟"]
    address = make(*arguments, monkeypatch=monkeypatch)
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parse_qs(parts.query)["issuer"] == ["Police110"]
    user = User.objects.get(username="zhang.wei")
    assert (user.kind, user.agency_id, user.roles) == ("staff", COUNTY, ["dispatcher", "supervisor"])
    device = TOTPDevice.objects.get(user=user)
    request = {"username": "zhang.wei", "password": PASSWORD, "otp": otp_of(device)}
    assert post(api, "/api/v1/auth/staff-tokens", request).status_code == 201
    record = AuditRecord.objects.get(deed="staff.enrolled")
    assert record.actor_kind == "system"
    assert device.key not in str(vars(record))


def test_the_password_is_asked_for_twice(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([PASSWORD, PASSWORD, PASSWORD, "other"])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(answers))
    arguments = ["make_staff", "zhang.wei", "--agency", COUNTY, "--role", "patrol"]
    call_command(*arguments, stdout=io.StringIO())
    assert User.objects.get(username="zhang.wei").check_password(PASSWORD)
    with pytest.raises(CommandError, match="differ"):
        call_command(*arguments, stdout=io.StringIO())


@pytest.mark.parametrize(
    ("arguments", "password", "said"),
    [
        (["x", "--agency", "999999999999", "--role", "patrol"], PASSWORD, "agency"),
        (["130102-dispatcher", "--agency", COUNTY, "--role", "patrol"], PASSWORD, "username"),
        (["x", "--agency", COUNTY, "--role", "king"], PASSWORD, "king"),
        (["x", "--agency", COUNTY], PASSWORD, "role"),
        (["x", "--agency", COUNTY, "--role", "patrol", "--badge", "130102-patrol-1"], PASSWORD, "one_badge|警号"),
        (["x", "--agency", COUNTY, "--role", "patrol"], "short", "password"),
        (["x" * 61, "--agency", COUNTY, "--role", "patrol"], PASSWORD, "username"),
    ],
)
def test_what_can_not_be_is_said(
    people: People, monkeypatch: pytest.MonkeyPatch, arguments: list[str], password: str, said: str
) -> None:
    before = User.objects.count()
    with pytest.raises(CommandError, match=said):
        make(*arguments, monkeypatch=monkeypatch, password=password)
    assert User.objects.filter(kind="staff").count() + 3 == before
    assert not TOTPDevice.objects.exists()
