"""For kinds that want it, the listeners are told who else is listening."""

import pytest

from tests.live.conftest import ProbeServer

pytestmark = pytest.mark.server


def test_it_works(probe_server: ProbeServer) -> None:
    fang, wei = (probe_server.people[who]["id"] for who in ("fang", "wei"))
    with probe_server.listen("watched-1", path="watched") as one:
        one.expect("hello")
        assert one.expect("presence")["watchers"] == [{"id": fang}]
        with probe_server.listen("watched-1", path="watched", who="wei") as two:
            both = sorted([{"id": fang}, {"id": wei}], key=lambda w: w["id"])
            two.expect("hello")
            assert two.expect("presence")["watchers"] == both
            assert one.expect("presence")["watchers"] == both
        assert one.expect("presence")["watchers"] == [{"id": fang}]
        with probe_server.listen("watched-1", path="watched") as again:
            again.expect("hello")
            assert again.expect("presence")["watchers"] == [{"id": fang}]
