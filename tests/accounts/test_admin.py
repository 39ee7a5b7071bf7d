"""The admin's door and what it shows."""

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import backoff, credentials
from accounts.admin_site import StaffAdminSite
from accounts.models import User
from journal.models import AuditRecord
from tests.accounts.sessions import session_of
from tests.accounts.test_staff_sign_in import PASSWORD, otp_of
from tests.personas import COUNTY, People

pytestmark = pytest.mark.django_db


@pytest.fixture
def device(people: People) -> TOTPDevice:
    return TOTPDevice.objects.create(user=people.dispatcher, name="令牌")


def sign_in(client: Client, **fields: str) -> Any:
    return client.post("/admin/login/?next=/admin/", {"username": "130102-dispatcher", "password": PASSWORD, **fields})


def test_it_works(people: People, device: TOTPDevice, client: Client) -> None:
    page = client.get("/admin/login/").content.decode()
    assert 'name="otp_token"' in page
    answer = sign_in(client, otp_token=otp_of(device))
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200
    found = credentials.from_session(client.session.session_key)
    assert found is not None
    assert found.user == people.dispatcher
    assert client.get("/api/v1/me").json()["id"] == str(people.dispatcher.pk)
    assert AuditRecord.objects.filter(deed="staff.signed_in").count() == 1


def test_the_password_alone_is_not_enough(people: People, device: TOTPDevice, client: Client) -> None:
    for fields in ({}, {"otp_token": ""}, {"otp_token": "000000"}, {"otp_token": "x" * 5000}, {"otp_token": "\x00"}):
        assert sign_in(client, **fields).status_code == 200
        assert client.get("/admin/").status_code == 302
    client.force_login(people.dispatcher)
    assert client.get("/admin/").status_code == 302


def test_what_was_wrong_is_not_said(device: TOTPDevice, client: Client) -> None:
    right = otp_of(device)
    tries = [{"otp_token": "000000"}, {"otp_token": right, "password": "x"}, {"otp_token": right, "username": "nobody"}]
    errors = {str(sign_in(client, **fields).context["form"].non_field_errors()) for fields in tries}
    assert len(errors) == 1
    assert AuditRecord.objects.filter(deed="staff.sign_in_failed").count() == 3


def test_guessing_stops(device: TOTPDevice, client: Client) -> None:
    for _ in range(backoff.FREE_FAILURES + 1):
        sign_in(client, otp_token="000000")
    assert sign_in(client, otp_token=otp_of(device)).status_code == 200


def test_citizens_stay_outside(people: People, client: Client) -> None:
    session_of(people.fang, client=client)
    assert client.get("/admin/").status_code == 302


def test_signing_out(people: People, client: Client) -> None:
    key = session_of(people.dispatcher, client=client)
    assert client.post("/admin/logout/").status_code == 200
    assert credentials.from_session(key) is None
    assert AuditRecord.objects.get(deed="user.signed_out").actor_id == people.dispatcher.pk


def test_signing_out_of_nothing(client: Client) -> None:
    assert client.post("/admin/logout/").status_code in {200, 302}


def test_the_admin_is_ours() -> None:
    assert isinstance(admin.site._wrapped, StaffAdminSite)  # type: ignore[attr-defined]  # Django's lazy default


class TestPeople:
    """The list of people."""

    def test_no_phone_in_clear_anywhere(self, people: People, client: Client) -> None:
        session_of(people.auditor, client=client)
        for address in ("", f"{people.fang.pk}/change/", f"{people.fang.pk}/history/", "?q=130102"):
            answer = client.get(f"/admin/accounts/user/{address}")
            assert answer.status_code == 200
            assert "13800000001" not in answer.content.decode()
        assert "138****0001" in client.get("/admin/accounts/user/").content.decode()

    def test_auditors_and_administrators_only(self, people: People, client: Client) -> None:
        session_of(people.supervisor, client=client)
        assert client.get("/admin/accounts/user/").status_code == 403

    def test_nothing_can_be_edited(self, people: People, client: Client) -> None:
        session_of(people.auditor, client=client)
        for address in ("add/", f"{people.fang.pk}/delete/"):
            assert client.post(f"/admin/accounts/user/{address}", {"post": "yes"}).status_code == 403
        assert client.post(f"/admin/accounts/user/{people.fang.pk}/change/", {"kind": "staff"}).status_code == 403
        assert User.objects.get(pk=people.fang.pk).kind == "citizen"

    def test_a_superuser_sees_no_secret_of_a_device(self, people: People, client: Client) -> None:
        boss = User.objects.create_staff("boss", PASSWORD, agency_id=COUNTY, is_superuser=True, roles=["admin"])
        session_of(boss, client=client)
        device = TOTPDevice.objects.create(user=people.dispatcher, name="令牌")
        page = client.get(f"/admin/otp_totp/totpdevice/{device.pk}/change/")
        assert page.status_code == 200
        assert device.key not in page.content.decode()
        assert client.get("/admin/").status_code == 200
