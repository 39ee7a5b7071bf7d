"""Addresses that fail in every way, for the tests of the HTTP door."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from rest_framework import exceptions, renderers, serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from foundation import errors, http
from journal.models import AuditRecord

RAISES: dict[str, BaseException] = {
    "invalid": errors.Invalid.field("phone", "invalid", "No such number."),
    "unauthenticated": errors.Unauthenticated(),
    "forbidden": errors.Forbidden(),
    "not-found": errors.NotFound(),
    "conflict": errors.Conflict(code="kettle_empty", litres=0),
    "illegal": errors.IllegalTransition(),
    "key": errors.IdempotencyConflict(id="0190"),
    "failed": errors.PreconditionFailed(),
    "required": errors.PreconditionRequired(),
    "large": errors.TooLarge(),
    "many": errors.TooMany(retry_after=7),
    "unavailable": errors.Unavailable(),
    "greedy": errors.Conflict(status="closed", title="x", type="y", request_id="z", fields=1, litres=2),
    "bare": errors.DomainError(),
    "http404": Http404("secret"),
    "denied": PermissionDenied("no"),
    "throttled": exceptions.Throttled(wait=1.2),
    "gone": exceptions.APIException("gone", code="gone"),
    "database": OperationalError("connection to 10.0.0.1 refused"),
    "data": DataError("NUL in +8613800000001"),
    "unchecked": ValidationError({"kind": ["wrong"]}),
    "bug": KeyError("+8613800000001"),
}


class Raise(APIView):
    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    def get(self, request: Request, what: str) -> Response:
        raise RAISES[what]


class Picture(renderers.BaseRenderer):
    media_type = "image/png"
    format = "png"

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> Any:
        assert isinstance(data, bytes), "a picture is bytes"
        return data


class RaiseAsPicture(Raise):
    renderer_classes = [Picture]


class Point(serializers.Serializer[Any]):
    lon = serializers.FloatField(max_value=180)
    code = serializers.CharField(required=False)
    message = serializers.CharField(required=False)


class Pair(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()


class Form(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["tea", "coffee"])
    points = Point(many=True, required=False)
    sizes = serializers.ListField(child=serializers.IntegerField(), required=False)
    pair = Pair(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["kind"] == "coffee":
            raise serializers.ValidationError("There is none.", code="out")
        return attrs


class Brew(APIView):
    """Gives back what came in."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    def post(self, request: Request) -> Response:
        form = Form(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(form.validated_data)

    def put(self, request: Request) -> Response:
        return Response({"data": request.data, "key": http.client_key(request)})


class Records(APIView):
    """A list in pages."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    def get(self, request: Request) -> Response:
        pages = http.Pages()
        rows = pages.paginate_queryset(AuditRecord.objects.all(), request)
        return pages.get_paginated_response([str(row.id) for row in rows])


def plain_bug(request: HttpRequest) -> HttpResponse:
    raise KeyError("+8613800000001")


urlpatterns = [
    path("api/v1/raise/<str:what>", Raise.as_view()),
    path("api/v1/picture/<str:what>", RaiseAsPicture.as_view()),
    path("api/v1/brew", Brew.as_view()),
    path("api/v1/records", Records.as_view()),
    path("api/v1/plain-bug", plain_bug),
    path("api/v1/playback/<str:ticket>/index.m3u8", Raise.as_view(), {"what": "not-found"}),
]

handler400 = "foundation.problem.bad_request"
handler404 = "foundation.problem.not_found"
handler500 = "foundation.problem.server_error"
