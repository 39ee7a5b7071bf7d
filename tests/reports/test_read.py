"""``GET /reports`` and ``GET /reports/{id}``: one's own."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from geo.models import Agency
from journal import streams
from reports import actions
from reports.models import Report
from tests.personas import COUNTY, IN_COUNTY, People, client_for
from tests.reports.story import URL, reported

pytestmark = pytest.mark.django_db


def test_it_works(people: People) -> None:
    fang = client_for(people.fang)
    report = reported(fang)
    answer = fang.get(f"{URL}/{report.id}")
    assert answer.status_code == 200
    assert answer["ETag"] == '"1"'
    body = answer.json()
    assert body["id"] == str(report.id)
    assert body["stream"] == streams.head_of(report.stream).as_json()
    assert body["agency"]["code"] == COUNTY
    station = Agency.objects.get(code=body["station"]["code"])
    assert (station.level, station.parent_id, station.name) == ("station", COUNTY, body["station"]["name"])
    assert body["description"] == "有人砸门"
    assert body["contact_phone"] == "+8613800000009"
    assert body["quick_codes"] == ["intruder"]
    assert body["first_position"]["lon"] == pytest.approx(IN_COUNTY["lon"])
    assert body["current_position"]["lat"] == pytest.approx(IN_COUNTY["lat"])
    assert body["received_at"].endswith("Z")
    assert body["answered_at"] is None


def test_the_list_has_pages(people: People) -> None:
    fang = client_for(people.fang)
    made = [str(reported(fang).id) for _ in range(5)]
    reported(client_for(people.wei))
    first = fang.get(URL, {"limit": 2}).json()
    second = fang.get(URL, {"limit": 2, "cursor": first["next"]}).json()
    third = fang.get(URL, {"limit": 2, "cursor": second["next"]}).json()
    seen = [row["id"] for page in (first, second, third) for row in page["results"]]
    assert seen == made[::-1]
    assert third["next"] is None


def test_the_list_asks_the_same_number_of_questions_for_any_length(
    people: People, django_assert_num_queries: Any
) -> None:
    fang = client_for(people.fang)
    for _ in range(4):
        reported(fang)
    with django_assert_num_queries(2):  # the token, the page
        fang.get(URL)


def test_a_report_costs_a_bounded_number_of_questions(people: People, django_assert_max_num_queries: Any) -> None:
    fang = client_for(people.fang)
    report = reported(fang)
    with django_assert_max_num_queries(5):  # the token, the right, the stream's head, the report, the position
        fang.get(f"{URL}/{report.id}")


def test_the_head_is_read_before_the_data(people: People) -> None:
    """A step that is recorded between the two is in the data or after the offset, never lost."""
    fang = client_for(people.fang)
    report = reported(fang)
    with CaptureQueriesContext(connection) as queries:
        fang.get(f"{URL}/{report.id}")
    texts = [query["sql"] for query in queries]
    head = next(i for i, sql in enumerate(texts) if "journal_stream" in sql)
    data = max(i for i, sql in enumerate(texts) if '"reports_report"."description"' in sql)
    assert head < data


def test_progress_changes_the_etag(people: People) -> None:
    fang = client_for(people.fang)
    report = reported(fang)
    actions.record_progress(people.dispatcher, report_id=report.id, step="answered")
    answer = fang.get(f"{URL}/{report.id}")
    assert answer["ETag"] == '"2"'
    assert answer.json()["state"] == "answered"
    assert answer.json()["stream"]["offset"] == 2


@pytest.mark.parametrize(
    "report_id", ["", "x", str(uuid.UUID(int=1)), str(uuid.UUID(int=0)), "%00", "' or 1=1 --", "x" * 36]
)
def test_what_does_not_exist_is_not_found(people: People, report_id: str) -> None:
    answer = client_for(people.fang).get(f"{URL}/{report_id}")
    assert answer.status_code == 404


ADDRESSES = [
    ("get", ""),
    ("patch", ""),
    ("post", "/fixes"),
    ("get", "/messages"),
    ("post", "/messages"),
    ("post", "/messages/read"),
    ("post", "/recordings"),
]


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_everything_of_another_is_not_found(people: People, method: str, path: str) -> None:
    report = reported(client_for(people.fang))
    wei = client_for(people.wei)
    theirs = getattr(wei, method)(f"{URL}/{report.id}{path}", {}, format="json")
    nobodys = getattr(wei, method)(f"{URL}/{uuid.uuid4()}{path}", {}, format="json")
    assert theirs.status_code == 404
    assert {**theirs.json(), "request_id": ""} == {**nobodys.json(), "request_id": ""}


@pytest.mark.parametrize(("method", "path"), [*ADDRESSES, ("get", None)])
def test_staff_and_strangers_are_refused(people: People, api: APIClient, method: str, path: str | None) -> None:
    report = reported(client_for(people.fang))
    url = URL if path is None else f"{URL}/{report.id}{path}"
    assert getattr(client_for(people.dispatcher), method)(url, {}, format="json").status_code == 403
    assert getattr(api, method)(url, {}, format="json").status_code == 401
    assert Report.objects.get().version == 1
