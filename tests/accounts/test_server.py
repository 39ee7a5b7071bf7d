"""Signing in on a real server: what its files hold afterwards, and many scripts at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.servers import Server

PHONE = "13712345678"


def sign_in(server: Server, phone: str = PHONE) -> str:
    with server.http() as http:
        asked = http.post("/api/v1/auth/codes", json={"phone": phone})
        assert asked.status_code == 202, asked.text
        request = {"challenge_id": asked.json()["challenge_id"], "code": "110110", "device": {"name": "测试机"}}
        answer = http.post("/api/v1/auth/tokens", json=request)
        assert answer.status_code == 201, answer.text
        token: str = answer.json()["token"]
        me = http.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
        assert me.json()["phone"] == f"+86{phone}"
        return token


@pytest.mark.server
def test_it_works_and_leaves_nothing_in_clear(server: Server) -> None:
    token = sign_in(server)
    held = b"".join(path.read_bytes() for path in server.data.glob("police110.sqlite3*"))
    log = server.log_text()
    for secret in (PHONE, token):
        assert secret.encode() not in held
        assert secret not in log
    assert "SMS → 137****5678" in log


@pytest.mark.server
def test_many_scripts_sign_in_as_the_same_demo_person(server: Server) -> None:
    with ThreadPoolExecutor(6) as pool:
        tokens = list(pool.map(lambda _: sign_in(server), range(12)))
    assert len(set(tokens)) == 12


@pytest.mark.server
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"phone": NaN}', b'{"phone": 1' + b"0" * 5000 + b"}", b"null", b"\x00"],
)
def test_an_unreadable_body_is_400(server: Server, body: bytes) -> None:
    with server.http() as http:
        for address in ("auth/codes", "auth/tokens", "auth/staff-tokens"):
            answer = http.post(f"/api/v1/{address}", content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code == 400, answer.text
            assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.server
@pytest.mark.parametrize("header", [b"Bearer " + b"x" * 10_000, b"Bearer \xff\xfe", "Bearer 令牌".encode(), b"Bearer"])
def test_a_garbage_token_is_401(server: Server, header: bytes) -> None:
    with server.http() as http:
        answer = http.get("/api/v1/me", headers={b"Authorization": header})
        assert answer.status_code == 401
