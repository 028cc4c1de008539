"""The wire as TypeScript, from the same JSON Schemas as `docs/schema`: types, and the numbers of close codes."""

import inspect
import json
from collections.abc import Mapping
from typing import Any

import msgspec

from intervene.core.codes import CloseCode
from intervene.core.wire import common, staff
from intervene.core.wire.contact import ContactIn, ContactOut

UNIONS: Mapping[str, Any] = {
    "StaffIn": common.Hello | staff.StaffIn,
    "StaffOut": staff.StaffOut,
    "ContactIn": common.Hello | ContactIn,
    "ContactOut": ContactOut,
}
"""The names of the unions, and what they are made of."""

_HEAD = "// Generated from the server's Structs by `make schema`: do not edit. Optional members have defaults.\n"


def render() -> str:
    unions, parts = msgspec.json.schema_components(list(UNIONS.values()), ref_template="{name}")
    lines = [_HEAD, f'export const SUBPROTOCOL = "{common.SUBPROTOCOL}";\n']
    lines += [_declaration(name, schema) for name, schema in sorted(parts.items())]
    lines += [
        _alias(name, [member["$ref"] for member in union["anyOf"]]) for name, union in zip(UNIONS, unions, strict=True)
    ]
    lines.append(_codes())
    return "\n".join(lines)


def _declaration(name: str, schema: Mapping[str, Any]) -> str:
    """An interface, or the alias of an enumeration."""
    head = _comment(schema.get("description", ""))
    if "enum" in schema:
        return head + _alias(name, [json.dumps(value) for value in schema["enum"]])
    required = set(schema.get("required", ()))
    members = "".join(
        f"  readonly {member}{'' if member in required else '?'}: {_type(kind)};\n"
        for member, kind in schema["properties"].items()
    )
    return f"{head}export interface {name} {{\n{members}}}\n"


def _type(schema: Mapping[str, Any]) -> str:
    match schema:
        case {"$ref": name}:
            return str(name)
        case {"enum": [*values]}:
            return " | ".join(json.dumps(value) for value in values)
        case {"anyOf": [*members]}:
            return " | ".join(_type(member) for member in members)
        case {"type": "array", "items": items}:
            return f"ReadonlyArray<{_type(items)}>"
        case {"type": "object", "additionalProperties": dict() as values}:
            return f"Readonly<Record<string, {_type(values)}>>"
        case {"type": "string" | "boolean" | "null" as kind}:
            return str(kind)
        case {"type": "integer" | "number"}:
            return "number"
        case _:
            raise ValueError(f"a schema that has no TypeScript yet: {schema}")


def _alias(name: str, members: list[str]) -> str:
    one_line = f"export type {name} = {' | '.join(members)};\n"
    if len(one_line) <= 121:
        return one_line
    return f"export type {name} =\n" + "".join(f"  | {member}\n" for member in members)[:-1] + ";\n"


def _comment(text: str) -> str:
    lines = inspect.cleandoc(text).splitlines()
    if len(lines) < 2:
        return "".join(f"/** {line} */\n" for line in lines)
    return "/**\n" + "".join(f" * {line}".rstrip() + "\n" for line in lines) + " */\n"


def _codes() -> str:
    closes = "".join(f"  {code.name}: {code.value},\n" for code in CloseCode)
    head = _comment("Close codes. Their range says whether to come back.")
    return f"{head}export const CloseCode = {{\n{closes}}} as const;\n"
