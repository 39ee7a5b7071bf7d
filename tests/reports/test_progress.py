"""The steps that the reporter is told, and the state table."""

import itertools
import uuid
from datetime import UTC, datetime

import pytest

from foundation.errors import IllegalTransition, NotFound
from journal import streams
from reports import actions
from reports.models import TRANSITIONS, Report
from tests.personas import People, client_for
from tests.reports.story import URL, reported

pytestmark = pytest.mark.django_db

ALLOWED = {("received", "answered"), ("answered", "closed"), ("closed", "answered")}


def steps(report: Report) -> list[str]:
    report.refresh_from_db()
    return [entry["step"] for entry in report.progress]


def test_it_works(people: People) -> None:
    fang = client_for(people.fang)
    report = reported(fang)
    at = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    for step in ("answered", "dispatched", "arrived", "closed"):
        actions.record_progress(people.dispatcher, report_id=report.id, step=step, at=at)
    seen = fang.get(f"{URL}/{report.id}").json()
    assert seen["state"] == "closed"
    assert seen["progress"][1:] == [
        {"step": step, "at": "2026-11-24T08:00:00Z"} for step in ("answered", "dispatched", "arrived", "closed")
    ]
    assert (seen["answered_at"], seen["closed_at"]) == ("2026-11-24T08:00:00Z", "2026-11-24T08:00:00Z")
    events = streams.read(report.stream, after=1)
    assert [(event.name, event.data["step"], event.data["state"]) for event in events] == [
        ("report.progressed", "answered", "answered"),
        ("report.progressed", "dispatched", "answered"),
        ("report.progressed", "arrived", "answered"),
        ("report.progressed", "closed", "closed"),
    ]


def test_each_step_is_told_once(people: People) -> None:
    report = reported(client_for(people.fang))
    for step in ("answered", "answered", "dispatched", "answered", "dispatched"):
        actions.record_progress(people.dispatcher, report_id=report.id, step=step)
    assert steps(report) == ["received", "answered", "dispatched"]
    assert streams.head_of(report.stream).offset == 3
    assert report.version == 3


@pytest.mark.parametrize("step", ["dispatched", "arrived", "closed"])
def test_a_step_implies_the_answer(people: People, step: str) -> None:
    report = reported(client_for(people.fang))
    actions.record_progress(people.dispatcher, report_id=report.id, step=step)
    assert steps(report) == ["received", "answered", step]
    assert report.answered_at is not None


def test_a_closed_report_is_told_nothing_until_it_is_taken_up_again(people: People) -> None:
    report = reported(client_for(people.fang))
    for step in ("dispatched", "closed", "arrived", "closed"):
        actions.record_progress(people.dispatcher, report_id=report.id, step=step)
    assert steps(report) == ["received", "answered", "dispatched", "closed"]
    for _ in range(2):
        actions.reopen(people.dispatcher, report_id=report.id)
    assert steps(report)[-2:] == ["closed", "reopened"]
    assert (report.state, report.closed_at) == ("answered", None)
    for step in ("answered", "dispatched", "dispatched", "closed"):
        actions.record_progress(people.dispatcher, report_id=report.id, step=step)
    assert steps(report)[-3:] == ["reopened", "dispatched", "closed"]
    assert report.state == "closed"


def test_an_open_report_is_not_reopened(people: People) -> None:
    report = reported(client_for(people.fang))
    actions.reopen(people.dispatcher, report_id=report.id)
    assert steps(report) == ["received"]


def test_an_unknown_step_is_a_mistake_of_ours(people: People) -> None:
    report = reported(client_for(people.fang))
    with pytest.raises(ValueError, match="reopened"):
        actions.record_progress(people.dispatcher, report_id=report.id, step="reopened")


def test_an_unknown_report_is_not_found(people: People) -> None:
    with pytest.raises(NotFound):
        actions.record_progress(people.dispatcher, report_id=uuid.uuid4(), step="answered")
    with pytest.raises(NotFound):
        actions.reopen(people.dispatcher, report_id=uuid.uuid4())


@pytest.mark.parametrize(("before", "after"), list(itertools.product(Report.State.values, repeat=2)))
def test_every_pair_of_states(before: str, after: str) -> None:
    assert set(TRANSITIONS) == set(Report.State.values)
    report = Report(state=before)
    if (before, after) in ALLOWED:
        assert report.move_to(after) == before
        assert report.state == after
    else:
        with pytest.raises(IllegalTransition):
            report.move_to(after)
        assert report.state == before
