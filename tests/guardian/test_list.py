"""``GET /contacts``: whom one has, and who asks."""

import pytest

from tests.guardian.story import MIN, NOBODY, URL, WEI, agreed, asked, days_pass, listed
from tests.personas import People, client_for

pytestmark = pytest.mark.django_db


def test_it_works(people: People) -> None:
    people.fang.display_name, people.wei.display_name = "王芳", "李伟"
    people.fang.save(update_fields=["display_name"])
    people.wei.save(update_fields=["display_name"])
    fang, wei = client_for(people.fang), client_for(people.wei)
    contact = asked(fang)
    [theirs] = listed(wei)
    assert theirs | {"created_at": "", "expires_at": ""} == {
        "id": contact,
        "label": "",
        "phone": "138****0001",
        "display_name": "王芳",
        "direction": "incoming",
        "state": "requested",
        "created_at": "",
        "expires_at": "",
    }
    wei.post(f"{URL}/{contact}/accept")
    [own] = listed(fang)
    assert (own["phone"], own["label"], own["display_name"]) == ("+8613800000002", "老李", "李伟")
    assert (own["state"], own["expires_at"]) == ("accepted", None)
    [theirs] = listed(wei)
    assert (theirs["phone"], theirs["label"], theirs["state"]) == ("138****0001", "", "accepted")


def test_the_newest_first_in_pages(people: People) -> None:
    fang = client_for(people.fang)
    ids = [asked(fang, phone) for phone in (WEI, MIN, NOBODY)]
    first = fang.get(URL, {"limit": "2"}).json()
    second = fang.get(URL, {"limit": "2", "cursor": first["next"]}).json()
    assert [row["id"] for row in first["results"] + second["results"]] == ids[::-1]
    assert second["next"] is None


def test_nobody_else_sees_it(people: People) -> None:
    agreed(client_for(people.fang), client_for(people.wei))
    assert listed(client_for(people.min)) == []


def test_an_expired_request_is_the_askers_only(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    fang, wei, other = client_for(people.fang), client_for(people.wei), client_for(people.min)
    declined, pending = asked(fang, MIN), asked(fang, WEI)
    other.post(f"{URL}/{declined}/decline")
    assert [(row["id"], row["state"]) for row in listed(fang)] == [(pending, "requested"), (declined, "requested")]
    days_pass(monkeypatch, 7)
    assert [(row["id"], row["state"]) for row in listed(fang)] == [(pending, "expired"), (declined, "expired")]
    assert listed(wei) == listed(other) == []


def test_one_that_was_agreed_does_not_expire(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    fang, wei = client_for(people.fang), client_for(people.wei)
    agreed(fang, wei)
    days_pass(monkeypatch, 400)
    assert [row["state"] for row in listed(fang) + listed(wei)] == ["accepted", "accepted"]


def test_the_same_queries_for_many(people: People, django_assert_max_num_queries: object) -> None:
    fang = client_for(people.fang)
    for number in range(10):
        asked(fang, f"1391111{number:04}")
    with django_assert_max_num_queries(3):  # type: ignore[operator]  # a fixture that is a context manager's maker
        assert len(listed(fang)) == 10


@pytest.mark.parametrize(("name", "value"), [("limit", "0"), ("limit", "x"), ("cursor", "x"), ("cursor", "cD1hYg==")])
def test_what_is_wrong_is_named(people: People, name: str, value: str) -> None:
    answer = client_for(people.fang).get(URL, {name: value})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [name]


def test_citizens_only(people: People) -> None:
    assert client_for(people.supervisor).get(URL).status_code == 403
