"""JSON Schemas of Structs, as documents have them."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec


def components(kinds: Iterable[Any], prefix: str) -> tuple[list[Any], Mapping[str, Any]]:
    """A schema for each of `kinds`, and those that they refer to, by name, below `prefix`."""
    schemas, parts = msgspec.json.schema_components(list(kinds), ref_template=prefix + "{name}")
    return [readable(schema) for schema in schemas], {name: readable(part) for name, part in parts.items()}


def readable(value: Any, key: str = "") -> Any:
    """Docstrings without their indentation, and patterns in the dialect of JSON Schema, where Python's anchors mean
    other things, and no text has half of a surrogate pair."""
    match value:
        case dict():
            return {name: readable(part, name) for name, part in value.items()}
        case list():
            return [readable(part) for part in value]
        case str() if key == "description":
            return inspect.cleandoc(value)
        case str() if key == "pattern":
            return value.replace(r"\A", "^").replace(r"\Z", "$").replace(r"\ud800-\udfff", "")
        case _:
            return value
