"""The pages that belong to no room: the front door and health."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve

from police110 import readiness


@dataclass(frozen=True)
class Page:
    """An address that a person can open."""

    path: str
    chinese: str
    english: str


PAGES = (
    Page("/phone/", "演示手机", "demo phone"),
    Page("/console/", "指挥台", "dispatcher's console"),
    Page("/console/board/", "数据看板", "the figures"),
    Page("/console/unit/", "警力页面", "for a patrol"),
    Page("/missing-persons/", "寻人启事", "missing persons"),
    Page("/admin/", "管理后台", "admin"),
    Page("/api/docs/", "接口文档", "API documentation"),
    Page("/api/schema", "接口描述", "OpenAPI document"),
    Page("/healthz", "进程存活", "the process is up"),
    Page("/readyz", "可以服务", "database, layer and media are usable"),
    Page("/metrics", "指标", "Prometheus metrics"),
)


def present() -> list[Page]:
    """The pages that this installation has."""
    return [page for page in PAGES if _is_served(page.path)]


def _is_served(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def home(request: HttpRequest) -> HttpResponse:
    """What this is, with links to everything."""
    return render(
        request,
        "home.html",
        {"sandbox": settings.SANDBOX, "pages": present(), "base": request.build_absolute_uri("/")[:-1]},
    )


def healthz(request: HttpRequest) -> JsonResponse:
    """The process is up."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Database, layer and media are usable; 503 names what is not."""
    checks = readiness.check()
    ready = all(value == readiness.OK for value in checks.values())
    return JsonResponse({"status": "ok" if ready else "unavailable", **checks}, status=200 if ready else 503)
