"""GET, POST /incidents/{id}/messages, POST …/messages/read."""

import uuid
from typing import Any

import pytest

import reports.actions
from dispatch.models import Incident, IncidentReport
from journal.models import AuditRecord
from reports.models import Message, Report
from tests.dispatch.calls import address, call, refused
from tests.dispatch.story import Story, report_to, said
from tests.personas import client_for

pytestmark = pytest.mark.django_db


def said_by_fang(story: Story, text: str = "他在门外") -> Message:
    report = Report.objects.order_by("id").first()
    assert report is not None
    reports.actions.post_message(
        story.people.fang, report_id=report.id, side="reporter", text=text, key=None, content={}
    )
    return Message.objects.latest("seq")


def fetched(story: Story, incident: Incident, who: Any = None, **params: Any) -> Any:
    return client_for(who or story.people.dispatcher).get(f"{address(incident)}/messages", params)


def test_it_works(story: Story) -> None:
    incident = story.claimed()
    said_by_fang(story)
    answer = call(
        story.people.dispatcher,
        incident,
        "messages",
        {"text": "警车已出发", "quick_codes": ["yes"], "client_uuid": "m"},
    )
    assert answer.status_code == 201, answer.content
    assert (answer.json()["side"], answer.json()["seq"]) == ("police", 2)
    body = fetched(story, incident).json()
    assert [(m["side"], m["text"]) for m in body["results"]] == [("reporter", "他在门外"), ("police", "警车已出发")]
    assert body["results"][0]["delivered_at"] is not None
    assert body["stream"]["offset"] > 0
    names = said(incident.stream)
    assert names.count("message.posted") == 2
    assert "messages.delivered" in said(incident.stream)
    assert AuditRecord.objects.filter(kind="read", deed="incident.messages_viewed").count() == 1


def test_the_same_key_says_it_once(story: Story) -> None:
    incident = story.claimed()
    body = {"text": "警车已出发", "client_uuid": "m"}
    first, again = (call(story.people.dispatcher, incident, "messages", body) for _ in range(2))
    assert (again.json(), again["Idempotency-Replayed"]) == (first.json(), "true")
    refused(call(story.people.dispatcher, incident, "messages", body | {"text": "x"}), 422, "idempotency_conflict")
    assert Message.objects.count() == 1


def test_pages(story: Story) -> None:
    incident = story.claimed()
    for index in range(3):
        said_by_fang(story, str(index))
    first = fetched(story, incident, limit=2).json()
    rest = fetched(story, incident, limit=2, cursor=first["next"]).json()
    assert [m["text"] for m in first["results"] + rest["results"]] == ["0", "1", "2"]
    assert rest["next"] is None
    assert [m["text"] for m in fetched(story, incident, after=2).json()["results"]] == ["2"]


def test_what_is_not_handed_over_is_not_delivered(story: Story) -> None:
    incident = story.claimed()
    for text in ("一", "二"):
        said_by_fang(story, text)
    assert [m["text"] for m in fetched(story, incident, limit=1).json()["results"]] == ["一"]
    assert list(Message.objects.filter(delivered_at=None).values_list("text", flat=True)) == ["二"]


@pytest.mark.parametrize("by", ["id", "seq"])
def test_reading(story: Story, by: str) -> None:
    incident = story.claimed()
    message = said_by_fang(story)
    up_to = str(message.id) if by == "id" else message.seq
    answer = call(story.people.dispatcher, incident, "messages/read", {"up_to": up_to})
    assert (answer.status_code, answer.json()) == (200, {"read_up_to": 1})
    assert Message.objects.get().read_at is not None
    assert said(incident.stream)[-1] == "messages.read"


@pytest.mark.parametrize("up_to", [None, "x", -1, True, 2**63, [1], str(uuid.UUID(int=1)), 1.5])
def test_reading_up_to_nothing(story: Story, up_to: Any) -> None:
    refused(call(story.people.dispatcher, story.claimed(), "messages/read", {"up_to": up_to}), 400, "invalid", "up_to")


def test_several_reports_need_a_name(story: Story) -> None:
    incident = story.claimed()
    second = report_to(story.people.wei)
    IncidentReport.objects.filter(report=second).update(incident=incident)
    refused(fetched(story, incident), 400, "invalid", "report_id")
    refused(call(story.people.dispatcher, incident, "messages", {"text": "x"}), 400, "invalid", "report_id")
    body = {"text": "x", "report_id": str(second.id)}
    assert call(story.people.dispatcher, incident, "messages", body).status_code == 201
    assert len(fetched(story, incident, report_id=str(second.id)).json()["results"]) == 1
    for wrong in (str(uuid.uuid4()), "x"):
        refused(fetched(story, incident, report_id=wrong), 400, "invalid", "report_id")
    refused(call(story.people.dispatcher, incident, "messages", body | {"report_id": 7.5}), 400, "invalid", "report_id")


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "x" * 2001}, {"quick_codes": ["none"]}, {"text": "a\x00"}])
def test_nothing_or_nonsense_is_not_said(story: Story, body: dict[str, Any]) -> None:
    refused(call(story.people.dispatcher, story.claimed(), "messages", body), 400, "invalid")
    assert not Message.objects.exists()


@pytest.mark.parametrize("name", ["after", "cursor", "limit"])
@pytest.mark.parametrize("value", ["x", "-1", "9" * 40, "\x00"])
def test_a_wrong_page_is_named(story: Story, name: str, value: str) -> None:
    refused(fetched(story, story.claimed(), **{name: value}), 400, "invalid", name)


def test_the_province_reads_without_a_trace_for_the_reporter(story: Story) -> None:
    incident = story.claimed()
    said_by_fang(story)
    body = fetched(story, incident, story.people.province_dispatcher).json()
    assert body["results"][0]["delivered_at"] is None
    assert Message.objects.get().delivered_at is None
    refused(call(story.people.province_dispatcher, incident, "messages", {"text": "x"}), 403, "forbidden")
    refused(call(story.people.province_dispatcher, incident, "messages/read", {"up_to": 1}), 403, "forbidden")


def test_a_call_taker_writes(story: Story) -> None:
    incident = story.claimed()
    story.people.dispatcher.roles = ["call_taker"]
    story.people.dispatcher.save()
    assert call(story.people.dispatcher, incident, "messages", {"text": "请讲"}).status_code == 201
