"""A socket that is refused is accepted, told why, and closed with its code."""

import base64
from typing import Any

import pytest
from websockets.sync.client import connect

from live.access import is_own_origin
from tests.live.conftest import Client, ProbeServer

pytestmark = pytest.mark.server


def refused(server: ProbeServer, key: str, **kwargs: Any) -> tuple[str, int]:
    with server.listen(key, **kwargs) as client:
        frames, close = client.closed()
    assert [frame["type"] for frame in frames] == ["error"]
    assert frames[0]["detail"]
    return frames[0]["code"], close


def test_nobody(probe_server: ProbeServer, key: str) -> None:
    assert refused(probe_server, key, who=None) == ("not_authenticated", 4401)


@pytest.mark.parametrize(
    "header",
    [
        f"Bearer {'0f' * 32}",
        "Bearer ",
        "Bearer",
        "Basic Zm86YmFy",
        "",
        "Bearer " + "x" * 5000,
        "Bearer \xff\xfe",
    ],
)
def test_a_wrong_credential(probe_server: ProbeServer, key: str, header: str) -> None:
    assert refused(probe_server, key, who=None, headers={"Authorization": header}) == ("not_authenticated", 4401)


def test_a_wrong_token_is_not_healed_by_the_cookie(probe_server: ProbeServer, key: str) -> None:
    headers = {"Authorization": "Bearer wrong", "Cookie": "sessionid=abc", "Origin": probe_server.url}
    assert refused(probe_server, key, who=None, headers=headers) == ("not_authenticated", 4401)


@pytest.mark.parametrize("name", ["token", "access_token", "bearer", "Authorization"])
def test_no_credential_in_the_address(probe_server: ProbeServer, key: str, name: str) -> None:
    token = probe_server.people["fang"]["token"]
    assert refused(probe_server, key, who=None, query=f"?{name}={token}") == ("not_authenticated", 4401)
    assert token not in probe_server.log_text()


@pytest.mark.parametrize(
    "path",
    [
        "/ws/nothing/1",
        "/ws/probe/secret-1",
        "/ws/probe/",
        "/ws/",
        "/",
        "/ws/probe/open-1/2",
        "/ws/probe/%00",
        "/ws/probe/%ff%fe",
        "/ws/../probe/open-1",
    ],
)
def test_no_such_stream(probe_server: ProbeServer, path: str) -> None:
    # The same for what does not exist and for what one may not hear.
    headers = {"Authorization": f"Bearer {probe_server.people['fang']['token']}"}
    with connect(probe_server.ws_url + path, additional_headers=headers) as socket:
        frames, close = Client(socket).closed()
    assert ([f["code"] for f in frames], close) == (["no_such_stream"], 4404)


def test_a_citizen_on_a_stream_for_staff(probe_server: ProbeServer) -> None:
    assert refused(probe_server, "staff-1", who="fang") == ("no_such_stream", 4404)
    with probe_server.listen("staff-1", who="dispatcher") as client:
        client.expect("hello")


def test_an_unknown_stream_tells_nobody_without_a_credential(probe_server: ProbeServer) -> None:
    assert refused(probe_server, "x", who=None, path="nothing") == ("not_authenticated", 4401)


def test_the_token_in_the_subprotocol_is_not_echoed(probe_server: ProbeServer, key: str) -> None:
    offered = ["police110.v1", f"bearer.{probe_server.people['fang']['token']}"]
    with probe_server.listen(key, who=None, subprotocols=offered) as client:
        client.expect("hello")
        assert client.socket.subprotocol == "police110.v1"
        assert "bearer" not in str(client.socket.response.headers if client.socket.response else "")
    with probe_server.listen(key, who=None, subprotocols=offered[1:]) as client:
        client.expect("hello")
        assert client.socket.subprotocol is None
    assert refused(probe_server, key, who=None, subprotocols=["police110.v1", "bearer.wrong"])[1] == 4401


def test_a_bearer_needs_no_origin(probe_server: ProbeServer, key: str) -> None:
    with probe_server.listen(key, headers={"Origin": "https://elsewhere.example"}) as client:
        client.expect("hello")


SESSION = """
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice
from accounts.models import User
user = User.objects.get(username="130102-dispatcher")
device, _ = TOTPDevice.objects.get_or_create(user=user, name="test", defaults={"confirmed": True})
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session[DEVICE_ID_SESSION_KEY] = device.persistent_id
session.create()
print("SESSION", session.session_key)
"""


@pytest.fixture(scope="module")
def cookie(probe_server: ProbeServer) -> dict[str, str]:
    """The session cookie of a member of staff who has passed the second factor."""
    key = probe_server.manage("shell", "-v0", "-c", SESSION).split()[-1]
    return {"Cookie": f"theme=dark; sessionid={key}"}


def test_the_session_cookie_from_our_own_page(probe_server: ProbeServer, key: str, cookie: dict[str, str]) -> None:
    with probe_server.listen(key, who=None, headers={**cookie, "Origin": probe_server.url}) as client:
        client.expect("hello")


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "https://evil.example",
        "http://127.0.0.1:1",
        "http://127.0.0.1",
        "file://",
        "http://127.0.0.1.evil.example",
    ],
)
def test_the_session_cookie_from_elsewhere(
    probe_server: ProbeServer, key: str, cookie: dict[str, str], origin: str | None
) -> None:
    headers = {**cookie, **({"Origin": origin} if origin else {})}
    assert refused(probe_server, key, who=None, headers=headers) == ("origin_not_allowed", 4401)


def test_a_session_that_is_none(probe_server: ProbeServer, key: str) -> None:
    headers = {"Cookie": "sessionid=abcdefabcdefabcdefabcdefabcdefab", "Origin": probe_server.url}
    assert refused(probe_server, key, who=None, headers=headers) == ("not_authenticated", 4401)


def test_plain_http_is_no_handshake(probe_server: ProbeServer, key: str) -> None:
    with probe_server.http("fang") as http:
        assert http.get(f"/ws/probe/{key}").status_code in {404, 426}
        broken = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": base64.b64encode(b"short").decode(),
        }
        assert http.get(f"/ws/probe/{key}", headers=broken).status_code == 400


@pytest.mark.parametrize(
    ("origin", "host", "own"),
    [
        ("https://110.example", "110.example", True),
        ("https://110.example:443", "110.example", True),
        ("https://110.EXAMPLE", "110.example:443", True),
        ("https://110.example:8443", "110.example", False),
        ("https://console.110.example", "110.example", False),
        ("https://110.example", "evil.example", False),
        ("https://evil.example", "evil.example", False),
        ("https://partner.example", "110.example", True),
        ("https://a.desks.example", "110.example", True),
        ("http://a.desks.example", "110.example", False),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("http://[", "[", False),
        ("http://110.example:99999", "110.example", False),
        ("", "110.example", False),
        (None, "110.example", False),
    ],
)
def test_which_origins_are_ours(settings: Any, origin: str | None, host: str, own: bool) -> None:
    settings.ALLOWED_HOSTS = ["110.example", "[::1]"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://partner.example", "https://*.desks.example"]
    assert is_own_origin(origin, host) is own
