"""王芳's report becomes a closed incident: every step over HTTP, everything seen on the sockets of both sides."""

import uuid
from typing import Any

import httpx
import pytest

from foundation import clock
from tests.personas import COUNTY, IN_COUNTY
from tests.servers import Server
from tests.sockets import Listener

pytestmark = pytest.mark.server


def ok(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code < 300, (answer.request.url, answer.status_code, answer.text)
    body: dict[str, Any] = answer.json() if answer.content else {}
    return body


@pytest.mark.parametrize("kind", ["video", "voice", "silent", "one_tap", "text"])
def test_it_works(server: Server, kind: str) -> None:
    with (
        server.http("fang") as fang,
        server.http("dispatcher") as desk,
        server.http("patrol") as patrol,
        Listener(server, "dispatcher", f"agencies/{COUNTY}") as queue,
    ):
        queue.until_type("hello")
        said = {"kind": kind, "position": IN_COUNTY, "reported_at": clock.rfc3339(clock.now())}
        report = ok(fang.post("/api/v1/reports", json={"client_uuid": str(uuid.uuid4()), **said}))
        assert report["needs_review"] == []
        assert report["agency"]["code"] == COUNTY
        incident = queue.until("incident.received", number=report["number"])["data"]["incident_id"]
        with (
            Listener(server, "fang", f"reports/{report['id']}", after=0) as hers,
            Listener(server, "dispatcher", f"incidents/{incident}", after=0) as theirs,
        ):
            detail = ok(desk.get(f"/api/v1/incidents/{incident}"))
            assert detail["reports"][0]["callback_allowed"] is (kind != "silent")

            def deed(name: str, **body: Any) -> dict[str, Any]:
                return ok(desk.post(f"/api/v1/incidents/{incident}/{name}", json=body))

            deed("claim")
            hers.until("report.progressed", step="answered")

            ok(
                fang.post(
                    f"/api/v1/reports/{report['id']}/fixes", json={"fixes": [{**IN_COUNTY, "lon": 114.5481, "seq": 1}]}
                )
            )
            fix = theirs.until_type("fixes")["fixes"][-1]
            assert fix["lon"] == pytest.approx(114.5481)
            frozen = ok(fang.get(f"/api/v1/reports/{report['id']}"))
            assert frozen["first_position"]["lon"] == pytest.approx(IN_COUNTY["lon"])
            assert frozen["current_position"]["lon"] == pytest.approx(114.5481)

            deed("messages", client_uuid=str(uuid.uuid4()), text="需要救护车吗？")
            hers.until("message.posted", side="police")
            got = ok(fang.get(f"/api/v1/reports/{report['id']}/messages"))["results"]
            assert got[-1]["text"] == "需要救护车吗？"
            theirs.until("messages.delivered", by="reporter")
            ok(fang.post(f"/api/v1/reports/{report['id']}/messages/read", json={"up_to": got[-1]["id"]}))
            theirs.until("messages.read", by="reporter")

            classes = ok(desk.get("/api/v1/incident-classes"))
            class_code, level = classes["results"][0]["code"], classes["levels"][0]["level"]
            deed(
                "accept",
                class_code=class_code,
                level=level,
                address="建北街道",
                agency_code=COUNTY,
                summary="砸门",
            )
            unit = ok(desk.get("/api/v1/units"))["results"][0]["id"]
            order = deed("orders", client_uuid=str(uuid.uuid4()), unit_id=unit, instruction="前往", confirm_busy=True)[
                "id"
            ]
            hers.until("report.progressed", step="dispatched")
            for name in ("sign", "depart", "arrive", "done"):
                ok(patrol.post(f"/api/v1/orders/{order}/{name}"))
            hers.until("report.progressed", step="arrived")
            result = classes["result_codes"][0]["code"]
            feedback = {"result_code": result, "class_code": class_code, "summary": "已处置"}
            ok(patrol.post(f"/api/v1/orders/{order}/feedback", json=feedback))
            deed("close", summary="已处置")
            hers.until("report.progressed", step="closed")
            deed("archive")
            theirs.until("incident.archived")

            own = ok(fang.get(f"/api/v1/reports/{report['id']}"))
            assert own["state"] == "closed"
            assert [step["step"] for step in own["progress"]] == [
                "received",
                "answered",
                "dispatched",
                "arrived",
                "closed",
            ]
            timeline = ok(desk.get(f"/api/v1/incidents/{incident}/timeline"))["results"]
            assert "incident.archived" in [row["deed"] for row in timeline]
            offsets = [frame["offset"] for frame in theirs.heard if frame["type"] == "event"]
            assert offsets == list(range(1, len(offsets) + 1))
            police_words = {"incident.claimed", "incident.accepted", "order.issued"}
            assert not police_words & set(hers.events)
