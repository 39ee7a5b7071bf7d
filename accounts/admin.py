"""People in the admin: to look at. Nothing is edited here, and no phone number is shown in full."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import Role, User


@admin.register(User)
class UserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Staff and citizens; administrators and auditors may look."""

    list_display = ["username", "display_name", "kind", "agency", "badge_number", "phone_masked", "is_active"]
    list_filter = ["kind", "is_active"]
    list_select_related = ["agency"]
    search_fields = ["username", "badge_number"]
    fields = (
        "username",
        "display_name",
        "kind",
        "phone_masked",
        "agency",
        "badge_number",
        "roles",
        "unit_id",
        "is_active",
        "created_at",
        "last_login",
    )
    readonly_fields = fields

    @admin.display(description="手机号")
    def phone_masked(self, user: User) -> str:
        """``138****1234``."""
        return user.masked_phone

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether people are listed on the index."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Whether one may look."""
        user = request.user
        return isinstance(user, User) and user.is_active and user.has_role(Role.ADMIN, Role.AUDITOR)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Citizens make themselves, staff are made by ``make_staff``."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not here."""
        return False
