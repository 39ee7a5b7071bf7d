"""The addresses of this room, below ``/api/v1/``."""

from django.urls import path

from reports import api

urlpatterns = [
    path("reports", api.Reports.as_view()),
    path("reports/<str:report_id>", api.OneReport.as_view()),
    path("reports/<str:report_id>/fixes", api.Fixes.as_view()),
    path("reports/<str:report_id>/messages", api.Messages.as_view()),
    path("reports/<str:report_id>/messages/read", api.MessagesRead.as_view()),
    path("reports/<str:report_id>/recordings", api.Recordings.as_view()),
]
