"""Who may listen to a desk's queue, an incident, a unit."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from dispatch.models import Incident, Unit
from geo.models import Agency
from journal.streams import kind_of
from tests.dispatch.story import Story
from tests.personas import CITY, COUNTY, PROVINCE, SECOND_COUNTY, STATION

pytestmark = pytest.mark.django_db

EVERYBODY = [
    "fang",
    "dispatcher",
    "supervisor",
    "patrol",
    "second_dispatcher",
    "city_dispatcher",
    "province_dispatcher",
    "far_dispatcher",
    "auditor",
]


def may(actor: Any, path: str, key: str) -> bool:
    kind = kind_of(path)
    assert kind is not None
    found = kind.find(actor, key)
    assert kind.still_allowed([(actor, key)]) == [found is not None]
    return found is not None


def test_a_desk_hears_its_own_queue_and_those_below(story: Story) -> None:
    people = story.people
    expected = {
        "dispatcher": {COUNTY, STATION},
        "supervisor": {COUNTY, STATION},
        "second_dispatcher": {SECOND_COUNTY},
        "city_dispatcher": {CITY, COUNTY, SECOND_COUNTY, STATION},
        "province_dispatcher": {PROVINCE, CITY, COUNTY, SECOND_COUNTY, STATION},
    }
    for who in EVERYBODY:
        heard = {
            code
            for code in (PROVINCE, CITY, COUNTY, SECOND_COUNTY, STATION)
            if may(getattr(people, who), "agencies", code)
        }
        assert heard == expected.get(who, set()), who


@pytest.mark.parametrize("key", ["", "1", "x" * 12, "999999999999", "13010200000\x00", "１３０１０２００００００"])
def test_there_is_no_such_agency(story: Story, key: str) -> None:
    assert not may(story.people.province_dispatcher, "agencies", key)


def test_an_incident_is_heard_by_who_sees_it(story: Story) -> None:
    order = story.ordered()
    other = story.queued(SECOND_COUNTY)
    for who in EVERYBODY:
        actor = getattr(story.people, who)
        seen = set(Incident.objects.visible_to(actor))
        for incident in (order.incident, other):
            assert may(actor, "incidents", str(incident.id)) == (incident in seen), who


def test_a_unit_is_heard_by_its_members_and_its_desks(story: Story) -> None:
    own, other = story.unit(), story.unit("119", SECOND_COUNTY)
    for who in EVERYBODY:
        actor = getattr(story.people, who)
        seen = set(Unit.objects.visible_to(actor))
        for unit in (own, other):
            assert may(actor, "units", str(unit.id)) == (unit in seen), who
    assert may(story.people.patrol, "units", str(own.id))


@pytest.mark.parametrize("path", ["incidents", "units"])
@pytest.mark.parametrize("key", ["", "x", str(uuid.UUID(int=7)), "\x00"])
def test_there_is_no_such_row(story: Story, path: str, key: str) -> None:
    assert not may(story.people.province_dispatcher, path, key)


@pytest.mark.parametrize("path", ["agencies", "incidents", "units"])
def test_what_is_no_user_hears_nothing(story: Story, path: str) -> None:
    order = story.ordered()
    key = {"agencies": COUNTY, "incidents": str(order.incident_id), "units": str(order.unit_id)}[path]
    assert not may(object(), path, key)
    assert not may(None, path, key)


@pytest.mark.parametrize("path", ["agencies", "incidents", "units"])
def test_a_thousand_ask_as_cheaply_as_one(story: Story, path: str) -> None:
    order = story.ordered()
    story.queued(SECOND_COUNTY)
    kind = kind_of(path)
    assert kind is not None
    keys = {
        "agencies": list(Agency.objects.values_list("code", flat=True)),
        "incidents": [str(pk) for pk in Incident.objects.values_list("id", flat=True)],
        "units": [str(order.unit_id), str(story.unit("119", SECOND_COUNTY).id)],
    }[path]
    everybody = list(User.objects.all())
    wanted = [(actor, key) for actor in everybody for key in keys]
    with CaptureQueriesContext(connection) as one:
        kind.still_allowed(wanted[:1])
    with CaptureQueriesContext(connection) as many:
        answers = kind.still_allowed(wanted * 10)
    assert len(many) <= 3
    assert len(one) <= 3
    assert answers[: len(wanted)] == [kind.find(actor, key) is not None for actor, key in wanted]
    assert True in answers
    assert False in answers
