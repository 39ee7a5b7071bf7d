"""Which room answers which address."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from police110 import client_config, pages

API = [
    "accounts",
    "reports",
    "evidence",
    "guardian",
    "dispatch",
]

urlpatterns = [
    path("", pages.home, name="home"),
    path("healthz", pages.healthz),
    path("readyz", pages.readyz),
    path("", include("django_prometheus.urls")),
    path("admin/", admin.site.urls),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("api/v1/client-config", client_config.ClientConfig.as_view()),
    *(path("api/v1/", include(f"{room}.urls")) for room in API),
]

handler400 = "foundation.problem.bad_request"
handler404 = "foundation.problem.not_found"
handler500 = "foundation.problem.server_error"
