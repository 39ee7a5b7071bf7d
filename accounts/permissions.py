"""Which kind of person an endpoint is for. What one may do with a given row is the rooms' policy, not decided here."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView


class IsCitizen(BasePermission):
    """Members of the public only; 401 without a credential, 403 for staff."""

    message = "Only citizens may do this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the one who asks is a citizen."""
        return request.user is not None and request.user.is_authenticated and request.user.is_citizen


class IsStaff(BasePermission):
    """Police staff only; 401 without a credential, 403 for citizens."""

    message = "仅限民警使用。"

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the one who asks is police staff."""
        return request.user is not None and request.user.is_authenticated and request.user.is_staff
