"""The wire and the log as JSON Schema and as TypeScript, generated from the Structs:
`python -m scripts.schema [--check]`.

Without `--check` it writes `docs/schema/*.json`, `docs/commands.md` and the SDK's `wire.ts`; with it, it writes nothing
and exits 1 if they drifted.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from intervene.core import events
from intervene.core.wire import common, staff
from intervene.core.wire.contact import ContactIn, ContactOut
from intervene.edge.http.schemas import readable
from intervene.terminal import say
from scripts import commands, reference, typescript

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "schema"
WIRE = ROOT / "client_js" / "sdk" / "src" / "wire.ts"
DRAFT = "https://json-schema.org/draft/2020-12/schema"

_ABSENT = " A property that is not required may be absent; it then has its default."
_STRICT = " Unknown properties are refused."

DOCUMENTS: Mapping[str, tuple[Any, str]] = {
    "staff-in": (common.Hello | staff.StaffIn, "What staff send: hello first, then any of these." + _STRICT + _ABSENT),
    "staff-out": (staff.StaffOut, "What staff are sent." + _ABSENT),
    "contact-in": (
        common.Hello | ContactIn,
        "What customers send: hello first, then any of these." + _STRICT + _ABSENT,
    ),
    "contact-out": (ContactOut, "What customers are sent." + _ABSENT),
    "events": (events.Event, "What the log keeps, and staff are shown, for each committed fact." + _ABSENT),
}


def document(name: str) -> dict[str, Any]:
    kind, description = DOCUMENTS[name]
    (schema,), parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    whole = {"$schema": DRAFT, "title": name, "description": description, **schema, "$defs": parts}
    made = readable(whole)
    assert isinstance(made, dict), "an object stays an object"
    return made


def render(name: str) -> str:
    return json.dumps(document(name), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def drifted(folder: Path = FOLDER) -> list[str]:
    """The names of files that are missing, differ, or should not be there."""
    wanted = {f"{name}.json": render(name) for name in DOCUMENTS}
    found = {file.name: file.read_text("utf-8") for file in folder.glob("*.json")}
    return sorted(name for name in wanted | found if wanted.get(name) != found.get(name))


def write(folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    for name in DOCUMENTS:
        (folder / f"{name}.json").write_text(render(name), "utf-8")


def main(arguments: Sequence[str]) -> int:
    if list(arguments) == ["--check"]:
        names = drifted()
        if commands.PAGE.read_text("utf-8") != commands.render():
            names.append(commands.PAGE.name)
        names += [f"reference/{name}" for name in reference.drifted()]
        if names:
            say(f"docs differ from the code in {', '.join(names)}: run `make schema`.", is_error=True)
        return 1 if names else 0
    if arguments:
        say("usage: python -m scripts.schema [--check]", is_error=True)
        return 2
    write()
    commands.PAGE.write_text(commands.render(), "utf-8")
    reference.write()
    WIRE.write_text(typescript.render(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
