"""``POST /reports``: exactly once, whatever the network does."""

import json
import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client

from accounts.models import Token
from journal.events import reacts_to
from journal.models import AuditRecord, StreamEvent
from reports.events import ReportAmended
from reports.models import Amendment, NumberSeries, Report
from tests.personas import People, client_for, make_people
from tests.reports.story import URL, a_report
from tests.servers import Server

amended: list[ReportAmended] = []


@reacts_to(ReportAmended)
def remember(event: ReportAmended) -> None:
    amended.append(event)


@pytest.fixture(autouse=True)
def _nothing_amended() -> None:
    amended.clear()


@pytest.mark.django_db
def test_it_works(people: People) -> None:
    """The same key and content: the first answer, byte for byte, whatever has happened to the report since."""
    fang = client_for(people.fang)
    body = a_report()
    first = fang.post(URL, body, format="json")
    Report.objects.update(state="closed")
    again = fang.post(URL, body, format="json")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "Idempotency-Replayed" not in first.headers
    assert again["Idempotency-Replayed"] == "true"
    assert Report.objects.count() == 1
    assert StreamEvent.objects.filter(name="report.received").count() == 1


@pytest.mark.django_db
def test_the_order_of_fields_and_the_spelling_of_the_key_do_not_matter(people: People) -> None:
    fang = client_for(people.fang)
    body = a_report()
    first = fang.post(URL, body, format="json").json()
    turned = dict(reversed(body.items())) | {"client_uuid": body["client_uuid"].upper()}
    assert fang.post(URL, turned, format="json").json() == first
    del turned["client_uuid"]
    by_header = fang.post(URL, turned, format="json", headers={"Idempotency-Key": body["client_uuid"]})
    assert by_header.json() == first
    assert Report.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["ordinary text 1", 'order"7;é', "x" * 200, "0190" * 8])
def test_a_header_key_may_be_any_short_text(people: People, key: str) -> None:
    body = a_report()
    del body["client_uuid"]
    answers = [
        client_for(people.fang).post(URL, body, format="json", headers={"Idempotency-Key": key}) for _ in range(2)
    ]
    assert [a.json()["needs_review"] for a in answers] == [[], []]
    assert Report.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("key", [None, 17, "not a uuid", str(uuid.UUID(int=0)), [], {}, "", "x" * 5000])
def test_without_a_usable_key_each_is_a_report(people: People, key: Any) -> None:
    answers = [client_for(people.fang).post(URL, a_report(client_uuid=key), format="json") for _ in range(2)]
    assert {a.status_code for a in answers} == {201}
    assert all("client_uuid" in {remark["field"] for remark in a.json()["needs_review"]} for a in answers)
    assert not any("Idempotency-Replayed" in a.headers for a in answers)
    assert Report.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "   ", "x" * 201, str(uuid.UUID(int=0)), "a\tb"])
def test_an_unusable_header_key_is_flagged(people: People, key: str) -> None:
    body = a_report()
    del body["client_uuid"]
    answer = client_for(people.fang).post(URL, body, format="json", headers={"Idempotency-Key": key})
    assert answer.status_code == 201
    assert [remark["field"] for remark in answer.json()["needs_review"]] == ["client_uuid"]


@pytest.mark.django_db
def test_other_content_is_an_amendment_that_is_kept_once(people: People) -> None:
    fang = client_for(people.fang)
    body = a_report()
    first = fang.post(URL, body, format="json").json()
    before = fang.get(f"{URL}/{first['id']}").content
    for _ in range(3):
        answer = fang.post(URL, {**body, "description": "他走了"}, format="json")
        assert answer.status_code == 422
        assert answer.json()["code"] == "idempotency_conflict"
        assert answer.json()["id"] == first["id"]
    fang.post(URL, {**body, "description": "他又来了"}, format="json")
    rows = Amendment.objects.order_by("at")
    assert [json.loads(row.content)["description"] for row in rows] == ["他走了", "他又来了"]
    assert [str(event.report_id) for event in amended] == [first["id"]] * 2
    assert AuditRecord.objects.filter(deed="report.amended").count() == 2
    assert Report.objects.get().description == "有人砸门"
    assert fang.get(f"{URL}/{first['id']}").content == before


