"""GET /incidents/{id}/timeline."""

import pytest

import reports.actions
from reports.models import Report
from tests.dispatch.calls import address, call, refused
from tests.dispatch.story import Story
from tests.personas import client_for

pytestmark = pytest.mark.django_db


def test_it_works(story: Story) -> None:
    incident = story.claimed()
    call(story.people.dispatcher, incident, "release", {"reason": "换班"})
    client = client_for(story.people.dispatcher)
    client.get(address(incident))
    entries = client.get(f"{address(incident)}/timeline").json()["results"]
    assert [(e["deed"], e["from"], e["to"], e["why"]) for e in entries] == [
        ("incident.received", "", "queued", ""),
        ("incident.claimed", "queued", "claimed", ""),
        ("report.answered", "received", "answered", ""),
        ("incident.released", "claimed", "queued", "换班"),
    ]
    assert entries[0]["who"]["kind"] == "system"
    assert entries[1]["who"] == {
        "id": str(story.people.dispatcher.id),
        "kind": "staff",
        "name": "130102-dispatcher",
        "agency_code": "130102000000",
    }
    assert entries[1]["subject"] == {"kind": "incident", "id": str(incident.id)}
    assert entries[1]["at"].endswith("Z")


def test_the_words_of_the_reporter_are_not_in_it(story: Story) -> None:
    incident = story.claimed()
    reports.actions.post_message(
        story.people.fang,
        report_id=Report.objects.get().id,
        side="reporter",
        text="他在门外",
        key=None,
        content={},
    )
    answer = client_for(story.people.dispatcher).get(f"{address(incident)}/timeline")
    assert "report.message_posted" in [entry["deed"] for entry in answer.json()["results"]]
    assert "他在门外" not in answer.content.decode()


def test_it_comes_in_pages(story: Story) -> None:
    order = story.brought_to("fed_back")
    client = client_for(story.people.dispatcher)
    url = f"{address(order.incident)}/timeline"
    whole = client.get(url).json()["results"]
    found = []
    page = client.get(url, {"limit": 4}).json()
    found += page["results"]
    while page["next"]:
        page = client.get(url, {"limit": 4, "cursor": page["next"]}).json()
        found += page["results"]
    assert found == whole
    assert len(whole) > 10


def test_who_may_not_see_the_incident_does_not_see_its_history(story: Story) -> None:
    answer = client_for(story.people.far_dispatcher).get(f"{address(story.queued())}/timeline")
    refused(answer, 404, "not_found")
