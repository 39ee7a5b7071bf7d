"""Asking the API in JSON, odd JSON included."""

import json
from typing import Any

from rest_framework.test import APIClient


def post(api: APIClient, url: str, body: Any, **headers: Any) -> Any:
    """POST any JSON value, half a surrogate pair too (which DRF's own client can't write)."""
    return api.post(url, json.dumps(body), content_type="application/json", **headers)


def patch(api: APIClient, url: str, body: Any, **headers: Any) -> Any:
    """PATCH any JSON value."""
    return api.patch(url, json.dumps(body), content_type="application/json", **headers)
