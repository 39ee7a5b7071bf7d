"""The outbox: what a deed wrote is sent after the commit, at least once, and not for ever."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from accounts import checks, sms
from accounts.apps import AccountsConfig
from accounts.models import SmsOutbox
from foundation import clock
from tests.accounts.races import race

PHONE, TEXT = "+8613800000001", "【公安110】登录验证码 424242"


def post(**other: Any) -> None:
    with transaction.atomic():
        sms.post(PHONE, TEXT, **{"expires_at": clock.now() + timedelta(minutes=5), **other})


def wait_until_sent() -> SmsOutbox:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        row = SmsOutbox.objects.get()
        if row.sent_at or row.attempts:
            return row
        time.sleep(0.02)
    raise AssertionError("nothing was sent")


@pytest.mark.django_db(transaction=True)
def test_it_works(gateway: list[tuple[str, str]]) -> None:
    post()
    assert wait_until_sent().sent_at is not None
    assert gateway == [(PHONE, TEXT)]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_when_the_deed_fails(gateway: list[tuple[str, str]]) -> None:
    with transaction.atomic():
        sms.post(PHONE, TEXT, expires_at=clock.now() + timedelta(minutes=5))
        transaction.set_rollback(True)
    time.sleep(0.1)
    assert gateway == []
    assert not SmsOutbox.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_failed_is_tried_again(
    settings: Any, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SMS_GATEWAY = "tests.accounts.gateways.Broken"
    post()
    assert wait_until_sent().sent_at is None
    assert sms.deliver_due() == 0  # the first attempt's time is not over yet
    settings.SMS_GATEWAY = "tests.accounts.gateways.Kept"
    later = clock.now() + sms.LEASE
    monkeypatch.setattr(clock, "now", lambda: later)
    assert sms.deliver_due() == 1
    assert sms.deliver_due() == 0
    row = SmsOutbox.objects.get()
    assert (row.attempts, row.phone, row.text) == (2, None, None)
    said = capfd.readouterr()
    assert "424242" not in said.out + said.err
    assert "13800000001" not in said.out + said.err


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_it_once(gateway: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        SmsOutbox.objects.create(
            phone=PHONE, text=TEXT, due_at=clock.now(), expires_at=clock.now() + timedelta(minutes=5)
        )
    gateway.clear()
    assert sum(race(4, lambda n: sms.deliver_due())) == 3
    assert len(gateway) == 3


@pytest.mark.django_db
def test_what_came_too_late_is_forgotten(gateway: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    post()
    later = clock.now() + timedelta(minutes=5)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert sms.deliver_due() == 0
    assert not SmsOutbox.objects.exists()


@pytest.mark.django_db
def test_what_was_sent_goes_after_a_day(gateway: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    post()
    assert sms._deliver(SmsOutbox.objects.get().pk)
    later = clock.now() + timedelta(days=1, minutes=6)
    monkeypatch.setattr(clock, "now", lambda: later)
    sms.deliver_due()
    assert not SmsOutbox.objects.exists()


def test_the_console_shows_the_number_masked(capsys: pytest.CaptureFixture[str]) -> None:
    sms.ConsoleGateway().send(PHONE, TEXT)
    said = capsys.readouterr().err
    assert "138****0001" in said
    assert "424242" in said
    assert "13800000001" not in said


def test_the_console_gateway_does_not_serve_in_production(settings: Any) -> None:
    settings.CONFIG = Production()
    with pytest.raises(RuntimeError, match="SMS_GATEWAY"):
        sms.ConsoleGateway().send(PHONE, TEXT)
    assert [message.id for message in checks.a_real_gateway(None)] == ["accounts.E001"]


class Production:
    production = True


def test_the_check_is_silent_elsewhere() -> None:
    assert [m for m in run_checks(include_deployment_checks=True) if m.id == "accounts.E001"] == []


@pytest.mark.parametrize("name", ["nonsense", "no.such.Gateway", "accounts.sms.post", "accounts.models.User"])
def test_a_gateway_that_is_none_is_an_error_at_start(settings: Any, name: str) -> None:
    settings.SMS_GATEWAY = name
    with pytest.raises(ImproperlyConfigured, match="SMS_GATEWAY"):
        AccountsConfig.create("accounts").ready()
