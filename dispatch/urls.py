"""The addresses of this room, below ``/api/v1/``."""

from django.urls import path

from dispatch.api import incident_deeds, incidents, orders, units

INCIDENT, ORDER = "incidents/<uuid:incident_id>", "orders/<uuid:order_id>"

urlpatterns = [
    path("incident-classes", units.IncidentClasses.as_view()),
    path("units", units.Units.as_view()),
    path("incidents", incidents.Incidents.as_view()),
    path(INCIDENT, incidents.OneIncident.as_view()),
    path(f"{INCIDENT}/timeline", incidents.Timeline.as_view()),
    path(f"{INCIDENT}/messages", incidents.Messages.as_view()),
    path(f"{INCIDENT}/messages/read", incidents.MessagesRead.as_view()),
    path(f"{INCIDENT}/claim", incident_deeds.Claim.as_view()),
    path(f"{INCIDENT}/heartbeat", incident_deeds.Heartbeat.as_view()),
    path(f"{INCIDENT}/release", incident_deeds.Release.as_view()),
    path(f"{INCIDENT}/take-over", incident_deeds.TakeOver.as_view()),
    path(f"{INCIDENT}/accept", incident_deeds.Accept.as_view()),
    path(f"{INCIDENT}/cancel", incident_deeds.Cancel.as_view()),
    path(f"{INCIDENT}/invalidate", incident_deeds.Invalidate.as_view()),
    path(f"{INCIDENT}/revive", incident_deeds.Revive.as_view()),
    path(f"{INCIDENT}/close", incident_deeds.Close.as_view()),
    path(f"{INCIDENT}/archive", incident_deeds.Archive.as_view()),
    path(f"{INCIDENT}/orders", orders.IssueOrder.as_view()),
    path("orders", orders.Orders.as_view()),
    path(ORDER, orders.OneOrder.as_view()),
    path(f"{ORDER}/sign", orders.Sign.as_view()),
    path(f"{ORDER}/depart", orders.Depart.as_view()),
    path(f"{ORDER}/arrive", orders.Arrive.as_view()),
    path(f"{ORDER}/done", orders.Done.as_view()),
    path(f"{ORDER}/urge", orders.Urge.as_view()),
    path(f"{ORDER}/request-return", orders.RequestReturn.as_view()),
    path(f"{ORDER}/review-return", orders.ReviewReturn.as_view()),
    path(f"{ORDER}/cancel", orders.CancelOrder.as_view()),
    path(f"{ORDER}/feedback", orders.GiveFeedback.as_view()),
    path(f"{ORDER}/feedback/send-back", orders.SendFeedbackBack.as_view()),
]
