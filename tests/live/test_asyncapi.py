"""``docs/asyncapi.yaml`` says what the code does."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from journal import streams
from journal.events import Event
from live import asyncapi, protocol

FILE = Path(__file__).resolve().parents[2] / "docs" / "asyncapi.yaml"
HOW = "docs/asyncapi.yaml is not what the code says: python -m live.asyncapi > docs/asyncapi.yaml"


@pytest.fixture
def document() -> Any:
    return yaml.safe_load(FILE.read_text())


def test_the_file_is_what_the_code_says() -> None:
    assert FILE.read_text() == asyncapi.text(), HOW


def test_every_reference_leads_somewhere(document: Any) -> None:
    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                target = document
                for part in node["$ref"].removeprefix("#/").split("/"):
                    target = target[part]
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(document)
    assert document["asyncapi"] == "3.0.0"


def test_every_stream_event_frame_and_close_code_is_in_it(document: Any) -> None:
    assert set(document["channels"]) == {kind.path for kind in streams.kinds()}
    messages = document["components"]["messages"]
    assert set(messages) >= {cls.wire_name for cls in asyncapi.event_classes()}
    assert {name.removeprefix("client.") for name in messages if name.startswith("client.")} == set(
        protocol.CLIENT_TYPES
    )
    assert {entry["close"] for entry in document["x-close-codes"]} == set(map(int, protocol.Close))
    endings = {value for value in vars(protocol).values() if isinstance(value, protocol.Ending)}
    assert endings == set(protocol.ENDINGS)


def test_the_frames_that_the_server_makes_are_described() -> None:
    head = streams.Head("e", 1)
    made = [
        protocol.hello("s", head),
        protocol.reset(head),
        protocol.reconnect(1),
        protocol.presence([]),
        protocol.error("c", "d"),
        protocol.PING,
    ]
    for frame in made:
        content = yaml.safe_load(frame.text)
        schema = asyncapi.SERVER_FRAMES[content["type"]]
        assert set(schema["required"]) == set(content), content


def test_an_event_with_a_field_that_json_does_not_know_is_an_error() -> None:
    @dataclass(frozen=True, kw_only=True, slots=True)
    class OddThing(Event):
        """Not for the wire."""

        what: set[int]

    with pytest.raises(TypeError, match="set"):
        asyncapi.event_schema(OddThing)
