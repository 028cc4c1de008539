"""The reference of the public modules of Python, printed from their docstrings. What is public and has none fails."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
MODULES = {"bot.md": "intervene.bot", "client.md": "intervene.client"}
SECTION = re.compile(r"^(Args|Attributes|Returns|Raises):$", re.MULTILINE)


class Undocumented(Exception):
    """A public name has no docstring; the message is the name."""


def pages() -> dict[str, str]:
    """By file name."""
    return {file: "\n".join(_module(importlib.import_module(name))).rstrip() + "\n" for file, name in MODULES.items()}


def drifted() -> list[str]:
    """The names of pages that are missing, differ, or should not be there."""
    found = {file.name: file.read_text("utf-8") for file in FOLDER.glob("*.md")}
    wanted = pages()
    return sorted(name for name in wanted | found if wanted.get(name) != found.get(name))


def write() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file, text in pages().items():
        (FOLDER / file).write_text(text, "utf-8")


def _module(module: ModuleType) -> Iterator[str]:
    yield f"# {module.__name__}\n"
    yield "Printed from the docstrings by `make schema`.\n"
    yield f"{_text(module.__doc__, module.__name__)}\n"
    for name in module.__all__:
        thing = getattr(module, name)
        if inspect.isclass(thing):
            yield from _class(name, thing)
        elif inspect.isfunction(thing):
            yield f"## {name}\n"
            yield from _callable(name, thing, name)
        else:
            yield f"## {name}\n"
            yield from _alias(module, name)


def _class(name: str, kind: type) -> Iterator[str]:
    bases = [base.__name__ for base in kind.__bases__ if base.__module__.startswith("intervene.")]
    yield f"## {name}{f' ({bases[0]})' if bases else ''}\n"
    fields = getattr(kind, "__struct_fields__", getattr(kind, "_fields", ()))
    if fields:
        yield f"```python\n{name}{_signature(kind).removesuffix(' -> None')}\n```\n"
    yield f"{_text(vars(kind).get('__doc__'), name)}\n"
    for member, value in vars(kind).items():
        if member.startswith("_") or member in fields:
            continue
        whole = f"{name}.{member}"
        if isinstance(value, property):
            yield f"### {whole}\n"
            yield f"{_text(value.fget.__doc__, whole)}\n"
        elif inspect.isfunction(function := getattr(value, "__func__", value)):
            yield f"### {whole}\n"
            yield from _callable(member, function, whole)


def _callable(name: str, function: Any, whole: str) -> Iterator[str]:
    start = "async def" if inspect.iscoroutinefunction(function) else "def"
    yield f"```python\n{start} {name}{_signature(function)}\n```\n"
    yield f"{_text(function.__doc__, whole)}\n"


def _signature(thing: Any) -> str:
    """Without the modules of types, and the quotes of those that are written as text."""
    unquoted = re.sub(r"(: |-> )'([^']+)'", r"\1\2", str(inspect.signature(thing)))
    return re.sub(r"\b(?:[A-Za-z_]\w*\.)+(?=\w)|~", "", unquoted)


def _alias(module: ModuleType, name: str) -> Iterator[str]:
    """The assignment and the string behind it, from the module that the public one imports it from."""
    assert module.__file__, "it is a file"
    for node in ast.walk(ast.parse(Path(module.__file__).read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and any(name == alias.name for alias in node.names):
            source = importlib.import_module(node.module).__file__
            assert source, "it is a file"
            body = ast.parse(Path(source).read_text("utf-8")).body
            for at, line in enumerate(body):
                if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == name:
                    behind = body[at + 1] if at + 1 < len(body) else line
                    is_text = isinstance(behind, ast.Expr) and isinstance(behind.value, ast.Constant)
                    yield f"```python\n{ast.unparse(line)}\n```\n"
                    yield f"{_text(str(behind.value.value) if is_text else None, name)}\n"  # type: ignore[attr-defined]
                    return
    raise Undocumented(name)


def _text(docstring: str | None, name: str) -> str:
    """As Markdown: the sections of a docstring are words in bold, with a list of what they name."""
    if not docstring:
        raise Undocumented(name)
    lines: list[str] = []
    is_list = False
    for line in inspect.cleandoc(docstring).splitlines():
        if SECTION.match(line):
            lines += [f"**{line.removesuffix(':')}**", ""]
            is_list = True
        elif is_list and (entry := re.match(r"    ([\w.]+): (.*)", line)):
            lines.append(f"* `{entry[1]}`: {entry[2]}")
        elif is_list and line.startswith("    "):
            lines.append(f"  {line.strip()}" if lines[-1].startswith(("* ", "  ")) else line.strip())
        else:
            is_list = is_list and not line
            lines.append(line)
    return "\n".join(lines)
