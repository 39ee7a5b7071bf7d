"""The server starts and says that it is up."""

import pytest

from tests.servers import Server


@pytest.mark.server
def test_it_works(server: Server) -> None:
    with server.http() as http:
        assert http.get("/healthz").json() == {"status": "ok"}
    assert set(server.people) >= {"fang", "dispatcher"}
