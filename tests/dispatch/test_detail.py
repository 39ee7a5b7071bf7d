"""GET /incidents/{id}."""

import json
import uuid

import pytest

from evidence.models import Recording
from foundation import clock
from journal import streams
from journal.models import AuditRecord
from reports.models import Amendment, Report
from tests.dispatch.calls import address, refused
from tests.dispatch.story import API, Story
from tests.personas import IN_COUNTY, client_for
from tracks.models import TrackHead

# A lone surrogate can be sent and stored, but not answered.
OTHER = json.dumps({"description": "他走了\ud800", "contact_phone": "+8613900006789"})

pytestmark = pytest.mark.django_db


def test_it_works(story: Story) -> None:
    incident = story.queued(
        kind="silent",
        callback_allowed=False,
        needs_review=[{"field": "position.accuracy_m", "code": "missing", "detail": "Needed."}],
        candidates=[{"agency": "130104000000", "name": "桥西分局指挥中心", "distance_m": 320}],
        outside_province=True,
        raw_body="e30=",
        quick_codes=["has_knife"],
        reported_at=clock.now(),
    )
    report = Report.objects.get()
    Amendment.objects.create(report=report, fingerprint="a" * 64, content=OTHER)
    Amendment.objects.create(report=report, fingerprint="b" * 64, content="e3s=")
    recording = Recording.objects.create(
        subject_kind="report",
        subject_id=report.id,
        owner=story.people.fang,
        media="video",
        started_at=clock.now(),
        secret_hash="s",
        chain="0" * 64,
    )
    newest = {**IN_COUNTY, "lon": 114.55}
    TrackHead.objects.update_or_create(subject_kind="report", subject_id=report.id, defaults={"newest": newest})
    answer = client_for(story.people.dispatcher).get(address(incident))
    assert answer.status_code == 200, answer.content
    assert answer["ETag"] == '"1"'
    body = answer.json()
    assert (body["outside_province"], body["orders"], body["claim"]) == (True, [], None)
    assert body["stream"] == streams.head_of(incident.stream).as_json()
    (seen,) = body["reports"]
    assert (seen["silent"], seen["callback_allowed"], seen["callback_notice"]) == (True, False, "静默·禁止回拨")
    assert seen["contact_phone"] == "139****6789"
    assert (seen["description"], seen["quick_codes"]) == ("有人砸门", ["has_knife"])
    said = [amendment["content"] for amendment in seen["amendments"]]
    assert json.loads(said[0]) == {"description": "他走了?", "contact_phone": "139****6789"}
    assert said[1] == "e3s="
    assert seen["raw_body"] == "e30="
    assert seen["needs_review"][0]["field"] == "position.accuracy_m"
    assert seen["candidates"][0]["distance_m"] == 320
    assert (seen["first_position"]["lon"], seen["current_position"]["lon"]) == (114.548, 114.55)
    assert [(row["id"], row["media"], row["state"]) for row in seen["recordings"]] == [
        (str(recording.id), "video", "open")
    ]
    assert all(seen[name].endswith("Z") for name in ("reported_at", "received_at"))
    assert seen["answered_at"] is None


def test_the_orders_are_there(story: Story) -> None:
    order = story.brought_to("fed_back")
    (seen,) = client_for(story.people.dispatcher).get(address(order.incident)).json()["orders"]
    assert (seen["state"], seen["unit"]["call_sign"], seen["feedbacks"][0]["result_code"]) == (
        "fed_back",
        "110",
        "mediated",
    )


def test_the_account_s_phone_stands_in_masked(story: Story) -> None:
    incident = story.queued(contact_phone=None)
    body = client_for(story.people.dispatcher).get(address(incident)).json()
    assert body["reports"][0]["contact_phone"] == "138****0001"


@pytest.mark.parametrize("phone", ["110", "abc", "+86"])
def test_a_number_too_short_to_mask_is_not_shown(story: Story, phone: str) -> None:
    incident = story.queued(contact_phone=phone)
    body = client_for(story.people.dispatcher).get(address(incident)).json()
    assert set(body["reports"][0]["contact_phone"]) <= {"*"}


def test_a_look_is_on_the_record(story: Story) -> None:
    incident = story.queued()
    client = client_for(story.people.province_dispatcher)
    for looks in (1, 2):
        client.get(address(incident))
        records = AuditRecord.objects.filter(kind="read", deed="incident.viewed", subject_id=str(incident.id))
        assert [record.actor_id for record in records] == [story.people.province_dispatcher.id] * looks


def test_what_is_not_there(story: Story) -> None:
    incident = story.queued()
    client = client_for(story.people.far_dispatcher)
    unseen = refused(client.get(address(incident)), 404, "not_found")
    missing = refused(client.get(f"{API}/incidents/{uuid.uuid4()}"), 404, "not_found")
    assert unseen | {"request_id": ""} == missing | {"request_id": ""}
    assert not AuditRecord.objects.filter(kind="read").exists()
    assert client.get(f"{API}/incidents/nonsense").status_code == 404


def test_the_reporter_is_not_of_the_police(story: Story) -> None:
    refused(client_for(story.people.fang).get(address(story.queued())), 404, "not_found")
