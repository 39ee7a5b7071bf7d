"""Units and the dictionaries of the forms, over HTTP."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch import classes
from dispatch.api.doors import PAGE, StaffView
from dispatch.api.filters import filtered_units
from dispatch.classes import Ground, Level, ResultCode
from dispatch.models import Unit
from dispatch.serializers.outgoing import IncidentClassesOut, UnitOut
from foundation.http import Pages


class Units(StaffView):
    """The units of the own agency and below; a patrol sees its own."""

    @extend_schema(
        operation_id="units_list",
        summary="Units that the actor may see",
        parameters=[
            OpenApiParameter("agency", str, description="Code: of it or below"),
            OpenApiParameter("status", str, description="One or several, with commas between"),
            *PAGE,
        ],
        responses=UnitOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """A page."""
        found = filtered_units(Unit.objects.visible_to(self.actor), request.query_params)
        pages = Pages()
        page = pages.paginate_queryset(found.select_related("agency", "base"), request, view=self)
        return pages.get_paginated_response(UnitOut(page, many=True).data)


class IncidentClasses(StaffView):
    """The class table in force, the levels, the results and the grounds."""

    @extend_schema(
        operation_id="incident_classes_list",
        summary="The dictionaries of the forms; the class table is a sample until the province replaces it",
        responses=IncidentClassesOut,
    )
    def get(self, request: Request) -> Response:
        """The whole table: it has a few hundred rows."""
        body = {
            "results": list(classes.dictionary().values()),
            "next": None,
            "sample": classes.is_sample(),
            "levels": [{"level": value, "name": label} for value, label in Level.choices],
            "result_codes": [{"code": value, "name": label} for value, label in ResultCode.choices],
            "grounds": [{"code": value, "name": label} for value, label in Ground.choices],
        }
        return Response(IncidentClassesOut(body).data)
