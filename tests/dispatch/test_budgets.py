"""As many queries for fifty as for one."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dispatch.models import Incident, IncidentReport, Order
from tests.dispatch.calls import address
from tests.dispatch.story import API, Story, report_to
from tests.personas import client_for

pytestmark = pytest.mark.django_db


def cost(ask: Callable[[], Any]) -> int:
    ask()  # the stream's row is made on first sight
    with CaptureQueriesContext(connection) as queries:
        answer = ask()
    assert answer.status_code == 200, answer.content
    return len(queries)


def fill(story: Story, incident: Incident) -> None:
    """Fifty reports and fifty fed-back orders of one incident."""
    for _ in range(49):
        made = report_to(story.people.wei)
        IncidentReport.objects.filter(report=made).update(incident=incident)
    Incident.objects.exclude(pk=incident.pk).delete()
    first = Order.objects.get()
    feedback = first.feedbacks.get()
    for index in range(49):
        unit = story.unit(f"u{index}")
        order = Order.objects.create(
            incident=incident, unit=unit, state="fed_back", issued_by=story.people.dispatcher, instruction="x"
        )
        feedback.pk, feedback.order, feedback._state.adding = order.pk, order, True
        feedback.save()


@pytest.mark.parametrize(
    ("path", "budget"), [("incidents", 12), ("orders", 8), ("units", 8), ("incidents?q=6789&state=fed_back", 14)]
)
def test_lists(story: Story, path: str, budget: int) -> None:
    story.brought_to("fed_back")
    client = client_for(story.people.dispatcher)
    one = cost(lambda: client.get(f"{API}/{path}"))
    for index in range(49):
        incident = story.queued()
        unit = story.unit(f"u{index}")
        Order.objects.create(
            incident=incident, unit=unit, state="fed_back", issued_by=story.people.dispatcher, instruction="x"
        )
    Incident.objects.update(state="fed_back")
    assert cost(lambda: client.get(f"{API}/{path}")) == one <= budget
    assert len(client.get(f"{API}/{path}").json()["results"]) == 50


@pytest.mark.parametrize(("tail", "budget"), [("", 28), ("/timeline", 8)])
def test_one_incident(story: Story, tail: str, budget: int) -> None:
    incident = story.brought_to("fed_back").incident
    client = client_for(story.people.dispatcher)
    url = f"{address(incident)}{tail}"
    one = cost(lambda: client.get(url))
    fill(story, incident)
    assert cost(lambda: client.get(url)) == one <= budget
    if not tail:
        body = client.get(url).json()
        assert (len(body["reports"]), len(body["orders"])) == (50, 50)
