"""``docs/asyncapi.yaml``, made from the code: ``python -m live.asyncapi > docs/asyncapi.yaml``.

The channels come from the registered kinds of stream, the events from the `Event` classes of all rooms, the frames and
close codes from `live.protocol`. A test compares the file with what this module makes.
"""

import dataclasses
import inspect
import os
import sys
import types
import typing
import uuid
from collections.abc import Iterator
from datetime import date, datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any

JSON = dict[str, Any]

PLAIN: dict[Any, JSON] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    uuid.UUID: {"type": "string", "format": "uuid"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    type(None): {"type": "null"},
    Any: {},
}


def schema_of(hint: Any) -> JSON:
    """A field's type as JSON Schema; `TypeError` for one that no event should have."""
    if hint in PLAIN:
        return dict(PLAIN[hint])
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in {list, tuple}:
        return {"type": "array", "items": schema_of(inner[0])}
    if origin is dict or hint is dict:
        return {"type": "object"}
    if origin is typing.Literal:
        return {"enum": list(inner)}
    if origin in {typing.Union, types.UnionType}:
        return {"anyOf": [schema_of(one) for one in inner]}
    if inspect.isclass(hint) and issubclass(hint, str):
        return {"type": "string"}
    raise TypeError(f"an event's field can't be {hint!r}")


def first_paragraph(thing: Any) -> str:
    """What a docstring says first, on one line."""
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())


def event_classes() -> list[Any]:
    """The events of all rooms, by room and in the order in which they stand."""
    from django.apps import apps  # noqa: PLC0415  # Django must be set up first

    from journal.events import Event  # noqa: PLC0415

    rooms = [config.name for config in apps.get_app_configs()]
    for room in rooms:
        if "." not in room and find_spec(f"{room}.events"):
            import_module(f"{room}.events")

    def below(cls: Any) -> Iterator[Any]:
        for sub in cls.__subclasses__():
            yield sub
            yield from below(sub)

    found = {cls for cls in below(Event) if cls.__module__.split(".")[0] in rooms and dataclasses.fields(cls)}
    line = {cls: inspect.getsourcelines(cls)[1] for cls in found}
    return sorted(found, key=lambda cls: (rooms.index(cls.__module__.split(".")[0]), cls.__module__, line[cls]))


def event_schema(cls: Any) -> JSON:
    """The ``event`` frame of one class."""
    hints = typing.get_type_hints(cls)
    names = [field.name for field in dataclasses.fields(cls)]
    return {
        "allOf": [{"$ref": "#/components/schemas/event"}],
        "properties": {
            "name": {"const": cls.wire_name},
            "data": {
                "type": "object",
                "required": names,
                "properties": {name: schema_of(hints[name]) for name in names},
            },
        },
    }


OFFSET: JSON = {"type": "integer", "minimum": 0}
TEXT: JSON = {"type": "string"}
COUNT: JSON = {"type": "integer", "minimum": 0}


def frame(kind: str, says: str, required: dict[str, JSON], optional: dict[str, JSON] | None = None) -> JSON:
    """The schema of a frame."""
    return {
        "type": "object",
        "description": says,
        "required": ["type", *required],
        "properties": {"type": {"const": kind}, **required, **(optional or {})},
    }


SERVER_FRAMES: dict[str, JSON] = {
    "hello": frame(
        "hello",
        "The first frame: which stream this is, and where it stands now. Events follow from `after` on if it was given "
        "and fits, else from `offset` on.",
        {"stream": TEXT, "epoch": TEXT, "offset": OFFSET},
    ),
    "event": frame(
        "event",
        "Something changed. Offsets of a stream have no gaps and come in order.",
        {
            "offset": {"type": "integer", "minimum": 1},
            "name": TEXT,
            "at": {"type": "string", "format": "date-time"},
            "data": {"type": "object"},
        },
    ),
    "fixes": frame(
        "fixes",
        "Positions as they come. They are not in the journal and have no offset; the newest wins, and a slow client "
        "gets fewer. Other text fields say whose they are.",
        {"fixes": {"type": "array", "items": {"type": "object"}}},
    ),
    "ack": frame(
        "ack",
        "The answer to the client's `fixes`, after they are stored.",
        {"id": {}, "stored": COUNT, "last_seq": {"type": ["integer", "null"]}, "next_interval_s": {"type": "number"}},
        {"duplicates": COUNT, "flagged": COUNT},
    ),
    "presence": frame(
        "presence",
        "Who is listening now, where the stream shows it.",
        {"watchers": {"type": "array", "items": {"type": "object", "required": ["id"], "properties": {"id": TEXT}}}},
    ),
    "reset": frame(
        "reset",
        "What the client has no longer fits: fetch the snapshot again. Events go on after `offset` of `epoch`.",
        {"epoch": TEXT, "offset": OFFSET},
    ),
    "reconnect": frame(
        "reconnect", "The server is going down: connect again after so many milliseconds.", {"after_ms": COUNT}
    ),
    "error": frame(
        "error",
        "A frame of the client was wrong (`id` is that frame's), or the socket is about to be closed.",
        {"code": TEXT, "detail": TEXT},
        {
            "id": {"type": ["string", "integer"]},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["field", "code", "detail"],
                    "properties": {"field": TEXT, "code": TEXT, "detail": TEXT},
                },
            },
        },
    ),
    "ping": frame("ping", "Every 20 seconds. Answering is not needed.", {}),
}

