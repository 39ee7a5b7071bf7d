"""GET /incidents."""

from datetime import timedelta
from typing import Any

import pytest

from dispatch import actions
from foundation import clock
from journal import streams
from journal.models import AuditRecord
from tests.dispatch.calls import refused
from tests.dispatch.story import API, Story, accept_form
from tests.personas import CITY, COUNTY, FAR_COUNTY, PROVINCE, SECOND_COUNTY, STATION, client_for

pytestmark = pytest.mark.django_db


def listed(story: Story, who: Any = None, **params: Any) -> Any:
    return client_for(who or story.people.dispatcher).get(f"{API}/incidents", params)


def numbers(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["number"] for row in answer.json()["results"]]


def test_it_works(story: Story) -> None:
    first, second = story.queued(), story.queued(kind="silent", callback_allowed=False)
    answer = listed(story)
    assert numbers(answer) == [second.number, first.number]
    row = answer.json()["results"][0]
    assert (row["gravity"], row["station"]["code"]) == (3, STATION)
    assert row["reports"][0] | {"id": ""} == {
        "id": "",
        "kind": "silent",
        "channel": "app",
        "silent": True,
        "callback_allowed": False,
        "needs_review": [],
    }
    assert answer.json()["stream"] == streams.head_of(f"agency:{COUNTY}").as_json()
    assert not AuditRecord.objects.filter(kind="read").exists()


def test_it_comes_in_pages(story: Story) -> None:
    made = [story.queued().number for _ in range(5)]
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = listed(story, limit=2, **({"cursor": cursor} if cursor else {}))
        found += numbers(answer)
        cursor = answer.json()["next"]
    assert found == made[::-1]


def test_who_sees_which(story: Story) -> None:
    own, second, far = story.queued(), story.queued(SECOND_COUNTY), story.queued(FAR_COUNTY)
    city, province = story.queued(CITY), story.queued(PROVINCE)
    people = story.people
    expected = [
        (people.dispatcher, {own}),
        (people.second_dispatcher, {second}),
        (people.far_dispatcher, {far}),
        (people.city_dispatcher, {own, second, city}),
        (people.province_dispatcher, {own, second, far, city, province}),
        (people.auditor, set()),
        (people.patrol, set()),
    ]
    for who, seen in expected:
        assert set(numbers(listed(story, who))) == {incident.number for incident in seen}, who


def test_the_responsible_agency_sees_it(story: Story) -> None:
    incident = story.claimed(story.people.city_dispatcher, agency=CITY)
    assert numbers(listed(story)) == []
    form = accept_form(agency_code=COUNTY)
    actions.accept(story.people.city_dispatcher, incident_id=incident.id, **form)
    assert numbers(listed(story)) == [incident.number]


def test_a_patrol_sees_what_its_unit_was_sent_to(story: Story) -> None:
    order = story.ordered()
    story.queued()
    answer = listed(story, story.people.patrol)
    assert numbers(answer) == [order.incident.number]
    assert answer.json()["stream"] is None


def test_by_state(story: Story) -> None:
    queued, claimed, accepted = story.queued(), story.claimed(), story.accepted()
    assert numbers(listed(story, state="queued")) == [queued.number]
    assert numbers(listed(story, state="queued,claimed")) == [claimed.number, queued.number]
    assert numbers(listed(story, state=["accepted", "queued"])) == [accepted.number, queued.number]


def test_by_agency(story: Story) -> None:
    own, second = story.queued(), story.queued(SECOND_COUNTY)
    accepted = story.accepted(responsible=STATION)
    city = story.people.city_dispatcher
    assert numbers(listed(story, city, agency=SECOND_COUNTY)) == [second.number]
    assert numbers(listed(story, city, agency=STATION)) == [accepted.number]
    assert set(numbers(listed(story, city, agency=CITY))) == {own.number, second.number, accepted.number}
    assert listed(story, city, agency=SECOND_COUNTY).json()["stream"]["offset"] == 1
    assert listed(story, agency=SECOND_COUNTY).json() == {"results": [], "next": None, "stream": None}


def test_by_class(story: Story) -> None:
    story.queued()
    accepted = story.accepted()
    for code in ("02", "0202", "020201", "02020100", "02000000"):
        assert numbers(listed(story, **{"class": code})) == [accepted.number]
    assert numbers(listed(story, **{"class": "0203"})) == []


def test_by_words(story: Story) -> None:
    incident = story.accepted(address="和平路 12 号")
    story.queued()
    for text in (incident.number, incident.number[:20], "邻居", " 邻居打 "):
        assert incident.number in numbers(listed(story, q=text))
    assert numbers(listed(story, q="%")) == []
    assert numbers(listed(story, q="不存在")) == []


def test_by_the_phone_s_last_digits(story: Story) -> None:
    incident = story.queued()
    assert numbers(listed(story, q="6789")) == [incident.number]  # the contact phone
    assert numbers(listed(story, q="0001")) == [incident.number]  # the account's
    assert numbers(listed(story, q="9999")) == []
    assert numbers(listed(story, story.people.far_dispatcher, q="6789")) == []


def test_since(story: Story) -> None:
    now = clock.now()
    story.queued(received_at=now - timedelta(hours=2))
    late = story.queued(received_at=now)
    assert numbers(listed(story, since=clock.rfc3339(now))) == [late.number]
    assert numbers(listed(story, since=clock.rfc3339(now + timedelta(seconds=1)))) == []


def test_bbox(story: Story) -> None:
    incident = story.queued()
    story.queued(first_position=None)
    assert numbers(listed(story, bbox="114.5,38,114.6,38.1")) == [incident.number]
    assert numbers(listed(story, bbox="115,38,116,38.1")) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "lost"),
        ("state", "queued,\x00"),
        ("agency", "999999999999"),
        ("agency", "\x00"),
        ("class", "1"),
        ("class", "二二"),
        ("class", "0202010000"),
        ("q", "x" * 101),
        ("q", "\x00"),
        ("since", "yesterday"),
        ("since", "2026-11-24"),
        ("since", "2026-11-24T08:00:00"),
        ("since", "0001-01-01T00:00:00+14:00"),
        ("since", "9999-12-31T23:59:59-14:00"),
        ("bbox", "1,2,3"),
        ("bbox", "nan,38,114,39"),
        ("bbox", "-inf,38,114,39"),
        ("bbox", "115,38,114,39"),
        ("bbox", "114,38,115,91"),
        ("bbox", "a,b,c,d"),
        ("limit", "0"),
        ("limit", "9" * 50),
        ("cursor", "cD1hYmM="),
        ("cursor", "cD0wMDAw"),
    ],
)
def test_a_wrong_filter_is_named(story: Story, name: str, value: str) -> None:
    refused(listed(story, **{name: value}), 400, "invalid", name)


@pytest.mark.parametrize("cursor", ["x", "bz0xJnA9", "%%%", "\x00"])
def test_a_broken_cursor_is_no_server_error(story: Story, cursor: str) -> None:
    assert listed(story, cursor=cursor).status_code in {200, 400, 404}
