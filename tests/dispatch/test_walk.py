"""From the report to the archive, over HTTP, by the people who would do it."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from dispatch.models import Incident
from journal import streams
from reports.models import Report
from tests.dispatch.story import API, Story, accept_form, feedback_form, said
from tests.personas import CITY, COUNTY, IN_COUNTY, PROVINCE, client_for

pytestmark = pytest.mark.django_db


def test_it_works(story: Story) -> None:
    fang, desk = client_for(story.people.fang), client_for(story.people.dispatcher)
    unit = story.unit("110")
    patrol = client_for(story.people.patrol)
    report = fang.post(
        f"{API}/reports",
        {"client_uuid": "one", "kind": "silent", "position": IN_COUNTY, "quick_codes": ["has_knife"]},
        format="json",
    ).json()

    queue = desk.get(f"{API}/incidents", {"state": "queued"}).json()
    (row,) = queue["results"]
    assert row["number"] == report["number"]
    assert (row["gravity"], row["reports"][0]["silent"], row["agency"]["code"]) == (4, True, COUNTY)
    assert queue["stream"]["offset"] == len(streams.read(f"agency:{COUNTY}", after=0))
    incident = f"{API}/incidents/{row['id']}"

    claimed = did(desk, f"{incident}/claim")
    assert claimed["state"] == "claimed"
    assert claimed["claim"]["by"]["name"] == "130102-dispatcher"
    did(desk, f"{incident}/heartbeat")
    assert did(desk, f"{incident}/accept", accept_form())["state"] == "accepted"
    order = did(desk, f"{incident}/orders", {"unit_id": str(unit.id), "instruction": "速往"}, status=201)
    assert order["unit"]["status"] == "assigned"
    assert state_of(desk, incident) == "dispatched"

    (mine,) = patrol.get(f"{API}/orders", {"unit": str(unit.id), "state": "issued"}).json()["results"]
    assert mine["incident"]["address"] == "建北街道 3 号"
    own = f"{API}/orders/{mine['id']}"
    seen = []
    for deed in ("sign", "depart", "arrive", "done"):
        did(patrol, f"{own}/{deed}")
        seen.append(state_of(desk, incident))
    assert seen == ["responding", "responding", "on_scene", "resolved"]
    did(patrol, f"{own}/feedback", feedback_form(), status=201)
    assert state_of(desk, incident) == "fed_back"
    assert did(desk, f"{incident}/close", {"summary": "已回访"})["state"] == "closed"
    archived = did(desk, f"{incident}/archive")
    assert archived["state"] == "archived"
    stamps = [name for name, value in archived.items() if name.endswith("_at") and value is None]
    assert stamps == []

    progress = fang.get(f"{API}/reports/{report['id']}").json()["progress"]
    assert [step["step"] for step in progress] == ["received", "answered", "dispatched", "arrived", "closed"]
    timeline = desk.get(f"{incident}/timeline").json()["results"]
    moves = [(entry["from"], entry["to"]) for entry in timeline if entry["deed"].startswith("incident.")]
    assert ("queued", "claimed") in moves
    assert moves[-1] == ("closed", "archived")


def test_everybody_above_hears_of_it(story: Story) -> None:
    order = story.brought_to("fed_back")
    incident = Incident.objects.get(pk=order.incident_id)
    own = said(incident.stream)
    assert own[:3] == ["incident.received", "incident.claimed", "incident.accepted"]
    orders = ["order.issued", "order.signed", "order.departed", "order.arrived", "order.done", "order.fed_back"]
    assert [name for name in own if name.startswith("order.")] == orders
    for code in (COUNTY, CITY, PROVINCE):
        assert [name for name in said(f"agency:{code}") if not name.startswith("unit.")] == own
    assert [name for name in said(order.unit.stream) if name.startswith("order.")] == orders


def test_the_reporter_s_stream_carries_nothing_of_the_police(story: Story) -> None:
    order = story.brought_to("fed_back")
    report = Report.objects.get(incident_link__incident=order.incident_id)
    assert set(said(report.stream)) == {"report.received", "report.progressed"}


def did(client: APIClient, url: str, body: dict[str, Any] | None = None, status: int = 200) -> dict[str, Any]:
    answer = client.post(url, body or {}, format="json")
    assert answer.status_code == status, answer.content.decode()
    result: dict[str, Any] = answer.json()
    return result


def state_of(client: APIClient, incident: str) -> str:
    return str(client.get(incident).json()["state"])
