"""Signing in and out, and one's own profile: parse → act → shape."""

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actions import citizens, codes, profile, staff, tokens
from accounts.actions.citizens import SignedIn
from accounts.authentication import actor_of, credential_of
from accounts.managers import phone_hash
from accounts.models import Token, User
from accounts.net import address_of
from accounts.phones import parse
from accounts.serializers import (
    CodeIn,
    CodeOut,
    MeIn,
    MeOut,
    SignedInOut,
    StaffSignedInOut,
    StaffTokenIn,
    TokenIn,
    TokenOut,
)
from foundation import clock, http, ids
from journal import idempotency

CURRENT = "current"
KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="Repeat a request whose answer was lost."
)
IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True, description="ETag of GET /me")
ETAG = OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=[200], description="For If-Match")
INVALID = OpenApiResponse(description="The input is not valid; `errors` names the fields.")
NOT_AUTHENTICATED = OpenApiResponse(description="`not_authenticated`: a valid credential is needed.")


class Codes(APIView):
    """Codes by SMS."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="ask_for_code",
        summary="Ask for a sign-in code by SMS",
        description="The answer is the same for known and unknown numbers. In the sandbox the code is `110110`.",
        tags=["accounts"],
        request=CodeIn,
        parameters=[KEY],
        responses={
            202: CodeOut,
            400: INVALID,
            429: OpenApiResponse(description="`too_many_requests`: wait for `Retry-After` seconds."),
        },
    )
    def post(self, request: Request) -> Response:
        """Send a code to a number."""
        data = _valid(CodeIn(data=request.data))
        phone = parse(data["phone"])

        def ask() -> tuple[object, Any]:
            asked = codes.ask_for_code(phone=phone)
            body = {
                "challenge_id": str(asked.challenge.pk),
                "expires_in": asked.expires_in,
                "resend_after": asked.resend_after,
            }
            return asked.challenge.pk, lambda: body

        # Of the number only keyed hashes are stored with the client's key.
        answer = idempotency.once(
            owner=ids.keyed_hash("asked-for-code", phone)[:60],
            scope="auth.codes",
            key=http.client_key(request),
            content={"phone": phone_hash(phone)},
            make=ask,
        )
        return http.created(answer.body, replayed=answer.replayed, status=202)


class TokenPages(http.Pages):
    """Tokens, newest first."""

    ordering = "-public_id"


class Tokens(APIView):
    """A person's tokens, one per device."""

    pagination_class = TokenPages

    def get_authenticators(self) -> list[Any]:
        """Who signs in is nobody yet: whatever credential comes along is not looked at."""
        return [] if self.request and self.request.method == "POST" else super().get_authenticators()

    def get_permissions(self) -> list[Any]:
        """Anyone may sign in; the list is for those who have."""
        return [AllowAny()] if self.request and self.request.method == "POST" else list(super().get_permissions())

    @extend_schema(
        operation_id="sign_in",
        summary="Sign in with the code from the SMS",
        description="With an `Idempotency-Key`, the same request within five minutes gives the same token again.",
        tags=["accounts"],
        auth=[],
        request=TokenIn,
        parameters=[KEY],
        responses={
            201: SignedInOut,
            400: INVALID,
            401: OpenApiResponse(
                description="`wrong_code`, `challenge_unknown`, `challenge_expired` or `challenge_used`."
            ),
            403: OpenApiResponse(description="`account_disabled`."),
            422: OpenApiResponse(description="`idempotency_conflict`."),
            429: OpenApiResponse(description="`too_many_attempts`: this challenge is over, ask for a new code."),
        },
    )
    def post(self, request: Request) -> Response:
        """Exchange a code for a token."""
        data = _valid(TokenIn(data=request.data))
        signed_in = citizens.sign_in(
            challenge_id=data["challenge_id"],
            code=data["code"],
            device=dict(data.get("device", {})),
            key=http.client_key(request),
        )
        return _secret(http.created(dict(SignedInOut(_signed_in(signed_in)).data), replayed=signed_in.replayed))

    @extend_schema(
        operation_id="list_tokens",
        summary="The devices that are signed in",
        tags=["accounts"],
        responses={200: TokenOut(many=True), 400: INVALID, 401: NOT_AUTHENTICATED},
    )
    def get(self, request: Request) -> Response:
        """One's own tokens, newest first."""
        pages = self.pagination_class()
        page = pages.paginate_queryset(_tokens_of(actor_of(request)), request, view=self)
        credential = credential_of(request)
        context = {"current": ids.parse_id(credential.key) if credential.kind == "token" else None}
        return pages.get_paginated_response(TokenOut(page or [], many=True, context=context).data)


