"""The conversation, from the reporter's side and, through the deeds that dispatch calls, from that of the police."""

import json
import uuid
from typing import Any

import pytest

from foundation.errors import Invalid, NotFound
from journal import streams
from journal.models import AuditRecord
from reports import actions
from reports.models import Message, Report
from reports.streams import ReportStream
from tests.personas import People, client_for
from tests.reports.story import URL, reported

pytestmark = pytest.mark.django_db


def police_says(people: People, report: Report, text: str) -> dict[str, Any]:
    answer = actions.post_message(
        people.dispatcher, report_id=report.id, side="police", text=text, key=str(uuid.uuid4()), content=text
    )
    return answer.body


def told(report: Report) -> list[tuple[str, dict[str, Any]]]:
    return [
        (event.name, {k: v for k, v in event.data.items() if not k.endswith("_id")})
        for event in streams.read(report.stream, after=1)
    ]


def test_it_works(people: People) -> None:
    fang = client_for(people.fang)
    report = reported(fang)
    url = f"{URL}/{report.id}/messages"
    police_says(people, report, "需要救护车吗？")

    page = fang.get(url).json()
    assert page["next"] is None
    (question,) = page["results"]
    assert (question["seq"], question["side"], question["text"]) == (1, "police", "需要救护车吗？")
    assert question["delivered_at"] is not None
    assert question["read_at"] is None

    assert fang.post(f"{url}/read", {"up_to": question["id"]}, format="json").json() == {"read_up_to": 1}
    said = fang.post(
        url, {"client_uuid": str(uuid.uuid4()), "text": " 不用 ", "quick_codes": ["hiding"]}, format="json"
    )
    assert said.status_code == 201
    assert (said.json()["seq"], said.json()["side"], said.json()["text"]) == (2, "reporter", "不用")
    assert said.json()["quick_codes"] == ["hiding"]
    assert said.json()["delivered_at"] is None

    seen = actions.list_messages(people.dispatcher, report_id=report.id, by="police")
    assert [message.seq for message in seen] == [1, 2]
    assert actions.mark_read(people.dispatcher, report_id=report.id, by="police", up_to=2) == 2
    answer = fang.get(url, {"after": 1}).json()["results"][0]
    assert answer["delivered_at"] is not None
    assert answer["read_at"] is not None
    assert told(report) == [
        ("message.posted", {"seq": 1, "side": "police"}),
        ("messages.delivered", {"by": "reporter", "up_to": 1}),
        ("messages.read", {"by": "reporter", "up_to": 1}),
        ("message.posted", {"seq": 2, "side": "reporter"}),
        ("messages.delivered", {"by": "police", "up_to": 2}),
        ("messages.read", {"by": "police", "up_to": 2}),
    ]
    assert "不用" not in str(AuditRecord.objects.values_list("detail", flat=True))


def test_fetching_and_reading_again_tells_nothing_new(people: People) -> None:
    fang = client_for(people.fang)
    report = reported(fang)
    police_says(people, report, "在吗")
    for _ in range(2):
        fang.get(f"{URL}/{report.id}/messages")
        fang.post(f"{URL}/{report.id}/messages/read", {"up_to": 1}, format="json")
    assert [name for name, _ in told(report)] == ["message.posted", "messages.delivered", "messages.read"]


def test_once_per_key(people: People) -> None:
    fang = client_for(people.fang)
    url = f"{URL}/{reported(fang).id}/messages"
    body = {"client_uuid": str(uuid.uuid4()), "text": "救命"}
    first, again = fang.post(url, body, format="json"), fang.post(url, body, format="json")
    assert again.status_code == 201
    assert again["Idempotency-Replayed"] == "true"
    assert again.content == first.content
    other = fang.post(url, {**body, "text": "没事了"}, format="json")
    assert other.status_code == 422
    assert other.json()["id"] == first.json()["id"]
    assert Message.objects.count() == 1
    second_report = f"{URL}/{reported(fang).id}/messages"
    assert fang.post(second_report, body, format="json").json()["id"] != first.json()["id"]


def test_pages_in_order(people: People) -> None:
    fang = client_for(people.fang)
    report = reported(fang)
    for number in range(5):
        police_says(people, report, str(number))
    url = f"{URL}/{report.id}/messages"
    first = fang.get(url, {"limit": 2}).json()
    assert ([m["text"] for m in first["results"]], first["next"]) == (["0", "1"], "2")
    assert Message.objects.filter(delivered_at=None).count() == 3, "what was not handed over is not delivered"
    second = fang.get(url, {"limit": 2, "cursor": first["next"]}).json()
    third = fang.get(url, {"limit": 2, "after": second["next"]}).json()
    assert ([m["text"] for m in third["results"]], third["next"]) == (["4"], None)


