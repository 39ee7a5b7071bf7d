"""GET /incident-classes, and the class table that a province brings along."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from dispatch import classes
from dispatch.models import Incident
from police110 import env
from tests.dispatch.calls import call, refused
from tests.dispatch.story import API, Story, accept_form
from tests.personas import People, client_for

HEAD = "code,name,name_en,level\n"


@pytest.mark.django_db
def test_it_works(people: People) -> None:
    body = client_for(people.patrol).get(f"{API}/incident-classes").json()
    assert (body["sample"], body["next"], len(body["levels"])) == (True, None, 4)
    by_code = {row["code"]: row for row in body["results"]}
    assert by_code["02020100"] == {
        "code": "02020100",
        "name": "殴打他人",
        "name_en": "Assault",
        "level": 2,
        "parent_code": "02020000",
    }
    assert by_code["02000000"]["parent_code"] is None
    assert {"code": "mediated", "name": "现场调解"} in body["result_codes"]
    assert {row["code"] for row in body["grounds"]} == {"false_report", "harassment", "mistaken"}


@pytest.mark.django_db
def test_the_public_does_not_see_it(people: People) -> None:
    refused(client_for(people.fang).get(f"{API}/incident-classes"), 404, "not_found")


def test_the_sample_is_a_tree() -> None:
    table = classes.load(classes.SAMPLE)
    for entry in table.values():
        assert entry.name_en
        assert (entry.parent_code is None) == (entry.code[2:] == "000000")
    assert {entry.code[:2] for entry in table.values()} >= {"01", "02", "03", "04", "05", "06", "07", "08", "99"}


@pytest.mark.django_db
def test_a_province_brings_its_own(story: Story, tmp_path: Path, settings: Any) -> None:
    path = tmp_path / "classes.csv"
    path.write_text("\ufeff" + HEAD + "20010000,打架,Fight,2\n", encoding="utf-8")
    settings.CLASS_DICTIONARY = path
    body = client_for(story.people.dispatcher).get(f"{API}/incident-classes").json()
    assert (body["sample"], [row["code"] for row in body["results"]]) == (False, ["20010000"])
    incident = story.claimed()
    refused(call(story.people.dispatcher, incident, "accept", accept_form()), 400, "invalid", "class_code")
    answer = call(story.people.dispatcher, incident, "accept", accept_form(class_code="20010000"))
    assert answer.json()["class_name"] == "打架"
    # A code of a table that was in force before keeps no name, and breaks nothing.
    Incident.objects.update(class_code="02020100")
    row = client_for(story.people.dispatcher).get(f"{API}/incidents").json()["results"][0]
    assert (row["class_code"], row["class_name"]) == ("02020100", "")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "line 1"),
        ("code,name\n", "line 1"),
        (HEAD, "no class"),
        (HEAD + "123,a,b,1\n", "line 2"),
        (HEAD + "1234567x,a,b,1\n", "line 2"),
        (HEAD + "１２３４５６７８,a,b,1\n", "line 2"),
        (HEAD + "12345678,,b,1\n", "line 2"),
        (HEAD + "12345678,a,b,5\n", "line 2"),
        (HEAD + "12345678,a,b\n", "line 2"),
        (HEAD + "12345678,a,b,1,c\n", "line 2"),
        (HEAD + "12345678,a,b,1\n12345678,a,b,1\n", "line 3"),
    ],
)
def test_a_wrong_table_says_where(tmp_path: Path, text: str, wrong: str) -> None:
    path = tmp_path / "classes.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ImproperlyConfigured, match="CLASS_DICTIONARY") as error:
        classes.load(path)
    assert wrong in str(error.value)


def test_a_table_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "classes.csv"
    path.write_bytes((HEAD + "12345678,打架,b,1\n").encode("gb18030"))
    with pytest.raises(ImproperlyConfigured, match="CLASS_DICTIONARY"):
        classes.load(path)


def test_a_file_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLASS_DICTIONARY", str(tmp_path / "none.csv"))
    with pytest.raises(ImproperlyConfigured, match="CLASS_DICTIONARY"):
        env.read()
