"""``POST /auth/tokens``: a citizen signs in."""

from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.actions import citizens, codes
from accounts.errors import ChallengeUsed, TooManyAttempts, WrongCode
from accounts.models import Device, SmsChallenge, Token, User
from foundation import clock
from journal.models import AuditRecord
from tests.accounts.asking import post
from tests.accounts.races import race
from tests.personas import People

URL = "/api/v1/auth/tokens"
PHONE = "+8613800000001"
DEVICE = {"name": "王芳的手机", "platform": "android", "app_version": "1.2.0"}


def ask(phone: str = PHONE) -> str:
    return str(codes.ask_for_code(phone=phone).challenge.pk)


def body(challenge_id: str, code: str = "110110", **other: Any) -> dict[str, Any]:
    return {"challenge_id": challenge_id, "code": code, "device": DEVICE, **other}


@pytest.mark.django_db
def test_it_works(api: APIClient) -> None:
    answer = post(api, URL, body(ask("+8613900000009")))
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    found = answer.json()
    assert set(found) == {"token", "expires_at", "user"}
    assert found["expires_at"] is None
    assert found["user"]["kind"] == "citizen"
    assert found["user"]["phone"] == "+8613900000009"
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {found['token']}")
    assert api.get("/api/v1/me").json() == found["user"]
    assert Device.objects.values("name", "platform", "app_version").get() == DEVICE
    record = AuditRecord.objects.get(deed="citizen.signed_in")
    assert record.subject_id == found["user"]["id"]
    assert "139" not in str(record.detail) + record.actor_label


@pytest.mark.django_db
def test_a_known_number_is_the_same_person(people: People, api: APIClient) -> None:
    assert post(api, URL, body(ask())).json()["user"]["id"] == str(people.fang.pk)
    assert post(api, URL, body(ask())).json()["user"]["id"] == str(people.fang.pk)
    assert people.fang.auth_token_set.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["１１０１１０", " 110 110 ", 110110])
def test_codes_as_people_type_them(api: APIClient, code: Any) -> None:
    assert post(api, URL, body(ask(), code)).status_code == 201


@pytest.mark.django_db
def test_the_device_may_be_left_out(api: APIClient) -> None:
    challenge_id = ask()
    assert post(api, URL, {"challenge_id": challenge_id, "code": "110110"}).status_code == 201


@pytest.mark.django_db
def test_a_wrong_code_is_401(api: APIClient) -> None:
    challenge_id = ask()
    answer = post(api, URL, body(challenge_id, "000000"))
    assert answer.status_code == 401
    assert answer.json()["code"] == "wrong_code"
    assert answer.json()["errors"][0]["field"] == "code"
    assert post(api, URL, body(challenge_id)).status_code == 201


@pytest.mark.django_db
def test_guessing_stops(api: APIClient) -> None:
    challenge_id = ask()
    for n in range(5):
        assert post(api, URL, body(challenge_id, f"{n:06d}")).status_code == 401
    wrong, right = post(api, URL, body(challenge_id, "000009")), post(api, URL, body(challenge_id))
    assert (wrong.status_code, right.status_code) == (429, 429)
    assert {**wrong.json(), "request_id": ""} == {**right.json(), "request_id": ""}
    assert right.json()["code"] == "too_many_attempts"
    assert not Token.objects.exists()


@pytest.mark.django_db
def test_a_challenge_serves_once(api: APIClient) -> None:
    challenge_id = ask()
    assert post(api, URL, body(challenge_id)).status_code == 201
    for code in ("110110", "000000"):
        answer = post(api, URL, body(challenge_id, code))
        assert (answer.status_code, answer.json()["code"]) == (401, "challenge_used")


