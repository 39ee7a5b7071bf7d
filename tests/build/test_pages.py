"""The front door, and whether the server is well."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from police110 import readiness

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    settings.MEDIA_ROOT = folder
    return folder


def test_the_front_page_links_to_pages_that_exist(client: Client) -> None:
    page = client.get("/").content.decode()
    links = re.findall(r'<a href="([^"]+)"', page)
    assert {"/admin/", "/api/docs/", "/api/schema", "/healthz", "/readyz", "/metrics"} <= set(links)
    for link in links:
        assert client.get(link).status_code in {200, 302}, link
    assert "公安110" in page


@pytest.mark.parametrize("path", ["/", "/api/docs/"])
def test_pages_ask_nothing_of_other_hosts(client: Client, path: str) -> None:
    page = client.get(path).content.decode()
    page = page.replace("http://testserver", "").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"(?:https?:)?//\w", page)


def test_the_documentation_has_its_files(client: Client) -> None:
    page = client.get("/api/docs/").content.decode()
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert len(files) >= 3
    for file in files:
        response = client.get(file)
        assert response.status_code == 200, file
        response.close()


def test_it_is_up(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_it_is_ready(client: Client, media: Path) -> None:
    response = client.get("/readyz")
    assert response.json() == {"status": "ok", "database": "ok", "layer": "ok", "media": "ok"}
    assert response.status_code == 200
    assert list(media.iterdir()) == []


def down(monkeypatch: pytest.MonkeyPatch, what: str, test: Callable[[], None]) -> None:
    monkeypatch.setitem(readiness.TESTS, what, test)


def test_a_database_that_fails_is_named(client: Client, monkeypatch: pytest.MonkeyPatch, media: Path) -> None:
    def fail() -> None:
        raise ConnectionError("postgres://secret@host")

    down(monkeypatch, "database", fail)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "database": "ConnectionError", "layer": "ok", "media": "ok"}


def test_a_database_that_hangs_is_named_in_time(client: Client, monkeypatch: pytest.MonkeyPatch, media: Path) -> None:
    down(monkeypatch, "database", lambda: time.sleep(3))
    begun = time.monotonic()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["database"] == "not in time"
    assert time.monotonic() - begun < 2.5


def test_redis_that_is_away_is_named(client: Client, settings: Any, media: Path) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["layer"] == "ConnectionError"


def test_a_media_folder_that_can_not_be_written_to_is_named(client: Client, media: Path) -> None:
    media.write_text("in its place")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["media"] == "FileExistsError"


def test_there_are_metrics(client: Client) -> None:
    client.get("/healthz")
    assert "django_http_requests_total" in client.get("/metrics").content.decode()
