"""Puts our admin site in the place of Django's. Read before the apps are ready: imports no model."""

from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    """Django's admin, with a second factor at the door."""

    default_site = "accounts.admin_site.StaffAdminSite"
