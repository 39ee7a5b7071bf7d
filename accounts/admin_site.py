"""The admin's door: password and one-time code, judged as for the API, and audited."""

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.http import HttpRequest, HttpResponse
from django_otp.admin import OTPAdminSite

from accounts.actions import staff, tokens
from accounts.models import User
from accounts.net import address_of
from foundation.errors import DomainError


class StaffSignInForm(AdminAuthenticationForm):
    """User name, password and one-time code. Which one was wrong is not said."""

    otp_token = forms.CharField(
        label="动态口令", max_length=20, widget=forms.TextInput(attrs={"autocomplete": "one-time-code"})
    )

    def clean(self) -> dict[str, Any]:
        """Judge the three together."""
        data = self.cleaned_data
        if {"username", "password", "otp_token"} <= data.keys() and self.request is not None:
            try:
                self.user_cache = staff.check(
                    username=data["username"],
                    password=data["password"],
                    otp=data["otp_token"],
                    address=address_of(self.request),
                )
            except DomainError as error:
                raise forms.ValidationError(error.detail, code=error.code) from error
        return data


class StaffAdminSite(OTPAdminSite):  # type: ignore[misc]  # django-otp has no types
    """Open to those who have passed the second factor only."""

    login_form = StaffSignInForm
    login_template = "accounts/login.html"
    site_title = site_header = "公安110 管理后台"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """End the session, on the record; sockets that it opened close."""
        if isinstance(request.user, User) and request.session.session_key:
            tokens.end_session(request.user, session_key=request.session.session_key)
        response: HttpResponse = super().logout(request, extra_context)
        return response
