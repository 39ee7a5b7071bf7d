"""``GET /me`` and ``PATCH /me``."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Token, User
from journal.models import AuditRecord
from tests.accounts.asking import patch
from tests.accounts.sessions import session_of
from tests.personas import COUNTY, People, client_for

pytestmark = pytest.mark.django_db

URL = "/api/v1/me"


def test_it_works(people: People, django_assert_num_queries: Any) -> None:
    client = client_for(people.fang)
    with django_assert_num_queries(1):
        answer = client.get(URL)
    assert answer.status_code == 200
    assert answer["ETag"] == '"1"'
    body = answer.json()
    assert body.pop("created_at").endswith("Z")
    assert body == {
        "id": str(people.fang.pk),
        "kind": "citizen",
        "display_name": "",
        "language": "zh-hans",
        "phone": "+8613800000001",
        "agency": None,
        "badge_number": "",
        "roles": [],
        "unit_id": None,
    }


def test_staff_see_their_agency_and_roles(people: People) -> None:
    body = client_for(people.patrol).get(URL).json()
    assert body["kind"] == "staff"
    assert body["phone"] is None
    assert body["agency"] == {"code": COUNTY, "name": "长安分局指挥中心", "level": "county"}
    assert (body["badge_number"], body["roles"]) == ("130102-patrol-1", ["patrol"])


def test_editing(people: People) -> None:
    client = client_for(people.fang)
    answer = patch(client, URL, {"display_name": " 王芳 ", "language": "en"}, HTTP_IF_MATCH='"1"')
    assert answer.status_code == 200
    assert answer["ETag"] == '"2"'
    assert (answer.json()["display_name"], answer.json()["language"]) == ("王芳", "en")
    assert client.get(URL).json() == answer.json()
    record = AuditRecord.objects.get(deed="profile.changed")
    assert record.detail == {"fields": ["display_name", "language"]}


def test_nothing_new_changes_nothing(people: People) -> None:
    answer = patch(client_for(people.fang), URL, {"display_name": ""}, HTTP_IF_MATCH="*")
    assert (answer.status_code, answer["ETag"]) == (200, '"1"')
    assert not AuditRecord.objects.exists()


def test_without_if_match_it_is_428(people: People) -> None:
    answer = patch(client_for(people.fang), URL, {"display_name": "王芳"})
    assert (answer.status_code, answer.json()["code"]) == (428, "precondition_required")


@pytest.mark.parametrize("tag", ['"2"', '"0"', "1", 'W/"1"', "", "x" * 5000])
def test_a_stale_if_match_is_412(people: People, tag: str) -> None:
    answer = patch(client_for(people.fang), URL, {"display_name": "王芳"}, HTTP_IF_MATCH=tag)
    assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed")
    assert User.objects.get(pk=people.fang.pk).display_name == ""


@pytest.mark.parametrize("field", ["phone", "kind", "roles", "agency", "id", "is_superuser", "username", "nonsense"])
def test_other_fields_are_refused_by_name(people: People, field: str) -> None:
    answer = patch(client_for(people.fang), URL, {field: "13900000000"}, HTTP_IF_MATCH='"1"')
    assert answer.status_code == 400
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [(field, "not_editable")]
    assert User.objects.get(pk=people.fang.pk).phone == "+8613800000001"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"display_name": None}, "display_name"),
        ({"display_name": "x" * 61}, "display_name"),
        ({"display_name": "a\x00b"}, "display_name"),
        ({"display_name": "a\nb"}, "display_name"),
        ({"display_name": "\u202e方芳"}, "display_name"),
        ({"display_name": "\ud800"}, "display_name"),
        ({"display_name": ["x"]}, "display_name"),
        ({"language": "klingon"}, "language"),
        ({"language": "\ud800"}, "language"),
        ({"language": {}}, "language"),
        ({"\ud800": 1}, "?"),
        ([], "non_field_errors"),
        ("x", "non_field_errors"),
    ],
)
def test_bad_input_is_400_and_named(people: People, body: Any, field: str) -> None:
    answer = patch(client_for(people.fang), URL, body, HTTP_IF_MATCH='"1"')
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("text", ["", " ", "x", "0" * 64, "x" * 10_000, "a\x00b", "a b", "ÿ" * 64, "a b c", "Bearer x"])
def test_a_garbage_token_is_401(api: APIClient, text: str) -> None:
    answer = api.get(URL, HTTP_AUTHORIZATION=f"Bearer {text}")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("header", ["", "Basic eDp5", "bearer", "Token x", "\x00", "ÿ"])
def test_no_usable_header_is_401(api: APIClient, header: str) -> None:
    assert api.get(URL, HTTP_AUTHORIZATION=header).status_code == 401


def test_the_scheme_is_read_in_any_case(people: People, api: APIClient) -> None:
    _, text = Token.issue(people.fang)
    assert api.get(URL, HTTP_AUTHORIZATION=f"bEARER {text}").status_code == 200


def test_an_inactive_user_is_401(people: People) -> None:
    client = client_for(people.fang)
    User.objects.filter(pk=people.fang.pk).update(is_active=False)
    assert client.get(URL).status_code == 401


class TestSession:
    """The console's session cookie."""

    def test_it_works(self, people: People, django_assert_num_queries: Any) -> None:
        client = Client()
        session_of(people.dispatcher, client=client)
        with django_assert_num_queries(3):
            answer = client.get(URL)
        assert answer.status_code == 200
        assert answer.json()["id"] == str(people.dispatcher.pk)
        assert "Cookie" in answer["Vary"]

    def test_changes_need_the_csrf_token(self, people: People) -> None:
        client = APIClient(enforce_csrf_checks=True)
        session_of(people.dispatcher, client=client)
        answer = patch(client, URL, {"language": "en"}, HTTP_IF_MATCH="*")
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        client.get("/admin/")
        token = client.cookies["csrftoken"].value
        answer = patch(client, URL, {"language": "en"}, HTTP_IF_MATCH="*", HTTP_X_CSRFTOKEN=token)
        assert answer.status_code == 200

    def test_a_token_needs_none(self, people: People) -> None:
        client = APIClient(enforce_csrf_checks=True)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {Token.issue(people.dispatcher)[1]}")
        assert patch(client, URL, {"language": "en"}, HTTP_IF_MATCH="*").status_code == 200

    def test_the_password_alone_is_401(self, people: People) -> None:
        client = Client()
        client.force_login(people.dispatcher)
        assert client.get(URL).status_code == 401

    def test_a_garbage_cookie_is_401(self, api: APIClient) -> None:
        for value in ("x", "x" * 4000, "ÿ", "a b"):
            api.cookies["sessionid"] = value
            assert api.get(URL).status_code == 401