class OneToken(APIView):
    """One of a person's own tokens."""

    @extend_schema(
        operation_id="sign_out",
        summary="Sign a device out",
        description="`current` is the token (or session) of this request. Open sockets are closed too.",
        tags=["accounts"],
        responses={204: None, 401: NOT_AUTHENTICATED, 404: OpenApiResponse(description="`not_found`.")},
    )
    def delete(self, request: Request, token_id: str) -> Response:
        """Revoke it."""
        actor, credential = actor_of(request), credential_of(request)
        if token_id == CURRENT and credential.kind == "session":
            tokens.end_session(actor, session_key=credential.key)
        else:
            tokens.revoke(actor, token_id=credential.key if token_id == CURRENT else token_id)
        return Response(status=204)


class StaffTokens(APIView):
    """Tokens of staff."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="sign_in_staff",
        summary="Staff sign in with password and one-time code",
        tags=["accounts"],
        request=StaffTokenIn,
        responses={
            201: StaffSignedInOut,
            400: INVALID,
            401: OpenApiResponse(description="`invalid_credentials`, whichever of the three is wrong."),
            429: OpenApiResponse(description="`too_many_requests`: wait for `Retry-After` seconds."),
        },
    )
    def post(self, request: Request) -> Response:
        """Exchange password and one-time code for a token."""
        signed_in = staff.sign_in(**_valid(StaffTokenIn(data=request.data)), address=address_of(request))
        user = signed_in.user
        body = StaffSignedInOut(_signed_in(signed_in) | {"agency": user.agency, "roles": user.roles}).data
        return _secret(Response(body, status=201))


class Me(APIView):
    """One's own profile."""

    @extend_schema(
        operation_id="read_me",
        summary="My profile",
        tags=["accounts"],
        parameters=[ETAG],
        responses={200: MeOut, 401: NOT_AUTHENTICATED},
    )
    def get(self, request: Request) -> Response:
        """Who I am; the ``ETag`` is needed to edit."""
        return _me(actor_of(request))

    @extend_schema(
        operation_id="edit_me",
        summary="Edit my profile",
        tags=["accounts"],
        request=MeIn,
        parameters=[IF_MATCH, ETAG],
        responses={
            200: MeOut,
            400: INVALID,
            401: NOT_AUTHENTICATED,
            412: OpenApiResponse(description="`precondition_failed`: edited since it was read."),
            428: OpenApiResponse(description="`precondition_required`: send `If-Match`."),
        },
    )
    def patch(self, request: Request) -> Response:
        """Change some fields."""
        if_match = http.if_match(request, required=True)
        changes = _valid(MeIn(data=request.data, partial=True))
        return _me(profile.edit_profile(actor_of(request), changes=changes, if_match=if_match))


def _valid(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _tokens_of(user: User) -> QuerySet[Token]:
    live = Q(expiry__isnull=True) | Q(expiry__gt=clock.now())
    return Token.objects.filter(live, user=user).select_related("device")


def _signed_in(signed_in: SignedIn) -> dict[str, Any]:
    return {"token": signed_in.text, "expires_at": signed_in.token.expiry, "user": signed_in.user}


def _me(user: User) -> Response:
    return Response(MeOut(user).data, headers={"ETag": http.etag(user)})


def _secret(response: Response) -> Response:
    """An answer that nothing on the way may keep."""
    response["Cache-Control"] = "no-store"
    return response
