"""What the views of this room share: staff only, parse → act → shape."""

import uuid
from typing import Any, ClassVar, cast

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts.models import User
from dispatch import snapshots
from dispatch.models import Incident, Order
from dispatch.serializers.outgoing import IncidentOut, OrderOut
from foundation.errors import NotFound
from foundation.http import etag, if_match

IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description="The row's ETag; stale → 412")
KEY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, description="Instead of `client_uuid`")
PAGE = [OpenApiParameter("limit", int), OpenApiParameter("cursor", str)]
REFUSED = {
    403: OpenApiResponse(description="Seen, but not this actor's to do"),
    404: OpenApiResponse(description="There is none, or none that this actor may see"),
    409: OpenApiResponse(description="The state does not allow it; `code` says why"),
    412: OpenApiResponse(description="`precondition_failed`: the row changed since it was read"),
}


class StaffView(APIView):
    """For staff. To the public these addresses do not exist: what one may not see is 404."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Authenticate, then show the door to whoever is not of the police, or may not see the row of this address.

        Before anything that was sent is looked at: to those who may not see a row, nothing is right or wrong with a form.
        """
        super().initial(request, *args, **kwargs)
        if not self.actor.is_staff:
            raise NotFound
        for name, rows in (("incident_id", Incident.objects), ("order_id", Order.objects)):
            if name in kwargs and not rows.visible_to(self.actor).filter(pk=kwargs[name]).exists():
                raise NotFound

    @property
    def actor(self) -> User:
        """Who asks."""
        return cast("User", self.request.user)


def read(form: Serializer[Any]) -> dict[str, Any]:
    """The checked input; a `ValidationError` names the fields."""
    form.is_valid(raise_exception=True)
    clean: dict[str, Any] = form.validated_data
    return clean


class IncidentDeed(StaffView):
    """``POST /incidents/{id}/<deed>``: the form, the action, the incident as it is then."""

    form: ClassVar[type[Serializer[Any]] | None] = None

    def act(self, incident_id: uuid.UUID, header: str | None, clean: dict[str, Any]) -> Incident:
        """Call the action."""
        raise NotImplementedError

    def post(self, request: Request, incident_id: uuid.UUID) -> Response:
        """Do it."""
        clean = read(self.form(data=request.data)) if self.form else {}
        return incident_answer(self.act(incident_id, if_match(request, required=False), clean).id)


class OrderDeed(StaffView):
    """``POST /orders/{id}/<deed>``: the form, the action, the order as it is then."""

    form: ClassVar[type[Serializer[Any]] | None] = None

    def act(self, order_id: uuid.UUID, header: str | None, clean: dict[str, Any]) -> Order:
        """Call the action."""
        raise NotImplementedError

    def post(self, request: Request, order_id: uuid.UUID) -> Response:
        """Do it."""
        clean = read(self.form(data=request.data)) if self.form else {}
        return order_answer(self.act(order_id, if_match(request, required=False), clean).id)


def incident_answer(incident_id: uuid.UUID) -> Response:
    """The incident with its ETag."""
    row = snapshots.incident_row(incident_id)
    return Response(IncidentOut(row).data, headers={"ETag": etag(row)})


def order_answer(order_id: uuid.UUID) -> Response:
    """The order with its ETag."""
    row = snapshots.order_row(order_id)
    return Response(OrderOut(row).data, headers={"ETag": etag(row)})
