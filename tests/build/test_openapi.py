"""``docs/openapi.yaml`` is what the code says, valid, and complete (``make schema`` writes it)."""

import io

import yaml
from django.core.management import call_command
from openapi_spec_validator import validate

from tests.architecture.routes import ROUTES
from tests.servers import ROOT

DOCUMENT = ROOT / "docs" / "openapi.yaml"


def generated() -> str:
    """The document as the code says it; a warning of the generator is an error."""
    out = io.StringIO()
    call_command("spectacular", fail_on_warn=True, validate=True, stdout=out)
    return out.getvalue()


def test_it_works() -> None:
    assert DOCUMENT.read_text() == generated(), "run `make schema` and look at the difference"


def test_it_is_valid() -> None:
    validate(yaml.safe_load(DOCUMENT.read_text()))


def test_every_operation_says_what_it_does() -> None:
    paths = yaml.safe_load(DOCUMENT.read_text())["paths"]
    assert len(paths) >= len(ROUTES) / 2
    for path, operations in paths.items():
        for method, operation in operations.items():
            assert operation.get("summary"), f"{method} {path}"
            assert operation["responses"], f"{method} {path}"
