"""The addresses of this room, below ``/api/v1/``."""

from django.urls import path

from accounts import api

urlpatterns = [
    path("auth/codes", api.Codes.as_view()),
    path("auth/tokens", api.Tokens.as_view()),
    path("auth/tokens/<str:token_id>", api.OneToken.as_view()),
    path("auth/staff-tokens", api.StaffTokens.as_view()),
    path("me", api.Me.as_view()),
]
