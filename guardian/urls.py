"""The addresses of this room, below ``/api/v1/``."""

from django.urls import path

from guardian import api

urlpatterns = [
    path("contacts", api.Contacts.as_view()),
    path("contacts/<str:contact_id>", api.OneContact.as_view()),
    path("contacts/<str:contact_id>/accept", api.Accept.as_view()),
    path("contacts/<str:contact_id>/decline", api.Decline.as_view()),
]