@pytest.mark.django_db
def test_an_unreadable_amendment_is_kept_as_it_came(people: People) -> None:
    fang = client_for(people.fang)
    key = {"Idempotency-Key": "one"}
    first = fang.generic("POST", URL, "{", content_type="application/json", headers=key)
    assert first.status_code == 201
    assert fang.generic("POST", URL, "{", content_type="application/json", headers=key).content == first.content
    other = fang.generic("POST", URL, "{{", content_type="application/json", headers=key)
    assert other.status_code == 422
    assert Amendment.objects.get().content == "e3s="


@pytest.mark.django_db
def test_keys_of_two_people_do_not_meet(people: People) -> None:
    body = a_report()
    hers = client_for(people.fang).post(URL, body, format="json").json()
    his = client_for(people.wei).post(URL, body, format="json").json()
    assert hers["id"] != his["id"]


def race(send: Any, bodies: list[dict[str, Any]], times: int, threads: int) -> dict[str, list[Any]]:
    """Send every body so many times from so many threads at once; what was answered, by key."""
    jobs = [body for body in bodies for _ in range(times)]
    start = threading.Barrier(threads)

    def work(share: list[dict[str, Any]]) -> list[tuple[str, Any]]:
        start.wait(timeout=30)
        return [(body["client_uuid"], send(body)) for body in share]

    with ThreadPoolExecutor(threads) as pool:
        # Neighbours hold the same key, so that the same report is always under way in several threads.
        shares = [jobs[number::threads] for number in range(threads)]
        done = [pair for share in pool.map(work, shares) for pair in share]
    answers: dict[str, list[Any]] = {}
    for key, answer in done:
        answers.setdefault(key, []).append(answer)
    return answers


def judge(answers: dict[str, list[Any]], keys: int, times: int) -> None:
    assert len(answers) == keys
    for told in answers.values():
        assert Counter(answer.status_code for answer in told) == {201: times}
        assert sum("Idempotency-Replayed" not in answer.headers for answer in told) == 1
        assert len({answer.content for answer in told}) == 1
    numbers = {told[0].json()["number"] for told in answers.values()}
    assert len(numbers) == keys


@pytest.mark.django_db(transaction=True)
def test_sixty_keys_eight_times_at_once() -> None:
    """In this process: threads with connections of their own, on whichever database the run has."""
    people = make_people()
    token = f"Bearer {Token.issue(people.fang)[1]}"

    def send(body: dict[str, Any]) -> Any:
        try:
            return Client(raise_request_exception=False).post(
                URL, body, content_type="application/json", headers={"Authorization": token}
            )
        finally:
            connections.close_all()

    bodies = [a_report() for _ in range(60)]
    answers = race(send, bodies, times=8, threads=8)
    judge(answers, keys=60, times=8)
    assert Report.objects.count() == 60
    assert set(Report.objects.values_list("client_uuid", flat=True)) == {body["client_uuid"] for body in bodies}
    assert NumberSeries.objects.get().last == 60
    assert StreamEvent.objects.filter(name="report.received").count() == 60


@pytest.mark.server
def test_sixty_keys_eight_times_at_once_over_the_network(server: Server) -> None:
    with server.http("wei") as http:
        answers = race(lambda body: http.post(URL, json=body), [a_report() for _ in range(60)], times=8, threads=16)
    judge(answers, keys=60, times=8)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_busy_county_does_not_deadlock() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs DATABASE_URL to name a PostgreSQL server")
    people = make_people()
    tokens = [f"Bearer {Token.issue(user)[1]}" for user in (people.fang, people.wei, people.min)]

    def send(body: dict[str, Any]) -> Any:
        try:
            number = int(body["battery_pct"])
            return Client(raise_request_exception=False).post(
                URL, body, content_type="application/json", headers={"Authorization": tokens[number % 3]}
            )
        finally:
            connections.close_all()

    answers = race(send, [a_report(battery_pct=number) for number in range(60)], times=3, threads=12)
    judge(answers, keys=60, times=3)
    assert NumberSeries.objects.get().last == 60
