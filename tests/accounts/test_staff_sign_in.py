"""``POST /auth/staff-tokens``: password and one-time code."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import hashers
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice
from rest_framework.test import APIClient

from accounts import backoff
from accounts.actions import staff
from accounts.errors import InvalidCredentials
from accounts.models import SignInFailures, Token, User
from foundation import clock
from journal.models import AuditRecord
from tests.accounts.asking import post
from tests.accounts.races import race
from tests.personas import COUNTY, People, make_people

URL = "/api/v1/auth/staff-tokens"
PASSWORD = "a-long-password-110"


def otp_of(device: TOTPDevice, *, steps: int = 0) -> str:
    """The code that the authenticator shows now, or ``steps`` half-minutes later."""
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits)
    totp.time = time.time() + 30 * steps
    return f"{totp.token():06d}"


def wrong_otp(device: TOTPDevice) -> str:
    right = {otp_of(device, steps=n) for n in range(-2, 3)}
    return next(code for code in ("000000", "111111", "222222", "333333", "444444", "555555") if code not in right)


@pytest.fixture
def device(people: People) -> TOTPDevice:
    return TOTPDevice.objects.create(user=people.dispatcher, name="令牌")


def body(device: TOTPDevice, **other: Any) -> dict[str, Any]:
    return {"username": "130102-dispatcher", "password": PASSWORD, "otp": otp_of(device), **other}


@pytest.mark.django_db
def test_it_works(people: People, device: TOTPDevice, api: APIClient) -> None:
    answer = post(api, URL, body(device))
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    found = answer.json()
    assert set(found) == {"token", "expires_at", "user", "agency", "roles"}
    assert found["agency"] == {"code": COUNTY, "name": "长安分局指挥中心", "level": "county"}
    assert found["roles"] == ["dispatcher", "call_taker"]
    assert found["user"]["id"] == str(people.dispatcher.pk)
    assert found["expires_at"].endswith("Z")
    lasts = datetime.fromisoformat(found["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=11, minutes=59) < lasts <= timedelta(hours=12)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {found['token']}")
    assert api.get("/api/v1/me").json() == found["user"]
    assert AuditRecord.objects.get(deed="staff.signed_in").actor_id == people.dispatcher.pk


@pytest.mark.django_db
def test_the_token_ends_by_itself(device: TOTPDevice, api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    token = post(api, URL, body(device)).json()["token"]
    later = clock.now() + timedelta(hours=12)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert api.get("/api/v1/me", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 401


@pytest.mark.django_db
def test_whatever_is_wrong_the_answer_is_the_same(people: People, device: TOTPDevice, api: APIClient) -> None:
    unconfirmed = TOTPDevice.objects.create(user=people.supervisor, name="令牌", confirmed=False)
    User.objects.filter(pk=people.far_dispatcher.pk).update(is_active=False)
    inactive = TOTPDevice.objects.create(user=people.far_dispatcher, name="令牌")
    tries = [
        body(device, username="nobody"),
        body(device, username=people.fang.username),
        body(device, password="wrong-password"),
        body(device, otp=wrong_otp(device)),
        body(device, otp="12345x"),
        body(device, username="130104-dispatcher"),  # has no device
        body(unconfirmed, username="130102-supervisor"),
        body(inactive, username="130606-dispatcher"),
    ]
    answers = [post(api, URL, request) for request in tries]
    assert {answer.status_code for answer in answers} == {401}
    assert len({str({**answer.json(), "request_id": ""}) for answer in answers}) == 1
    assert answers[0].json()["code"] == "invalid_credentials"
    records = AuditRecord.objects.filter(deed="staff.sign_in_failed")
    assert records.count() == len(tries)
    assert "nobody" not in "".join(str(vars(record)) for record in records)


@pytest.mark.django_db
def test_an_unknown_name_costs_a_hash_too(device: TOTPDevice, api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    hasher = type(hashers.get_hasher())
    encode = hasher.encode

    def counting(self: Any, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(hasher, "encode", counting)
    for username in ("nobody", "130102-dispatcher"):
        hashed.clear()
        post(api, URL, body(device, username=username, password="wrong-password"))
        assert hashed == ["wrong-password"]


@pytest.mark.django_db
@pytest.mark.usefixtures("production")
def test_a_one_time_code_serves_once(device: TOTPDevice, api: APIClient) -> None:
    request = body(device)
    assert post(api, URL, request).status_code == 201
    assert post(api, URL, request).status_code == 401
    assert post(api, URL, body(device, otp=otp_of(device, steps=1))).status_code == 201


@pytest.mark.django_db
def test_in_the_sandbox_scripts_may_share_a_code(device: TOTPDevice, api: APIClient) -> None:
    request = body(device)
    assert [post(api, URL, request).status_code for _ in range(8)] == [201] * 8
    assert Token.objects.count() == 8


@pytest.mark.django_db
def test_after_failures_one_waits_but_not_for_ever(
    device: TOTPDevice, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(backoff.FREE_FAILURES):
        assert post(api, URL, body(device, password="wrong-password")).status_code == 401
    answers = [post(api, URL, body(device, **other)) for other in ({}, {"password": "wrong"}, {"otp": "000000"})]
    assert [answer.status_code for answer in answers] == [429] * 3
    assert answers[0].json()["code"] == "too_many_requests"
    assert answers[0]["Retry-After"] == "1"
    later = clock.now() + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert post(api, URL, body(device)).status_code == 201
    assert not SignInFailures.objects.exists()


@pytest.mark.django_db
def test_unknown_names_wait_as_well(people: People, device: TOTPDevice, api: APIClient) -> None:
    answers = {}
    for username in ("nobody", "130102-dispatcher"):
        request = body(device, username=username, password="wrong-password")
        answers[username] = [post(api, URL, request).status_code for _ in range(8)]
    assert answers["nobody"] == answers["130102-dispatcher"] == [401] * 5 + [429] * 3


@pytest.mark.django_db
def test_nobody_can_keep_an_officer_out_from_elsewhere(device: TOTPDevice, api: APIClient) -> None:
    for _ in range(backoff.FREE_FAILURES + 1):
        post(api, URL, body(device, password="wrong-password"), REMOTE_ADDR="203.0.113.9")
    assert post(api, URL, body(device), REMOTE_ADDR="203.0.113.9").status_code == 429
    assert post(api, URL, body(device)).status_code == 201


@pytest.mark.django_db
def test_a_claimed_address_changes_nothing(device: TOTPDevice, api: APIClient) -> None:
    answers = [
        post(api, URL, body(device, password="wrong-password"), HTTP_X_FORWARDED_FOR=f"203.0.113.{n}") for n in range(7)
    ]
    assert answers[-1].status_code == 429


@pytest.mark.django_db
def test_guessing_one_time_codes_stops_wherever_it_comes_from(
    device: TOTPDevice, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(backoff.FREE_FAILURES):
        request = body(device, otp=wrong_otp(device))
        assert post(api, URL, request, REMOTE_ADDR=f"203.0.113.{n}").status_code == 401
    # The right code is answered as a wrong one: who knows the password learns nothing, not even that.
    assert post(api, URL, body(device)).status_code == 401
    later = clock.now() + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert post(api, URL, body(device)).status_code == 201
    device.refresh_from_db()
    assert device.throttling_failure_count == 0


@pytest.mark.parametrize("failures", [0, 4, 5, 6, 13, 14, 10_000])
def test_the_pause_grows_and_ends(failures: int) -> None:
    expected = {0: 0, 4: 0, 5: 1, 6: 2, 13: 256}.get(failures, 300)
    assert backoff.delay_after(failures) == timedelta(seconds=expected)


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["username", "password", "otp"])
@pytest.mark.parametrize("value", [None, "", [], {}, True, "x" * 5000, "a\x00b", "\ud800"])
def test_bad_input_is_400_and_named(device: TOTPDevice, api: APIClient, field: str, value: Any) -> None:
    answer = post(api, URL, body(device, **{field: value}))
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.django_db
def test_no_csrf_token_is_asked_for(device: TOTPDevice) -> None:
    assert post(APIClient(enforce_csrf_checks=True), URL, body(device)).status_code == 201


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """Several requests at the same moment; the locks themselves are proven on PostgreSQL."""

    def sign_in(self, device: TOTPDevice, **other: str) -> Any:
        return staff.sign_in(**{**body(device), "address": "127.0.0.1", **other})

    def test_two_sign_ins(self) -> None:
        device = TOTPDevice.objects.create(user=make_people().dispatcher, name="令牌")
        results = race(4, lambda n: self.sign_in(device))
        assert len({result.text for result in results}) == 4

    @pytest.mark.usefixtures("production")
    def test_one_code_serves_once(self) -> None:
        device = TOTPDevice.objects.create(user=make_people().dispatcher, name="令牌")
        results = race(4, lambda n: self.sign_in(device))
        assert sum(isinstance(result, InvalidCredentials) for result in results) == 3

    def test_a_burst_gets_no_more_guesses(self) -> None:
        device = TOTPDevice.objects.create(user=make_people().dispatcher, name="令牌")
        wrong = wrong_otp(device)
        results = race(10, lambda n: self.sign_in(device, otp=wrong, address=f"203.0.113.{n % 2}"))
        assert sum(isinstance(result, InvalidCredentials) for result in results) <= 2 * backoff.FREE_FAILURES
        device.refresh_from_db()
        assert device.throttling_failure_count == backoff.FREE_FAILURES
