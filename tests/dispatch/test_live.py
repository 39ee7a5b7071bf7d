"""The desk, the incident and the unit over real sockets."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.dispatch.story import API
from tests.personas import CITY, COUNTY, IN_COUNTY
from tests.servers import Server
from tests.sockets import Listener

pytestmark = pytest.mark.server


def reported(server: Server) -> tuple[str, str]:
    """A report of 王芳: its id, and its incident's."""
    with server.http("fang") as fang, server.http("dispatcher") as desk:
        body = {"client_uuid": str(uuid.uuid4()), "kind": "silent", "position": IN_COUNTY}
        report = fang.post(f"{API}/reports", json=body).json()
        found = desk.get(f"{API}/incidents", params={"q": report["number"]}).json()["results"]
    return report["id"], found[0]["id"]


def test_the_queue_hears_of_a_report(server: Server) -> None:
    with (
        Listener(server, "dispatcher", f"agencies/{COUNTY}") as county,
        Listener(server, "city_dispatcher", f"agencies/{CITY}") as city,
    ):
        for desk in (county, city):
            desk.until_type("hello")
        report, incident = reported(server)
        for desk in (county, city):
            event = desk.until("incident.received", incident_id=incident)
            assert event["data"]["report_id"] == report


def test_an_incident_hears_of_the_newest_position(server: Server) -> None:
    report, incident = reported(server)
    with Listener(server, "dispatcher", f"incidents/{incident}") as desk, server.http("fang") as fang:
        desk.until_type("hello")
        fix = {**IN_COUNTY, "lon": 114.549, "seq": 7}
        assert fang.post(f"{API}/reports/{report}/fixes", json={"fixes": [fix]}).status_code == 200
        frame = desk.until_type("fixes")
        assert (frame["fixes"][0]["lon"], frame["report_id"]) == (114.549, report)


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("far_dispatcher", "agencies/{county}"),
        ("fang", "agencies/{county}"),
        ("far_dispatcher", "incidents/{incident}"),
        ("fang", "incidents/{incident}"),
        ("patrol", "incidents/{incident}"),
        ("dispatcher", "units/{incident}"),
    ],
)
def test_who_may_not_listen_is_told_that_there_is_no_such_stream(server: Server, who: str, path: str) -> None:
    _, incident = reported(server)
    with Listener(server, who, path.format(county=COUNTY, incident=incident)) as refused:
        error = refused.until_type("error")
    assert error["code"] == "no_such_stream"


def test_of_two_desks_one_gets_it(server: Server) -> None:
    _, incident = reported(server)

    def claim(who: str) -> int:
        with server.http(who) as http:
            return http.post(f"{API}/incidents/{incident}/claim").status_code

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(claim, ["dispatcher", "supervisor", "city_dispatcher"]))
    assert sorted(answers) == [200, 409, 409]
