"""Orders over HTTP: issue one, see them, and the deeds of the desk and of the unit."""

import uuid
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch import actions, snapshots
from dispatch.api.doors import IF_MATCH, KEY, PAGE, REFUSED, OrderDeed, StaffView, read
from dispatch.api.filters import filtered_orders
from dispatch.models import Feedback, Order
from dispatch.serializers.incoming import FeedbackIn, OrderIn, ReasonIn, ReviewIn
from dispatch.serializers.outgoing import FeedbackOut, OrderDetailOut, OrderOut
from foundation.errors import NotFound
from foundation.http import Pages, client_key, content_of, created, etag, if_match
from journal import streams


class IssueOrder(StaffView):
    """派警."""

    @extend_schema(
        operation_id="orders_create",
        summary="Send a unit; a busy one needs confirm_busy",
        parameters=[IF_MATCH, KEY],
        request=OrderIn,
        responses={201: OrderOut, **REFUSED},
    )
    def post(self, request: Request, incident_id: uuid.UUID) -> Response:
        """Issue an order, once per key."""
        clean = read(OrderIn(data=request.data))
        answer = actions.issue_order(
            self.actor,
            incident_id=incident_id,
            unit_id=clean["unit_id"],
            instruction=clean["instruction"],
            confirm_busy=clean["confirm_busy"],
            if_match=if_match(request, required=False),
            key=client_key(request),
            content=content_of(request),
            shape=lambda order: dict(OrderOut(snapshots.order_row(order.id)).data),
        )
        return created(answer.body, replayed=answer.replayed)


class Orders(StaffView):
    """The orders that one may see."""

    @extend_schema(
        operation_id="orders_list",
        summary="Orders that the actor may see, newest first; a patrol sees those of its unit",
        parameters=[
            OpenApiParameter("unit", str),
            OpenApiParameter("state", str, description="One or several, with commas between"),
            *PAGE,
        ],
        responses=OrderOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """A page."""
        found = filtered_orders(Order.objects.visible_to(self.actor), request.query_params)
        pages = Pages()
        page = pages.paginate_queryset(snapshots.for_order_lists(found), request, view=self)
        return pages.get_paginated_response(OrderOut(page, many=True).data)


class OneOrder(StaffView):
    """One order."""

    @extend_schema(
        operation_id="orders_retrieve",
        summary="An order with its feedbacks, as of its unit's stream",
        responses={200: OrderDetailOut, 404: REFUSED[404]},
    )
    def get(self, request: Request, order_id: uuid.UUID) -> Response:
        """The order."""
        seen = Order.objects.visible_to(self.actor).filter(pk=order_id)
        unit_id = seen.values_list("unit_id", flat=True).first()
        if unit_id is None:
            raise NotFound
        head = streams.head_of(f"unit:{unit_id}")
        row = snapshots.order_row(order_id)
        body = OrderDetailOut(row, context={"stream": head.as_json()}).data
        return Response(body, headers={"ETag": etag(row)})


def described(operation: str, summary: str, form: Any = None) -> Any:
    """The deed's place in the API's description."""
    return extend_schema_view(
        post=extend_schema(
            operation_id=operation,
            summary=summary,
            parameters=[IF_MATCH],
            request=form,
            responses={200: OrderOut, **REFUSED},
        )
    )


@described("orders_sign", "The unit has the order")
class Sign(OrderDeed):
    """签收."""

    def act(self, order_id: uuid.UUID, header: str | None, clean: dict[str, Any]) -> Order:
        """Sign."""
        return actions.sign(self.actor, order_id=order_id, if_match=header)


@described("orders_depart", "The unit sets out")
class Depart(OrderDeed):
    """出警."""

    def act(self, order_id: uuid.UUID, header: str | None, clean: dict[str, Any]) -> Order:
        """Set out."""
        return actions.depart(self.actor, order_id=order_id, if_match=header)


@described("orders_arrive", "The unit is there")
class Arrive(OrderDeed):
    """到场."""

    def act(self, order_id: uuid.UUID, header: str | None, clean: dict[str, Any]) -> Order:
        """Arrive."""
        return actions.arrive(self.actor, order_id=order_id, if_match=header)


@described("orders_done", "The work on the scene is done; the feedback follows")
class Done(OrderDeed):
    """处置完毕."""

    def act(self, order_id: uuid.UUID, header: str | None, clean: dict[str, Any]) -> Order:
        """Finish."""
        return actions.finish(self.actor, order_id=order_id, if_match=header)


@described("orders_urge", "Tell the unit that the desk is waiting")
class Urge(OrderDeed):
    """催办."""

    def act(self, order_id: uuid.UUID, header: str | None, clean: dict[str, Any]) -> Order:
        """Urge."""
        return actions.urge(self.actor, order_id=order_id, if_match=header)


@described("orders_request_return", "The unit asks to be relieved of the order", ReasonIn)
class RequestReturn(OrderDeed):
    """申请退单."""

    form = ReasonIn

    def act(self, order_id: uuid.UUID, header: str | None, clean: dict[str, Any]) -> Order:
        """Ask."""
        return actions.request_return(self.actor, order_id=order_id, if_match=header, **clean)


@described("orders_review_return", "Approve the return, or refuse it with a reason", ReviewIn)
class ReviewReturn(OrderDeed):
    """退单审核."""

    form = ReviewIn

    def act(self, order_id: uuid.UUID, header: str | None, clean: dict[str, Any]) -> Order:
        """Decide."""
        return actions.review_return(self.actor, order_id=order_id, if_match=header, **clean)


@described("orders_cancel", "Call the unit off before it is there", ReasonIn)
class CancelOrder(OrderDeed):
    """撤销."""

    form = ReasonIn

    def act(self, order_id: uuid.UUID, header: str | None, clean: dict[str, Any]) -> Order:
        """Call off."""
        return actions.cancel_order(self.actor, order_id=order_id, if_match=header, **clean)


class GiveFeedback(StaffView):
    """反馈."""

    @extend_schema(
        operation_id="orders_feedback_create",
        summary="Say what came of an order that is done",
        parameters=[IF_MATCH, KEY],
        request=FeedbackIn,
        responses={201: FeedbackOut, **REFUSED},
    )
    def post(self, request: Request, order_id: uuid.UUID) -> Response:
        """Give the feedback, once per key."""
        clean = read(FeedbackIn(data=request.data))
        clean.pop("client_uuid", None)
        answer = actions.give_feedback(
            self.actor,
            order_id=order_id,
            form=clean,
            if_match=if_match(request, required=False),
            key=client_key(request),
            content=content_of(request),
            shape=_feedback,
        )
        return created(answer.body, replayed=answer.replayed)


def _feedback(row: Feedback) -> dict[str, Any]:
    return dict(FeedbackOut(row).data)


@described("orders_feedback_send_back", "Ask for another feedback", ReasonIn)
class SendFeedbackBack(OrderDeed):
    """反馈退回."""

    form = ReasonIn

    def act(self, order_id: uuid.UUID, header: str | None, clean: dict[str, Any]) -> Order:
        """Send back."""
        return actions.send_feedback_back(self.actor, order_id=order_id, if_match=header, **clean)
