"""The right to listen is checked again while one listens: within two seconds it is over, and not one event later."""

import time
from typing import Any

import pytest

from accounts.credentials import Credential
from accounts.models import Token
from live import access
from live.access import Grant
from live.protocol import EXPIRED, REVOKED
from tests.live.conftest import ProbeServer
from tests.live.probe import probe
from tests.personas import People


def token_of(server: ProbeServer, who: str, **kwargs: Any) -> dict[str, str]:
    token = server.do("issue", user=server.people[who]["id"], **kwargs)
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.server
@pytest.mark.parametrize("ring", [True, False])
def test_a_revoked_token(probe_server: ProbeServer, key: str, ring: bool) -> None:
    headers = token_of(probe_server, "fang")
    with (
        probe_server.listen(key, who=None, headers=headers) as client,
        probe_server.listen(key, who="wei") as other,
    ):
        client.expect("hello")
        other.expect("hello")
        begun = time.monotonic()
        probe_server.do("revoke", token=headers["Authorization"].split()[1], key=key, ring=ring)
        frames, close = client.closed(3)
        took = time.monotonic() - begun
        assert ([f["type"] for f in frames], frames[0]["code"], close) == (["error"], "revoked", 4403)
        assert took < (0.5 if ring else 2)
        if ring:
            assert other.events(1)
        else:
            probe_server.do("tell", keys=[key])
            assert other.events(1)


@pytest.mark.server
@pytest.mark.parametrize("ring", [True, False])
def test_a_right_that_the_room_withdraws(probe_server: ProbeServer, key: str, ring: bool) -> None:
    with probe_server.listen(key) as client:
        client.expect("hello")
        begun = time.monotonic()
        probe_server.do("shut", key=key, ring=ring)
        frames, close = client.closed(3)
        assert ([f["type"] for f in frames], frames[0]["code"], close) == (["error"], "revoked", 4403)
        assert time.monotonic() - begun < (0.5 if ring else 2)


@pytest.mark.server
def test_an_expired_token(probe_server: ProbeServer, key: str) -> None:
    headers = token_of(probe_server, "dispatcher", expires_in=2)
    begun = time.monotonic()
    with probe_server.listen(key, who=None, headers=headers) as client:
        client.expect("hello")
        frames, close = client.closed(5)
        assert ([f["type"] for f in frames], frames[0]["code"], close) == (["error"], "expired", 4408)
        assert 1 < time.monotonic() - begun < 4
    with probe_server.listen(key, who=None, headers=headers) as client:
        assert client.closed()[1] == 4401


@pytest.mark.django_db
def test_as_many_queries_for_many_as_for_one(people: People, django_assert_max_num_queries: Any) -> None:
    def grant(index: int) -> Grant:
        token, _ = Token.issue(people.fang if index % 2 else people.wei)
        return Grant(Credential(token.user, "token", str(token.public_id), token.expiry), probe, "open-1")

    grants = [grant(index) for index in range(50)]
    with django_assert_max_num_queries(4):
        assert all(isinstance(answer, Credential) for answer in access.recheck(grants))


@pytest.mark.django_db
def test_every_way_to_lose_it(people: People) -> None:
    def grant(who: str, key: str = "open-1") -> Grant:
        token, _ = Token.issue(getattr(people, who))
        return Grant(Credential(token.user, "token", str(token.public_id), token.expiry), probe, key)

    good, revoked, inactive, expired, other = (
        grant("fang"),
        grant("fang"),
        grant("wei"),
        grant("min"),
        grant("fang", "x-1"),
    )
    Token.objects.filter(public_id=revoked.credential.key).delete()
    Token.objects.filter(public_id=expired.credential.key).delete()
    expired = Grant(Credential(people.min, "token", expired.credential.key, people.min.created_at), probe, "open-1")
    people.wei.is_active = False
    people.wei.save(update_fields=["is_active"])
    answers = access.recheck([good, revoked, inactive, expired, other])
    assert answers[1:] == [REVOKED, REVOKED, EXPIRED, REVOKED]
    assert isinstance(answers[0], Credential)
    assert answers[0].user == people.fang
