"""Contacts over HTTP. For citizens; staff are refused (403)."""

import uuid

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import actor_of
from accounts.permissions import IsCitizen
from foundation.http import Pages, client_key, content_of, created
from guardian import actions, serializers
from guardian.models import Contact

KEY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, description="Instead of `client_uuid`")


class Contacts(APIView):
    """One's contacts and the requests between oneself and others."""

    permission_classes = [IsCitizen]

    @extend_schema(
        operation_id="contacts_list",
        summary="Contacts and open requests, in both directions, newest first",
        parameters=[OpenApiParameter("limit", int), OpenApiParameter("cursor", str)],
        responses=serializers.ContactPageOut,
    )
    def get(self, request: Request) -> Response:
        """Both directions."""
        actor = actor_of(request)
        pages = Pages()
        rows = Contact.objects.listed_for(actor).select_related("asker")
        page = pages.paginate_queryset(rows, request, view=self)
        return pages.get_paginated_response([serializers.contact_for(actor, contact) for contact in page])

    @extend_schema(
        operation_id="contacts_create",
        summary="Ask the owner of a phone number to be a contact",
        description="The answer, its timing and the list are the same whether or not the number has an account, and "
        "whether its owner has not answered or has declined. A request lapses after 7 days.",
        parameters=[KEY],
        request=serializers.ContactIn,
        responses={
            201: serializers.ContactOut,
            409: OpenApiResponse(description="`contact_exists`; `id` names the relation or request in your list"),
            422: OpenApiResponse(description="`idempotency_conflict`"),
            429: OpenApiResponse(description="`too_many_open_requests`: 50 of your requests wait for an answer"),
        },
    )
    def post(self, request: Request) -> Response:
        """Ask."""
        actor = actor_of(request)
        form = serializers.ContactIn(data=request.data)
        form.is_valid(raise_exception=True)
        answer = actions.ask_contact(
            actor,
            phone=form.validated_data["phone"],
            label=form.validated_data.get("label", ""),
            key=client_key(request),
            content=content_of(request),
            shape=lambda contact: serializers.contact_for(actor, contact),
        )
        return created(answer.body, replayed=answer.replayed)


class OneContact(APIView):
    """One relation."""

    permission_classes = [IsCitizen]

    @extend_schema(
        operation_id="contacts_delete",
        summary="End it: withdraw a request, or part; to the invited, who has not answered, the same as declining",
        responses={204: None},
    )
    def delete(self, request: Request, contact_id: uuid.UUID) -> Response:
        """Both sides lose it."""
        actions.end_contact(actor_of(request), contact_id=contact_id)
        return Response(status=204)


class Accept(APIView):
    """The invited agrees."""

    permission_classes = [IsCitizen]

    @extend_schema(
        operation_id="contacts_accept",
        summary="Agree to be someone's contact",
        request=None,
        responses={200: serializers.ContactOut, 409: OpenApiResponse(description="`illegal_transition`")},
    )
    def post(self, request: Request, contact_id: uuid.UUID) -> Response:
        """Agree."""
        actor = actor_of(request)
        contact = actions.accept_contact(actor, contact_id=contact_id)
        return Response(serializers.contact_for(actor, contact))


class Decline(APIView):
    """The invited does not agree."""

    permission_classes = [IsCitizen]

    @extend_schema(
        operation_id="contacts_decline",
        summary="Do not agree; the asker is not told",
        request=None,
        responses={200: serializers.ContactOut, 409: OpenApiResponse(description="`illegal_transition`")},
    )
    def post(self, request: Request, contact_id: uuid.UUID) -> Response:
        """Decline."""
        actor = actor_of(request)
        contact = actions.decline_contact(actor, contact_id=contact_id)
        return Response(serializers.contact_for(actor, contact))
