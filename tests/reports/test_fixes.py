"""``POST /reports/{id}/fixes``: positions while the report lasts."""

from typing import Any

import pytest

from journal import streams
from reports.streams import ReportStream
from tests.personas import IN_COUNTY, People, client_for
from tests.reports.story import URL, reported

pytestmark = pytest.mark.django_db


def fix(number: int, **changes: Any) -> dict[str, Any]:
    return {**IN_COUNTY, "lon": 114.548 + number / 10_000, "seq": number, **changes}


def test_it_works(people: People) -> None:
    fang = client_for(people.fang)
    report = reported(fang)
    answer = fang.post(f"{URL}/{report.id}/fixes", {"fixes": [fix(1), fix(2), fix(2)]}, format="json")
    assert answer.status_code == 200
    body = answer.json()
    assert {name: body[name] for name in ("stored", "duplicates", "flagged", "last_seq")} == {
        "stored": 2,
        "duplicates": 1,
        "flagged": 0,
        "last_seq": 2,
    }
    assert body["next_interval_s"] > 0
    seen = fang.get(f"{URL}/{report.id}").json()
    assert seen["current_position"]["seq"] == 2
    assert seen["first_position"]["lon"] == pytest.approx(114.548)
    assert streams.head_of(report.stream).offset == 1, "positions skip the journal"


def test_the_first_position_may_come_again(people: People) -> None:
    """A phone that sends the report's own position with its batch has it counted as a duplicate."""
    fang = client_for(people.fang)
    report = reported(fang, position=fix(0))
    answer = fang.post(f"{URL}/{report.id}/fixes", {"fixes": [fix(0), fix(1)]}, format="json").json()
    assert (answer["stored"], answer["duplicates"]) == (1, 1)


def test_bad_points_are_counted(people: People) -> None:
    fang = client_for(people.fang)
    report = reported(fang)
    bad: list[Any] = [
        None,
        1,
        "x",
        {},
        {"lon": 500, "lat": 1},
        [[]],
        fix(3, accuracy_m="\x00"),
        fix(4, coord_type=None),
    ]
    answer = fang.post(f"{URL}/{report.id}/fixes", {"fixes": bad}, format="json")
    assert answer.status_code == 200
    assert answer.json()["flagged"] == len(bad)
    assert answer.json()["stored"] == 2


def test_over_the_socket(people: People) -> None:
    fang = client_for(people.fang)
    report = reported(fang)
    kind = ReportStream()
    ack = kind.on_frame(people.fang, str(report.id), {"type": "fixes", "id": "a1", "fixes": [fix(7)]})
    assert ack is not None
    assert ack.pop("next_interval_s") > 0
    assert ack == {"type": "ack", "id": "a1", "stored": 1, "last_seq": 7}
    again = fang.post(f"{URL}/{report.id}/fixes", {"fixes": [fix(7)]}, format="json").json()
    assert (again["stored"], again["duplicates"], again["last_seq"]) == (0, 1, 7)


@pytest.mark.parametrize("body", [{}, {"fixes": None}, {"fixes": {}}, {"fixes": "x"}, {"fixes": [{}] * 501}, []])
def test_what_is_no_batch_is_named(people: People, body: Any) -> None:
    fang = client_for(people.fang)
    report = reported(fang)
    answer = fang.post(f"{URL}/{report.id}/fixes", body, format="json")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["fixes"]
