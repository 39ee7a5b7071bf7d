"""What the tests of this room say again and again: a report as a phone sends it, and the one it leads to."""

import uuid
from typing import Any

from rest_framework.test import APIClient

from foundation import clock
from reports.models import Report
from tests.personas import IN_COUNTY

URL = "/api/v1/reports"


def a_report(**changes: Any) -> dict[str, Any]:
    """A report with every field as it should be, and a key of its own."""
    return {
        "client_uuid": str(uuid.uuid4()),
        "kind": "text",
        "position": dict(IN_COUNTY),
        "address": "建北街道 3 号",
        "description": "有人砸门",
        "quick_codes": ["intruder"],
        "contact_phone": "13800000009",
        "callback_allowed": True,
        "reported_at": clock.rfc3339(clock.now()),
        "battery_pct": 64,
        "network": "5g",
        "app_version": "1.0",
        **changes,
    }


def reported(client: APIClient, **changes: Any) -> Report:
    """Report something, and give the row."""
    answer = client.post(URL, a_report(**changes), format="json")
    assert answer.status_code == 201, answer.content
    return Report.objects.get(id=answer.json()["id"])
