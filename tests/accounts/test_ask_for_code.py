"""``POST /auth/codes``."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts import sms
from accounts.actions import codes
from accounts.models import CodeAllowance, SmsChallenge, SmsOutbox, User
from foundation import clock
from foundation.errors import TooMany
from tests.accounts.asking import post
from tests.accounts.gateways import code_in
from tests.personas import People

pytestmark = pytest.mark.django_db

URL = "/api/v1/auth/codes"
KNOWN, UNKNOWN = "13800000001", "13900000009"


def send_all() -> None:
    """What the sending thread does after the commit, here and now."""
    for pk in SmsOutbox.objects.filter(sent_at=None).values_list("pk", flat=True):
        sms._deliver(pk)


def test_it_works(people: People, api: APIClient, gateway: list[tuple[str, str]]) -> None:
    answer = post(api, URL, {"phone": KNOWN})
    assert answer.status_code == 202
    body = answer.json()
    assert set(body) == {"challenge_id", "expires_in", "resend_after"}
    assert (body["expires_in"], body["resend_after"]) == (300, 0)
    send_all()
    assert [(phone, code_in(text)) for phone, text in gateway] == [("+8613800000001", "110110")]


@pytest.mark.usefixtures("production")
def test_known_and_unknown_numbers_get_the_same_answer(
    people: People, api: APIClient, gateway: list[tuple[str, str]]
) -> None:
    assert all_that_can_be_seen(api, KNOWN) == all_that_can_be_seen(api, UNKNOWN)
    send_all()
    first, second = (text.replace(code_in(text), "…") for _, text in gateway)
    assert first == second
    assert User.objects.filter(kind="citizen").count() == 3


def all_that_can_be_seen(api: APIClient, phone: str) -> list[Any]:
    """Of asking twice: status, headers, length, content but for what is random, and the number of queries."""
    seen: list[Any] = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            answer = post(api, URL, {"phone": phone})
        headers = {name: value for name, value in answer.headers.items() if name != "X-Request-Id"}
        body = {**answer.json(), "challenge_id": "…", "request_id": "…"}
        seen.append((answer.status_code, headers, len(answer.content), body, len(queries)))
    return seen


@pytest.mark.usefixtures("production")
def test_asking_again_too_early_is_429(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert post(api, URL, {"phone": KNOWN}).json()["resend_after"] == 60
    answer = post(api, URL, {"phone": f"+86 {KNOWN}"})
    assert answer.status_code == 429
    assert answer.json()["code"] == "too_many_requests"
    assert 0 < int(answer["Retry-After"]) <= 60
    assert post(api, URL, {"phone": UNKNOWN}).status_code == 202
    later = clock.now() + timedelta(seconds=int(answer["Retry-After"]))
    monkeypatch.setattr(clock, "now", lambda: later)
    assert post(api, URL, {"phone": KNOWN}).status_code == 202


@pytest.mark.usefixtures("production")
def test_a_number_is_not_flooded(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = clock.now()
    sent = 0
    for minute in range(0, 24 * 60, 2):
        monkeypatch.setattr(clock, "now", lambda at=begun + timedelta(minutes=minute): at)
        try:
            codes.ask_for_code(phone="+8613800000001")
        except TooMany as refusal:
            retry_after = refusal.extra["retry_after"]
            assert isinstance(retry_after, int)
            assert 0 < retry_after <= 24 * 3600
        else:
            sent += 1
            hour = [
                at for at in CodeAllowance.objects.get().sent if at > (clock.now() - timedelta(hours=1)).timestamp()
            ]
            assert len(hour) <= 5
    assert sent == 20
    monkeypatch.setattr(clock, "now", lambda: begun + timedelta(hours=24, minutes=1))
    codes.ask_for_code(phone="+8613800000001")


def test_the_sandbox_lets_scripts_sign_in_as_often_as_they_like(api: APIClient) -> None:
    for _ in range(30):
        assert post(api, URL, {"phone": KNOWN}).status_code == 202
    assert not CodeAllowance.objects.exists()


def test_the_same_key_sends_once(api: APIClient) -> None:
    first = post(api, URL, {"phone": KNOWN}, HTTP_IDEMPOTENCY_KEY="k-1")
    again = post(api, URL, {"phone": KNOWN}, HTTP_IDEMPOTENCY_KEY="k-1")
    assert again.json() == first.json()
    assert again["Idempotency-Replayed"] == "true"
    assert SmsOutbox.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "phone"),
        ({"phone": None}, "phone"),
        ({"phone": ""}, "phone"),
        ({"phone": "110"}, "phone"),
        ({"phone": ["13800000001"]}, "phone"),
        ({"phone": {"a": 1}}, "phone"),
        ({"phone": True}, "phone"),
        ({"phone": "13800000001\x00"}, "phone"),
        ({"phone": "\ud800"}, "phone"),
        ({"phone": "1" * 5000}, "phone"),
        ([], "non_field_errors"),
        ("phone", "non_field_errors"),
        (None, "non_field_errors"),
    ],
)
def test_bad_input_is_400_and_named(api: APIClient, body: Any, field: str) -> None:
    answer = post(api, URL, body)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("key", ["", "x" * 201, "a\x00b", 7, ["k"], "\ud800"])
def test_a_bad_key_is_400(api: APIClient, key: Any) -> None:
    answer = post(api, URL, {"phone": KNOWN, "client_uuid": key})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "client_uuid"


def test_a_number_as_a_number_is_fine(api: APIClient) -> None:
    assert post(api, URL, {"phone": 13800000001}).status_code == 202


def test_a_credential_that_comes_along_does_not_matter(api: APIClient) -> None:
    assert post(api, URL, {"phone": KNOWN}, HTTP_AUTHORIZATION="Bearer wrong").status_code == 202


@pytest.mark.usefixtures("production")
def test_code_and_number_are_nowhere_in_clear(
    api: APIClient, gateway: list[tuple[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    post(api, URL, {"phone": UNKNOWN}, HTTP_IDEMPOTENCY_KEY="k-1")
    everything = dump()
    send_all()
    code = code_in(gateway[0][1])
    everything += dump()
    assert UNKNOWN not in everything
    assert code not in everything
    assert UNKNOWN not in caplog.text
    assert code not in caplog.text
    sent = SmsOutbox.objects.get()
    assert (sent.phone, sent.text) == (None, None)
    assert sent.sent_at is not None


def dump() -> str:
    """Every text and byte that the tables of this room and of the journal hold, but for ids and times."""
    found = []
    for table in connection.introspection.table_names():
        if not table.startswith(("accounts_", "journal_")):
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608  # names from the database itself
            for row in cursor.fetchall():
                found += [bytes(v).decode("latin-1") if isinstance(v, (bytes, memoryview)) else str(v) for v in row]
    # A random hexadecimal hash or a time may hold any six digits by chance.
    return "\n".join(v for v in found if not is_noise(v))


def is_noise(value: str) -> bool:
    """Ids, hashes and times."""
    is_id = len(value) in {32, 36, 64} and value.isascii() and " " not in value
    return is_id or value.startswith(str(clock.now().year))


def test_old_challenges_go(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    old = codes.ask_for_code(phone="+8613800000001").challenge
    later = clock.now() + timedelta(days=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    codes.ask_for_code(phone="+8613800000002")
    assert not SmsChallenge.objects.filter(pk=old.pk).exists()
