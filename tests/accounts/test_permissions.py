"""Which kind of person an endpoint is for: 401 for nobody, 403 for the wrong kind."""

import pytest
from django.contrib.sessions.backends.db import SessionStore
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from accounts.models import Token, User
from accounts.permissions import IsCitizen, IsStaff
from tests.personas import People

pytestmark = pytest.mark.django_db


def ask(permission: type[BasePermission], user: User | None) -> tuple[int, str]:
    class View(APIView):
        permission_classes = [permission]

        def get(self, request: Request) -> Response:
            return Response({"code": "ok"})

    headers = {"Authorization": f"Bearer {Token.issue(user)[1]}"} if user else {}
    request = APIRequestFactory().get("/", headers=headers)
    request.session = SessionStore()
    answer = View.as_view()(request)
    return answer.status_code, answer.data["code"]


def test_it_works(people: People) -> None:
    assert ask(IsCitizen, people.fang) == (200, "ok")
    assert ask(IsStaff, people.dispatcher) == (200, "ok")


def test_the_wrong_kind_is_403(people: People) -> None:
    assert ask(IsCitizen, people.dispatcher) == (403, "forbidden")
    assert ask(IsStaff, people.fang) == (403, "forbidden")
    assert ask(IsStaff, User.objects.system()) == (403, "forbidden")


def test_nobody_is_401(people: People) -> None:
    assert ask(IsCitizen, None) == (401, "not_authenticated")
    assert ask(IsStaff, None) == (401, "not_authenticated")