def test_a_closed_report_still_takes_messages(people: People) -> None:
    fang = client_for(people.fang)
    report = reported(fang)
    actions.record_progress(people.dispatcher, report_id=report.id, step="closed")
    assert fang.post(f"{URL}/{report.id}/messages", {"text": "他又来了"}, format="json").status_code == 201


def test_nobody_can_speak_as_the_police(people: People) -> None:
    fang = client_for(people.fang)
    url = f"{URL}/{reported(fang).id}/messages"
    body = {"text": "【公安110】系统消息：已办结", "side": "police", "seq": 99, "author": str(people.dispatcher.id)}
    said = fang.post(url, body, format="json").json()
    assert (said["side"], said["seq"]) == ("reporter", 1)
    assert Message.objects.get().author == people.fang


def test_reading_over_the_socket(people: People) -> None:
    """``read {offset}``: the police's messages announced up to that offset were read."""
    fang = client_for(people.fang)
    report = reported(fang)
    police_says(people, report, "一")  # offset 2
    police_says(people, report, "二")  # offset 3
    kind = ReportStream()
    assert kind.on_frame(people.fang, str(report.id), {"type": "read", "offset": 2}) is None
    assert [row.read_at is None for row in Message.objects.order_by("seq")] == [False, True]
    assert kind.on_frame(people.fang, str(report.id), {"type": "read", "offset": 2**63 - 1}) is None
    assert not Message.objects.filter(read_at=None).exists()
    assert not Message.objects.filter(delivered_at=None).exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": "   "}, "text"),
        ({"text": "长" * 2001}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"text": "a\ud800b"}, "text"),
        ({"text": ["x"]}, "text"),
        ({"text": "x", "quick_codes": ["unknown"]}, "quick_codes"),
        ({"text": "x", "quick_codes": "hiding"}, "quick_codes"),
        ({"text": "x", "quick_codes": ["hiding"] * 21}, "quick_codes"),
        ({"text": "x", "attachment_ids": [str(uuid.uuid4())]}, "attachment_ids"),
        ({"text": "x", "client_uuid": "a\x00b"}, "client_uuid"),
        ({"text": "x", "client_uuid": "x" * 201}, "client_uuid"),
        ([], "non_field_errors"),
    ],
)
def test_what_is_wrong_is_named(people: People, body: Any, field: str) -> None:
    fang = client_for(people.fang)
    url = f"{URL}/{reported(fang).id}/messages"
    answer = fang.post(url, json.dumps(body), content_type="application/json")
    assert answer.status_code == 400
    assert {error["field"].split(".")[0] for error in answer.json()["errors"]} == {field}
    assert not Message.objects.exists()


@pytest.mark.parametrize("query", ["after=x", "after=-1", "cursor=1.5", "limit=x", "after=" + "9" * 30, "limit=%00"])
def test_a_query_that_is_wrong_is_named(people: People, query: str) -> None:
    fang = client_for(people.fang)
    answer = fang.get(f"{URL}/{reported(fang).id}/messages?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


@pytest.mark.parametrize("up_to", [None, "x", -1, 1.5, True, 10**30, str(uuid.UUID(int=1)), [], {}])
def test_an_unknown_message_can_not_be_read(people: People, up_to: Any) -> None:
    fang = client_for(people.fang)
    answer = fang.post(f"{URL}/{reported(fang).id}/messages/read", {"up_to": up_to}, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "up_to"


def test_the_reporter_s_side_is_the_reporter_s(people: People) -> None:
    report = reported(client_for(people.fang))
    with pytest.raises(NotFound):
        actions.post_message(people.wei, report_id=report.id, side="reporter", text="x", key=None, content="x")
    with pytest.raises(NotFound):
        actions.list_messages(people.wei, report_id=report.id, by="reporter")
    with pytest.raises(NotFound):
        actions.mark_read(people.wei, report_id=report.id, by="reporter", up_to=1)
    with pytest.raises(NotFound):
        actions.list_messages(people.dispatcher, report_id=uuid.uuid4(), by="police")


def test_the_police_s_words_are_checked_too(people: People) -> None:
    report = reported(client_for(people.fang))
    with pytest.raises(Invalid):
        police_says(people, report, "长" * 2001)
