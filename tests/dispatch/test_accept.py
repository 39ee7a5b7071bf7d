"""POST /incidents/{id}/accept."""

import json
from typing import Any

import pytest

from dispatch.models import Incident
from tests.dispatch.calls import address, call, refused
from tests.dispatch.story import ASSAULT, Story, accept_form, said
from tests.personas import CITY, COUNTY, IN_SECOND_COUNTY, PROVINCE, SECOND_COUNTY, STATION, client_for

pytestmark = pytest.mark.django_db


def test_it_works(story: Story) -> None:
    incident = story.claimed()
    position = {"lon": 114.53, "lat": 38.05, "coord_type": "gcj02"}
    answer = call(story.people.dispatcher, incident, "accept", accept_form(agency_code=STATION, position=position))
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["state"], body["class_code"], body["class_name"]) == ("accepted", ASSAULT, "殴打他人")
    assert (body["level"], body["level_name"], body["gravity"]) == (2, "二级", 3)
    assert body["responsible_agency"]["code"] == STATION
    row = Incident.objects.get()
    assert row.accepted_at is not None
    picked, first = row.picked_position, row.links.get().report.first_position
    assert picked is not None
    assert first is not None
    assert picked["raw"] == position
    assert (row.lon, row.lat) == (picked["lon"], picked["lat"])
    # GCJ-02 is some 500 m east of WGS-84 here.
    assert 0.004 < 114.53 - picked["lon"] < 0.008
    assert first["lon"] == 114.548
    assert said(f"agency:{STATION}") == ["incident.accepted"]


@pytest.mark.parametrize("level", [1, "4", "二级"])
def test_levels_in_words_and_numbers(story: Story, level: Any) -> None:
    answer = call(story.people.dispatcher, story.claimed(), "accept", accept_form(level=level))
    assert answer.json()["level"] == {"二级": 2, "4": 4, 1: 1}[level]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("class_code", "0202010"),
        ("class_code", "12345678"),
        ("class_code", 2020100),
        ("class_code", "０２０２０１００"),
        ("level", 0),
        ("level", 5),
        ("level", True),
        ("level", 2.5),
        ("level", "五级"),
        ("level", [2]),
        ("address", ""),
        ("address", "长" * 501),
        ("address", "a\x00b"),
        ("summary", {"a": 1}),
        ("summary", None),
        ("agency_code", "999999999999"),
        ("agency_code", SECOND_COUNTY),
        ("agency_code", CITY),
        ("position", "here"),
        ("position", {"lon": 114.5, "lat": 38.0}),
        ("position", [114.5, 38.0]),
    ],
)
def test_each_field_is_checked(story: Story, field: str, value: Any) -> None:
    incident = story.claimed()
    refused(call(story.people.dispatcher, incident, "accept", accept_form(**{field: value})), 400, "invalid", field)
    assert Incident.objects.get().state == "claimed"


@pytest.mark.parametrize(
    ("field", "json_text"),
    [
        ("summary", r'"\ud800"'),
        ("address", r'"a\u0000"'),
        ("level", "9" * 400),
        ("position", '{"lon": 1e300, "lat": 38.0, "coord_type": "wgs84"}'),
    ],
)
def test_what_only_raw_json_can_say(story: Story, field: str, json_text: str) -> None:
    incident = story.claimed()
    form = accept_form()
    form.pop(field, None)
    text = json.dumps(form)[:-1] + f', "{field}": {json_text}}}'
    client = client_for(story.people.dispatcher)
    answer = client.post(f"{address(incident)}/accept", text, content_type="application/json")
    refused(answer, 400, "invalid", field)


@pytest.mark.parametrize("field", ["class_code", "level", "address", "agency_code", "summary"])
def test_each_field_is_needed(story: Story, field: str) -> None:
    form = accept_form()
    del form[field]
    refused(call(story.people.dispatcher, story.claimed(), "accept", form), 400, "invalid", field)


def test_only_the_holder_accepts(story: Story) -> None:
    refused(call(story.people.supervisor, story.claimed(), "accept", accept_form()), 409, "not_claim_holder")


def test_an_unclaimed_incident_is_not_accepted(story: Story) -> None:
    refused(call(story.people.dispatcher, story.queued(), "accept", accept_form()), 409, "illegal_transition")


def test_the_province_s_desk_gives_its_own_to_any_agency(story: Story) -> None:
    incident = story.claimed(story.people.province_dispatcher, agency=PROVINCE, first_position=None)
    form = accept_form(agency_code=SECOND_COUNTY, position=IN_SECOND_COUNTY)
    assert call(story.people.province_dispatcher, incident, "accept", form).status_code == 200
    assert call(story.people.second_dispatcher, incident, "close", {"reason": "已电话处理"}).status_code == 200


def test_the_responsible_agency_works_on_it(story: Story) -> None:
    story.people.second_dispatcher.agency_id = STATION
    story.people.second_dispatcher.save()
    incident = story.accepted(responsible=STATION)
    assert call(story.people.second_dispatcher, incident, "close", {"reason": "无需出警"}).status_code == 200


def test_a_stale_etag(story: Story) -> None:
    incident = story.claimed()
    answer = call(story.people.dispatcher, incident, "accept", accept_form(), If_Match='"1"')
    refused(answer, 412, "precondition_failed")
    assert incident.agency_id == COUNTY
