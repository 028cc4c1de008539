"""The frames of sockets as an AsyncAPI document (3.0), made of the same unions that decode and encode them."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, get_args

import intervene
from intervene.core.wire import common
from intervene.core.wire.contact import ContactIn, ContactOut
from intervene.core.wire.staff import StaffIn, StaffOut
from intervene.edge.http.schemas import components
from intervene.edge.socket.handshake import SOCKET_PATH

SCHEMAS = "#/components/schemas/"
INTRODUCTION = f"""\
A client connects to `{SOCKET_PATH}` by websocket and offers the subprotocol `{common.SUBPROTOCOL}`. Each frame is one
JSON object of the `type` that it names; the first is `hello`, with a token, which says whether the client is staff or a
customer. The two have frames of their own. docs/protocol.md has the rules."""


class Audience(NamedTuple):
    name: str
    sends: Iterable[type]
    is_sent: Iterable[type]


AUDIENCES = (
    Audience("staff", get_args(common.Hello | StaffIn), get_args(StaffOut)),
    Audience("customers", get_args(common.Hello | ContactIn), get_args(ContactOut)),
)


def document() -> dict[str, Any]:
    frames = list(dict.fromkeys(frame for each in AUDIENCES for frame in (*each.sends, *each.is_sent)))
    schemas, parts = components(frames, SCHEMAS)
    references = dict(zip(frames, map(_plain, schemas), strict=True))
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Intervene", "version": intervene.__version__, "description": INTRODUCTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {each.name: _channel(each) for each in AUDIENCES},
        "operations": {name: made for each in AUDIENCES for name, made in _operations(each)},
        "components": {
            "messages": {frame.__name__: _message(frame, schema) for frame, schema in references.items()},
            "schemas": _plain(parts),
        },
    }  # fmt: skip


def _plain(schema: Any) -> Any:
    """Without OpenAPI's discriminators: here a schema says by constants which type it is."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if isinstance(schema, Mapping):
        return {name: _plain(part) for name, part in schema.items() if name != "discriminator"}
    return schema


def type_of(frame: type) -> str:
    return str(frame.__struct_config__.tag)  # type: ignore[attr-defined]  # a Struct


def _channel(audience: Audience) -> Mapping[str, Any]:
    frames = dict.fromkeys((*audience.sends, *audience.is_sent))
    return {
        "address": SOCKET_PATH,
        "title": f"Frames of {audience.name}",
        "messages": {frame.__name__: {"$ref": f"#/components/messages/{frame.__name__}"} for frame in frames},
        "bindings": {"ws": {"method": "GET"}},
    }


def _operations(audience: Audience) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Of the server: it receives what clients send."""
    for action, frames in (("receive", audience.sends), ("send", audience.is_sent)):
        for frame in frames:
            channel = f"#/channels/{audience.name}"
            yield (
                f"{audience.name}.{action}.{type_of(frame)}",
                {
                    "action": action,
                    "channel": {"$ref": channel},
                    "messages": [{"$ref": f"{channel}/messages/{frame.__name__}"}],
                },
            )


def _message(frame: type, schema: Any) -> Mapping[str, Any]:
    return {"name": type_of(frame), "contentType": "application/json", "payload": schema}
