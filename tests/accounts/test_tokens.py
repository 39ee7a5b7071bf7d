"""``GET /auth/tokens`` and ``DELETE /auth/tokens/{id|current}``."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts import credentials
from accounts.models import Device, Token
from journal import doorbell
from journal.models import AuditRecord
from tests.accounts.sessions import session_of
from tests.personas import People, client_for

pytestmark = pytest.mark.django_db

URL = "/api/v1/auth/tokens"


class Door:
    """Counts how often it is told to look again."""

    rechecks = 0

    def wake(self, streams: Sequence[str]) -> None:
        pass

    def show(self, stream: str, frame: dict[str, Any]) -> None:
        pass

    def recheck(self) -> None:
        self.rechecks += 1


@pytest.fixture
def door() -> Iterator[Door]:
    made = Door()
    doorbell.register(made)
    yield made
    doorbell._doors.remove(made)


def signed_in(people: People, name: str) -> tuple[APIClient, Token]:
    device = Device.objects.create(user=people.fang, name=name, platform="ios", app_version="1")
    token, text = Token.issue(people.fang, device=device)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client, token


def test_it_works(people: People, django_assert_num_queries: Any) -> None:
    _, old = signed_in(people, "旧手机")
    client, new = signed_in(people, "新手机")
    Token.issue(people.wei)
    with django_assert_num_queries(2):
        answer = client.get(URL)
    assert answer.status_code == 200
    body = answer.json()
    assert body["next"] is None
    assert [(t["id"], t["device"]["name"], t["current"]) for t in body["results"]] == [
        (str(new.public_id), "新手机", True),
        (str(old.public_id), "旧手机", False),
    ]
    assert set(body["results"][0]) == {"id", "device", "created_at", "expires_at", "current"}
    assert body["results"][0]["created_at"].endswith("Z")
    assert body["results"][0]["expires_at"] is None


def test_the_list_has_pages(people: People) -> None:
    made = [signed_in(people, str(n)) for n in range(5)]
    client = made[0][0]
    first = client.get(URL, {"limit": 3}).json()
    second = client.get(URL, {"limit": 3, "cursor": first["next"]}).json()
    names = [token["device"]["name"] for token in first["results"] + second["results"]]
    assert names == ["4", "3", "2", "1", "0"]


@pytest.mark.parametrize(
    "query", [{"cursor": "x"}, {"cursor": "cD0leA=="}, {"cursor": "cD14"}, {"limit": "-1"}, {"limit": "x"}]
)
def test_an_odd_page_is_no_server_error(people: People, query: dict[str, str]) -> None:
    assert client_for(people.fang).get(URL, query).status_code in {200, 400, 404}


def test_expired_ones_are_not_listed(people: People) -> None:
    Token.issue(people.dispatcher, expires_in=timedelta(seconds=-1))
    assert len(client_for(people.dispatcher).get(URL).json()["results"]) == 1


def test_signing_out_here(people: People, door: Door, django_capture_on_commit_callbacks: Any) -> None:
    client, token = signed_in(people, "手机")
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(f"{URL}/current").status_code == 204
    assert door.rechecks == 1
    assert client.get("/api/v1/me").status_code == 401
    assert not Device.objects.exists()
    record = AuditRecord.objects.get(deed="user.signed_out")
    assert record.detail == {"token_id": str(token.public_id)}


def test_signing_another_device_out(people: People, door: Door, django_capture_on_commit_callbacks: Any) -> None:
    lost, lost_token = signed_in(people, "丢失的手机")
    client, _ = signed_in(people, "新手机")
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(f"{URL}/{lost_token.public_id}").status_code == 204
    assert door.rechecks == 1
    assert lost.get("/api/v1/me").status_code == 401
    assert client.get("/api/v1/me").status_code == 200
    assert client.delete(f"{URL}/{lost_token.public_id}").status_code == 404


@pytest.mark.parametrize("token_id", ["x", "0190c5d2-0000-7000-8000-000000000000", "%00", "令牌"])
def test_an_unknown_one_is_404(people: People, token_id: str) -> None:
    assert client_for(people.fang).delete(f"{URL}/{token_id}").status_code == 404


def test_that_of_someone_else_is_404(people: People) -> None:
    token, _ = Token.issue(people.wei)
    assert client_for(people.fang).delete(f"{URL}/{token.public_id}").status_code == 404
    assert Token.objects.filter(pk=token.pk).exists()


def test_without_a_credential_it_is_401(api: APIClient) -> None:
    assert api.get(URL).status_code == 401
    assert api.delete(f"{URL}/current").status_code == 401


def test_a_session_signs_out_too(people: People, door: Door, django_capture_on_commit_callbacks: Any) -> None:
    client = APIClient()
    key = session_of(people.dispatcher, client=client)
    assert [token["current"] for token in client.get(URL).json()["results"]] == []
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(f"{URL}/current").status_code == 204
    assert door.rechecks == 1
    assert credentials.from_session(key) is None
    assert client.get("/api/v1/me").status_code == 401
    assert key not in str(list(AuditRecord.objects.values()))
