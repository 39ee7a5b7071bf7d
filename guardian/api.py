"""Contacts over HTTP, for citizens. Staff are refused (403)."""

import uuid
from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import actor_of
from accounts.permissions import IsCitizen
from foundation import clock, ids
from foundation.errors import NotFound
from foundation.http import Pages, client_key, content_of, created
from guardian import actions, serializers
from guardian.models import Contact

KEY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, description="Instead of `client_uuid`")


class Contacts(APIView):
    """Ask someone; see whom one has and who asks."""

    permission_classes = [IsCitizen]

    @extend_schema(
        operation_id="contacts_list",
        summary="Own contacts and the requests in both directions, newest first",
        parameters=[OpenApiParameter("limit", int), OpenApiParameter("cursor", str)],
        responses=serializers.ContactPageOut,
    )
    def get(self, request: Request) -> Response:
        """What is in this person's list now."""
        actor, now, pages = actor_of(request), clock.now(), Pages()
        visible = Contact.objects.visible_to(actor, at=now).select_related("asker", "invited")
        page = pages.paginate_queryset(visible, request, view=self)
        return pages.get_paginated_response([serializers.contact(row, actor, now) for row in page])

    @extend_schema(
        operation_id="contacts_create",
        summary="Ask someone to be a contact, by phone number",
        description="The answer does not tell whether the number has an account, and neither does the list until the "
        "other person accepts: a declined request looks `requested` until it expires, seven days after it was made.",
        parameters=[KEY],
        request=serializers.ContactIn,
        responses={
            201: serializers.ContactOut,
            409: OpenApiResponse(description="`contact_exists`: asked already, with the `id`"),
            429: OpenApiResponse(description="`too_many_open_requests`"),
        },
    )
    def post(self, request: Request) -> Response:
        """Ask, once per key."""
        form = serializers.ContactIn(data=request.data)
        form.is_valid(raise_exception=True)
        wanted: dict[str, Any] = form.validated_data
        answer = actions.request(
            actor_of(request),
            phone=wanted["phone"],
            label=wanted["label"],
            key=client_key(request),
            content=content_of(request),
        )
        return created(answer.body, replayed=answer.replayed)


class Accept(APIView):
    """Agree."""

    permission_classes = [IsCitizen]

    @extend_schema(
        operation_id="contacts_accept",
        summary="Agree to be the asker's contact",
        request=None,
        responses={
            200: serializers.ContactOut,
            409: OpenApiResponse(description="`request_expired`, or `illegal_transition` after a decline"),
        },
    )
    def post(self, request: Request, contact_id: str) -> Response:
        """Accept the request."""
        actor = actor_of(request)
        accepted = actions.accept(actor, contact_id=_parsed(contact_id))
        return Response(serializers.contact(accepted, actor, clock.now()))


class Decline(APIView):
    """Don't."""

    permission_classes = [IsCitizen]

    @extend_schema(
        operation_id="contacts_decline",
        summary="Decline a request; the asker is not told",
        request=None,
        responses={
            200: serializers.ContactOut,
            409: OpenApiResponse(description="`request_expired`, or `illegal_transition` after acceptance"),
        },
    )
    def post(self, request: Request, contact_id: str) -> Response:
        """Decline the request."""
        actor = actor_of(request)
        declined = actions.decline(actor, contact_id=_parsed(contact_id))
        return Response(serializers.contact(declined, actor, clock.now()))


class OneContact(APIView):
    """One contact or request."""

    permission_classes = [IsCitizen]

    @extend_schema(
        operation_id="contacts_delete",
        summary="End it for both; either may. An open request is withdrawn by the asker, declined by the other",
        responses={204: None},
    )
    def delete(self, request: Request, contact_id: str) -> Response:
        """End it."""
        actions.end(actor_of(request), contact_id=_parsed(contact_id))
        return Response(status=204)


def _parsed(contact_id: str) -> uuid.UUID:
    parsed = ids.parse_id(contact_id)
    if parsed is None:
        raise NotFound
    return parsed
