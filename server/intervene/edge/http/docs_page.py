"""The documents as a page for people. It has no script and loads one style sheet, of this server."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

Json = Mapping[str, Any]

STYLE = Path(__file__).with_name("docs.css")
WAYS = {"receive": "Sent by {who}", "send": "Sent to {who}"}


def page(openapi: Json, asyncapi: Json) -> str:
    topics: dict[str, list[str]] = defaultdict(list)
    for path, by_method in openapi["paths"].items():
        for method, made in by_method.items():
            topics[made["tags"][0]].append(_operation(path, method, made, openapi["components"]["responses"]))
    shapes = {**openapi["components"]["schemas"], **asyncapi["components"]["schemas"]}
    return "".join((
        _HEAD,
        _contents(topics, asyncapi["channels"]),
        f"<main><h1>API of Intervene</h1>{_text(openapi['info']['description'])}",
        '<p>As documents for programs: <a href="/v1/openapi.json">OpenAPI</a> of what goes over HTTP, '
        '<a href="/v1/asyncapi.json">AsyncAPI</a> of what goes over websockets.</p>',
        *(f'<h2 id="{topic}">{topic}</h2>{"".join(found)}' for topic, found in topics.items()),
        f'<h2 id="sockets">Websockets</h2>{_text(asyncapi["info"]["description"])}',
        *(_frames(name, asyncapi) for name in asyncapi["channels"]),
        '<h2 id="shapes">Shapes</h2>',
        *(_shape(name, schema) for name, schema in sorted(shapes.items())),
        "</main></body></html>\n",
    ))  # fmt: skip


_HEAD = """\
<!doctype html><html lang="en"><head><meta charset="utf-8"><title>API of Intervene</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<link rel="stylesheet" href="/docs.css"></head><body>
"""


def _contents(topics: Iterable[str], channels: Iterable[str]) -> str:
    http = "".join(f'<li><a href="#{topic}">{topic}</a></li>' for topic in topics)
    sockets = "".join(f'<li><a href="#frames-{name}">frames of {name}</a></li>' for name in channels)
    return (
        f'<nav aria-label="On this page"><p>HTTP</p><ul>{http}</ul><p>Websockets</p><ul>{sockets}</ul>'
        '<p><a href="#shapes">Shapes</a></p></nav>'
    )


def _operation(path: str, method: str, made: Json, shared: Json) -> str:
    answers = [
        (status, shared.get(each.get("$ref", "").rpartition("/")[2], each))
        for status, each in made["responses"].items()
    ]
    good = "".join(f"<dt>{status}</dt><dd>{_answered(each)}</dd>" for status, each in answers if status < "3")
    refused = (f"<dt>{status}</dt><dd>{_marked(each['description'])}</dd>" for status, each in answers if status > "3")
    body = made["requestBody"]["content"]["application/json"]["schema"] if "requestBody" in made else None
    return "".join((
        f'<section id="{made["operationId"]}">',
        f'<h3><b class="{method}">{method.upper()}</b> <code>{escape(path)}</code></h3>',
        f"<p>{_marked(_capital(made['summary']))}. {_marked(made['description'])}</p><dl>",
        *(_given(each) for each in made["parameters"]),
        f"<dt>body</dt><dd>{_type(body)}</dd>" if body else "",
        f"{good}</dl><details><summary>Refusals</summary><dl>{''.join(refused)}</dl></details></section>",
    ))  # fmt: skip


def _given(parameter: Json) -> str:
    meaning = _marked(parameter.get("description", ""))
    return f"<dt><code>{parameter['name']}</code> <i>{parameter['in']}</i></dt><dd>{meaning}</dd>"


def _answered(answer: Json) -> str:
    kinds = answer.get("content", {})
    found = [_type(content["schema"]) for kind, content in kinds.items() if kind == "application/json"]
    return ", ".join(found + ["also as text" for kind in kinds if kind == "text/plain"]) or "nothing"


def _frames(name: str, asyncapi: Json) -> str:
    made = f'<h3 id="frames-{name}">Frames of {name}</h3>'
    for action, title in WAYS.items():
        messages = (
            asyncapi["components"]["messages"][each["messages"][0]["$ref"].rpartition("/")[2]]
            for each in asyncapi["operations"].values()
            if each["action"] == action and each["channel"]["$ref"] == f"#/channels/{name}"
        )
        rows = "".join(_row(each["name"], "", each["payload"]) for each in messages)
        made += f"<h4>{title.format(who=name)}</h4><table><tr><th>type</th><th>shape</th></tr>{rows}</table>"
    return made


def _shape(name: str, schema: Json) -> str:
    needed, members = schema.get("required", ()), schema.get("properties", {}).items()
    rows = "".join(_row(member, "" if member in needed else " <i>optional</i>", kind) for member, kind in members)
    body = f"<table><tr><th>member</th><th>what it is</th></tr>{rows}</table>" if rows else f"<p>{_type(schema)}</p>"
    about = _text(schema.get("description", ""))
    return f'<section id="shape-{name}"><h3><code>{name}</code></h3>{about}{body}</section>'


def _row(name: str, more: str, schema: Json) -> str:
    return f"<tr><td><code>{escape(name)}</code>{more}</td><td>{_type(schema)}</td></tr>"


def _type(schema: Json) -> str:
    match schema:
        case {"$ref": str(reference)}:
            name = reference.rpartition("/")[2]
            return f'<a href="#shape-{name}">{name}</a>'
        case {"anyOf": [*kinds]}:
            return " or ".join(map(_type, kinds))
        case {"enum": [*values]}:
            return " or ".join(f"<code>{escape(str(value))}</code>" for value in values)
        case {"type": "array", "items": items} if items:
            return f"a list of: {_type(items)}"
        case {"type": "object", "additionalProperties": values} if values:
            return f"by name: {_type(values)}"
        case {"type": str(kind)}:
            bounds = [f"{_BOUNDS[name]} {escape(str(value))}" for name, value in schema.items() if name in _BOUNDS]
            return ", ".join([kind, *bounds])
        case _:
            return "anything"


_BOUNDS = {"minLength": "at least", "maxLength": "at most", "minimum": "from", "maximum": "to", "maxItems": "at most"}


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _text(text: str) -> str:
    return "".join(f"<p>{_marked(part)}</p>" for part in text.split("\n\n") if part)


def _marked(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
