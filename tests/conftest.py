"""What every test can ask for: a small province, its people, and clients that speak as one of them."""

from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.personas import People, make_people
from tests.servers import Server


@pytest.fixture(autouse=True)
def _cheap_passwords(settings: Any) -> None:
    """Argon2 costs a tenth of a second a hash; what is tested here is not its strength."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def people(db: None) -> People:
    """王芳, her contacts, and the police of two counties, their city and the province."""
    return make_people()


@pytest.fixture
def api() -> APIClient:
    """A client that is nobody yet."""
    return APIClient()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server on the embedded default, shared by the tests of one run: leave what you find."""
    made = Server(tmp_path_factory.mktemp("server"))
    made.prepare()
    made.start()
    yield made
    made.stop()
    made.drop()