CLIENT_FRAMES: dict[str, JSON] = {
    "fixes": frame(
        "fixes",
        "Positions, in the input form of the API. Answered by `ack`.",
        {"fixes": {"type": "array", "items": {"type": "object"}}},
        {"id": {"type": ["string", "integer"]}},
    ),
    "read": frame("read", "Everything up to this was read.", {"offset": OFFSET}),
    "typing": frame("typing", "Someone is writing.", {}),
    "pong": frame("pong", "The answer to `ping`, for clients that want to give one.", {}),
}

INTRODUCTION = """\
Live streams of Police110, sub-protocol `police110.v1`: JSON text frames over WebSocket. docs/protocol.md tells how to
connect, resume and survive a bad network.
"""


def document() -> JSON:
    """The AsyncAPI document."""
    from journal import streams  # noqa: PLC0415  # Django must be set up first
    from live import protocol  # noqa: PLC0415

    events = event_classes()
    server = {**{f"server.{name}": name for name in SERVER_FRAMES if name != "event"}}
    refs = {name: {"$ref": f"#/components/messages/{name}"} for name in server}
    refs |= {cls.wire_name: {"$ref": f"#/components/messages/{cls.wire_name}"} for cls in events}
    asked = {f"client.{name}": {"$ref": f"#/components/messages/client.{name}"} for name in CLIENT_FRAMES}
    channels = {
        kind.path: {
            "address": f"/ws/{kind.path}/{{key}}",
            "description": first_paragraph(type(kind)),
            "parameters": {"key": {"description": "The id, or for agencies the code."}},
            "bindings": {"ws": {"$ref": "#/components/channelBindings/resume"}},
            "messages": {**refs, **asked},
        }
        for kind in streams.kinds()
    }
    operations: JSON = {}
    for path in channels:
        operations[f"{path}.hear"] = operation("send", path, [*server, *(cls.wire_name for cls in events)])
        operations[f"{path}.say"] = operation("receive", path, list(asked))
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Police110 live", "version": "1.0.0", "description": INTRODUCTION},
        "defaultContentType": "application/json",
        "servers": {
            "local": {
                "host": "127.0.0.1:8000",
                "protocol": "ws",
                "security": [{"$ref": f"#/components/securitySchemes/{name}"} for name in SECURITY],
            }
        },
        "channels": channels,
        "operations": operations,
        "components": {
            "securitySchemes": SECURITY,
            "channelBindings": {"resume": RESUME},
            "messages": messages(events),
            "schemas": {
                **SERVER_FRAMES,
                **{f"client.{name}": schema for name, schema in CLIENT_FRAMES.items()},
            },
        },
        "x-subprotocol": protocol.SUBPROTOCOL,
        "x-limits": {
            "max_frame_bytes": protocol.MAX_FRAME_BYTES,
            "max_depth": protocol.MAX_DEPTH,
        },
        "x-close-codes": close_codes(),
    }


def operation(action: str, path: str, names: list[str]) -> JSON:
    """What goes one way over a channel."""
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{path}"},
        "messages": [{"$ref": f"#/channels/{path}/messages/{name}"} for name in names],
    }


def messages(events: list[Any]) -> JSON:
    """Every frame and every event as a message."""
    made: JSON = {}
    for name, schema in SERVER_FRAMES.items():
        if name != "event":
            payload = {"$ref": f"#/components/schemas/{name}"}
            made[f"server.{name}"] = {"name": name, "summary": schema["description"], "payload": payload}
    for name, schema in CLIENT_FRAMES.items():
        payload = {"$ref": f"#/components/schemas/client.{name}"}
        made[f"client.{name}"] = {"name": name, "summary": schema["description"], "payload": payload}
    for cls in events:
        made[cls.wire_name] = {
            "name": cls.wire_name,
            "summary": first_paragraph(cls),
            "tags": [{"name": cls.__module__.split(".")[0]}],
            "payload": event_schema(cls),
        }
    return made


def close_codes() -> list[JSON]:
    """The close codes with what the ``error`` frame before each says."""
    from live.protocol import ENDINGS  # noqa: PLC0415  # Django must be set up first

    return [{"close": int(end.close), "code": end.code, "detail": end.detail} for end in ENDINGS]


SECURITY: JSON = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "`Authorization: Bearer <token>` in the handshake.",
    },
    "subprotocol": {
        "type": "httpApiKey",
        "in": "header",
        "name": "Sec-WebSocket-Protocol",
        "description": "`police110.v1, bearer.<token>`: for browsers, which set no header. Only `police110.v1` is echoed.",
    },
    "session": {
        "type": "httpApiKey",
        "in": "cookie",
        "name": "sessionid",
        "description": "The session of a member of staff, from a page of this site (`Origin` is checked).",
    },
}

RESUME: JSON = {
    "method": "GET",
    "query": {
        "type": "object",
        "properties": {
            "after": {**OFFSET, "description": "The offset of the last event that the client has."},
            "epoch": {**TEXT, "description": "The epoch that the offset belongs to."},
        },
    },
    "bindingVersion": "0.1.0",
}


def text() -> str:
    """The document as YAML."""
    import yaml  # noqa: PLC0415  # only this needs it

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    header = "# Made from the code: python -m live.asyncapi > docs/asyncapi.yaml\n"
    return header + yaml.dump(document(), Dumper=Plain, sort_keys=False, allow_unicode=True, width=120)


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "police110.settings")
    django.setup()
    sys.stdout.write(text())
