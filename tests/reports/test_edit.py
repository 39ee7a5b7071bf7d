"""``PATCH /reports/{id}``: the reporter forbids or allows a call-back, or changes the contact phone."""

from typing import Any

import pytest

from journal import streams
from journal.models import AuditRecord
from reports.models import Report
from tests.personas import People, client_for
from tests.reports.story import URL, reported

pytestmark = pytest.mark.django_db


def test_it_works(people: People) -> None:
    """She lifts the restriction of her silent report."""
    fang = client_for(people.fang)
    report = reported(fang, kind="silent", callback_allowed=None)
    url = f"{URL}/{report.id}"
    assert fang.get(url).json()["callback_allowed"] is False
    answer = fang.patch(
        url, {"callback_allowed": True, "contact_phone": "0311-86012345"}, format="json", headers={"If-Match": '"1"'}
    )
    assert answer.status_code == 200
    assert answer["ETag"] == '"2"'
    assert answer.json()["callback_allowed"] is True
    assert answer.json()["contact_phone"] == "+8631186012345"
    event = streams.read(report.stream, after=1)[0]
    assert (event.name, event.data["fields"]) == ("report.changed", ["callback_allowed", "contact_phone"])
    record = AuditRecord.objects.get(deed="report.changed")
    assert record.detail == {"fields": ["callback_allowed", "contact_phone"]}


def test_the_phone_can_be_taken_away(people: People) -> None:
    fang = client_for(people.fang)
    report = reported(fang)
    answer = fang.patch(f"{URL}/{report.id}", {"contact_phone": None}, format="json", headers={"If-Match": '"1"'})
    assert answer.json()["contact_phone"] is None


def test_what_is_as_it_was_tells_nobody(people: People) -> None:
    fang = client_for(people.fang)
    report = reported(fang)
    body = {"contact_phone": "13800000009", "callback_allowed": True}
    answer = fang.patch(f"{URL}/{report.id}", body, format="json", headers={"If-Match": '"1"'})
    assert answer.status_code == 200
    assert answer["ETag"] == '"1"'
    assert streams.head_of(report.stream).offset == 1


def test_without_if_match(people: People) -> None:
    fang = client_for(people.fang)
    report = reported(fang)
    assert fang.patch(f"{URL}/{report.id}", {"callback_allowed": False}, format="json").status_code == 428


def test_with_a_stale_etag(people: People) -> None:
    fang = client_for(people.fang)
    report = reported(fang)
    body = {"callback_allowed": False}
    answers = [
        fang.patch(f"{URL}/{report.id}", body, format="json", headers={"If-Match": '"1"'}).status_code for _ in range(2)
    ]
    assert answers == [200, 412]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"callback_allowed": "yes"}, "callback_allowed"),
        ({"callback_allowed": None}, "callback_allowed"),
        ({"callback_allowed": 1}, "callback_allowed"),
        ({"contact_phone": "abc"}, "contact_phone"),
        ({"contact_phone": "1" * 100}, "contact_phone"),
        ({"contact_phone": "138\x0000000009"}, "contact_phone"),
        ({"contact_phone": ["13800000009"]}, "contact_phone"),
        ({"description": "anders"}, "description"),
        ({"state": "closed"}, "state"),
        ([1], "non_field_errors"),
    ],
)
def test_what_is_wrong_is_named(people: People, body: Any, field: str) -> None:
    fang = client_for(people.fang)
    report = reported(fang)
    answer = fang.patch(f"{URL}/{report.id}", body, format="json", headers={"If-Match": '"1"'})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert Report.objects.get().version == 1
