"""Connect, be told where the stream stands, hear events, come back after a gap."""

import pytest

from tests.live.conftest import ProbeServer

pytestmark = pytest.mark.server


def test_it_works(probe_server: ProbeServer, key: str) -> None:
    with probe_server.listen(key, subprotocols=["police110.v1"]) as client:
        hello = client.expect("hello")
        assert (hello["stream"], hello["offset"]) == (f"probe:{key}", 0)
        assert client.socket.subprotocol == "police110.v1"
        probe_server.do("tell", keys=[key], count=3)
        events = client.events(3)
        assert [e["offset"] for e in events] == [1, 2, 3]
        assert events[0]["name"] == "probe.told"
        assert events[0]["data"] == {"n": 0, "pad": ""}
        assert events[0]["at"].endswith("Z")


def test_resume_replays_what_was_missed_and_goes_on(probe_server: ProbeServer, key: str) -> None:
    probe_server.do("tell", keys=[key], count=450)
    with probe_server.listen(key) as client:
        epoch = client.expect("hello")["epoch"]
    with probe_server.listen(key, query=f"?after=10&epoch={epoch}") as client:
        assert client.expect("hello")["offset"] == 450
        assert [e["offset"] for e in client.events(440)] == list(range(11, 451))
        probe_server.do("tell", keys=[key])
        assert client.events(1)[0]["offset"] == 451


def test_without_after_only_what_is_new(probe_server: ProbeServer, key: str) -> None:
    probe_server.do("tell", keys=[key], count=5)
    with probe_server.listen(key) as client:
        assert client.expect("hello")["offset"] == 5
        client.silence()
        probe_server.do("tell", keys=[key])
        assert client.events(1)[0]["offset"] == 6


@pytest.mark.parametrize("query", ["?after=2&epoch=another", "?after=99&epoch={epoch}", "?after=99"])
def test_a_resume_that_does_not_fit_starts_over(probe_server: ProbeServer, key: str, query: str) -> None:
    probe_server.do("tell", keys=[key], count=4)
    with probe_server.listen(key) as client:
        epoch = client.expect("hello")["epoch"]
    with probe_server.listen(key, query=query.format(epoch=epoch)) as client:
        client.expect("hello")
        assert client.expect("reset") == {"type": "reset", "epoch": epoch, "offset": 4}
        probe_server.do("tell", keys=[key])
        assert client.events(1)[0]["offset"] == 5


@pytest.mark.parametrize(
    "query", ["?after=-1", "?after=x", "?after=99999999999999999999", "?after=1&after=2", "?after=1&epoch=%00"]
)
def test_values_that_cannot_be_right_are_named_and_start_over(probe_server: ProbeServer, key: str, query: str) -> None:
    probe_server.do("tell", keys=[key], count=4)
    with probe_server.listen(key, query=query) as client:
        client.expect("hello")
        assert client.expect("error")["code"] == "invalid"
        client.expect("reset")
        probe_server.do("tell", keys=[key])
        assert client.events(1)[0]["offset"] == 5


def test_one_event_on_several_streams(probe_server: ProbeServer, key: str) -> None:
    with probe_server.listen(key) as one, probe_server.listen(key + "b", who="dispatcher") as two:
        one.expect("hello")
        two.expect("hello")
        probe_server.do("tell", keys=[key, key + "b"], count=2)
        assert [e["offset"] for e in one.events(2)] == [e["offset"] for e in two.events(2)] == [1, 2]


def test_passing_frames_come_as_they_are(probe_server: ProbeServer, key: str) -> None:
    with probe_server.listen(key) as client:
        client.expect("hello")
        probe_server.do("show", key=key, frame={"type": "fixes", "fixes": [{"lon": 114.5, "lat": 38.0}]})
        assert client.expect("fixes")["fixes"] == [{"lon": 114.5, "lat": 38.0}]