@pytest.mark.django_db
def test_a_challenge_expires(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    challenge_id = ask()
    later = clock.now() + timedelta(minutes=5)
    monkeypatch.setattr(clock, "now", lambda: later)
    for code in ("110110", "000000"):
        answer = post(api, URL, body(challenge_id, code))
        assert (answer.status_code, answer.json()["code"]) == (401, "challenge_expired")


@pytest.mark.django_db
@pytest.mark.parametrize("challenge_id", ["x", "0190c5d2-0000-7000-8000-000000000000", "'; --", "令牌"])
def test_an_unknown_challenge_is_401(api: APIClient, challenge_id: str) -> None:
    answer = post(api, URL, body(challenge_id))
    assert (answer.status_code, answer.json()["code"]) == (401, "challenge_unknown")


@pytest.mark.django_db
def test_a_code_belongs_to_its_challenge(api: APIClient) -> None:
    mine, other = ask(), ask("+8613800000002")
    SmsChallenge.objects.filter(pk=mine).update(code_hash=SmsChallenge.objects.get(pk=other).code_hash)
    assert post(api, URL, body(mine)).json()["code"] == "wrong_code"


@pytest.mark.django_db
def test_a_disabled_account_is_403(people: People, api: APIClient) -> None:
    User.objects.filter(pk=people.fang.pk).update(is_active=False)
    answer = post(api, URL, body(ask()))
    assert (answer.status_code, answer.json()["code"]) == (403, "account_disabled")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"challenge_id": None}, "challenge_id"),
        ({"challenge_id": 7.5e300}, "challenge_id"),
        ({"challenge_id": "x" * 61}, "challenge_id"),
        ({"code": None}, "code"),
        ({"code": ""}, "code"),
        ({"code": "1" * 21}, "code"),
        ({"code": "1\x00"}, "code"),
        ({"code": [1]}, "code"),
        ({"device": "phone"}, "device.non_field_errors"),
        ({"device": None}, "device"),
        ({"device": {"name": "x" * 81}}, "device.name"),
        ({"device": {"name": "\ud800"}}, "device.name"),
        ({"device": {"platform": "\x00"}}, "device.platform"),
        ({"device": {"app_version": {}}}, "device.app_version"),
    ],
)
def test_bad_input_is_400_and_named(api: APIClient, wrong: dict[str, Any], field: str) -> None:
    answer = post(api, URL, {**body(ask()), **wrong})
    if wrong == {"challenge_id": 7.5e300}:
        assert answer.status_code == 401  # a number reads as text, and is no challenge
        return
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.django_db
class TestTheLostAnswer:
    """The same request with the same key gives the same token again."""

    def test_it_works(self, api: APIClient) -> None:
        request = body(ask())
        first = post(api, URL, request, HTTP_IDEMPOTENCY_KEY="k-1")
        again = post(api, URL, request, HTTP_IDEMPOTENCY_KEY="k-1")
        assert again.status_code == 201
        assert again.json() == first.json()
        assert again["Idempotency-Replayed"] == "true"
        assert "Idempotency-Replayed" not in first
        assert Token.objects.count() == 1
        assert Device.objects.count() == 1
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {again.json()['token']}")
        assert api.get("/api/v1/me").status_code == 200

    def test_tokens_of_different_keys_differ(self, api: APIClient) -> None:
        answers = [post(api, URL, body(ask()), HTTP_IDEMPOTENCY_KEY=key) for key in ("k-1", "k-1", "k-2")]
        assert len({answer.json()["token"] for answer in answers}) == 3

    def test_another_key_or_none_gets_nothing(self, api: APIClient) -> None:
        request = body(ask())
        post(api, URL, request, HTTP_IDEMPOTENCY_KEY="k-1")
        for headers in ({"HTTP_IDEMPOTENCY_KEY": "k-2"}, {}):
            assert post(api, URL, request, **headers).json()["code"] == "challenge_used"

    def test_other_content_conflicts_and_guessing_stops(self, api: APIClient) -> None:
        request = body(ask())
        first = post(api, URL, request, client_uuid="k", HTTP_IDEMPOTENCY_KEY="k-1")
        for n in range(5):
            answer = post(api, URL, {**request, "code": f"{n:06d}"}, HTTP_IDEMPOTENCY_KEY="k-1")
            assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_conflict")
            assert answer.json()["id"] == str(Token.objects.get().public_id)
        answer = post(api, URL, request, HTTP_IDEMPOTENCY_KEY="k-1")
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")
        assert first.status_code == 201

    def test_only_for_a_while(self, api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
        request = body(ask())
        post(api, URL, request, HTTP_IDEMPOTENCY_KEY="k-1")
        later = clock.now() + timedelta(minutes=5)
        monkeypatch.setattr(clock, "now", lambda: later)
        assert post(api, URL, request, HTTP_IDEMPOTENCY_KEY="k-1").json()["code"] == "challenge_used"

    def test_not_after_signing_out(self, api: APIClient) -> None:
        request = body(ask())
        post(api, URL, request, HTTP_IDEMPOTENCY_KEY="k-1")
        Token.objects.all().delete()
        assert post(api, URL, request, HTTP_IDEMPOTENCY_KEY="k-1").json()["code"] == "challenge_used"


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """Several requests at the same moment; the locks themselves are proven on PostgreSQL."""

    @pytest.fixture(autouse=True)
    def _quiet(self, gateway: list[tuple[str, str]]) -> None:
        """No message on the console."""

    def test_a_challenge_serves_once(self) -> None:
        challenge_id = ask()
        results = race(6, lambda n: citizens.sign_in(challenge_id=challenge_id, code="110110", device={}, key=None))
        assert sum(isinstance(result, ChallengeUsed) for result in results) == 5
        assert Token.objects.count() == 1
        assert User.objects.filter(kind="citizen").count() == 1

    def test_the_same_key_gives_one_token(self) -> None:
        challenge_id = ask()
        results = race(4, lambda n: citizens.sign_in(challenge_id=challenge_id, code="110110", device={}, key="k-1"))
        assert len({result.text for result in results}) == 1
        assert sum(not result.replayed for result in results) == 1
        assert Token.objects.count() == 1

    def test_a_burst_gets_no_more_guesses(self) -> None:
        challenge_id = ask()
        results = race(12, lambda n: citizens.sign_in(challenge_id=challenge_id, code=f"{n:06d}", device={}, key=None))
        assert sum(isinstance(result, WrongCode) for result in results) == 5
        assert sum(isinstance(result, TooManyAttempts) for result in results) == 7

    def test_two_phones_of_one_new_number_make_one_citizen(self) -> None:
        challenges = [ask("+8613900000009") for _ in range(4)]
        results = race(4, lambda n: citizens.sign_in(challenge_id=challenges[n], code="110110", device={}, key=None))
        assert len({result.user.pk for result in results}) == 1
        assert User.objects.filter(kind="citizen").count() == 1

    @pytest.mark.usefixtures("production")
    def test_one_message_though_asked_twice(self) -> None:
        results = race(4, lambda n: codes.ask_for_code(phone=PHONE))
        assert sum(isinstance(result, codes.Asked) for result in results) == 1
