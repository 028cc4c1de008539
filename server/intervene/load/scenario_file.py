"""Reads a scenario: one of the package by its name, or a TOML file. What is wrong is said with its key, its line and
what the key takes.
"""

import difflib
import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import msgspec

from intervene.load.scenario import Scenario, problems

FOLDER = Path(__file__).parent / "scenarios"
_AT = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `(?P<key>.*)`$")
_MISSING = re.compile(r"missing required field `(?P<key>.*)`$")
_TABLE = re.compile(r"\s*\[\s*([\w.\"'-]+)\s*\]\s*(?:#.*)?$")


class BadScenario(Exception):
    """It cannot be used; the message is a sentence or more."""


class Shipped(NamedTuple):
    name: str
    about: str


def shipped() -> list[Shipped]:
    """The scenarios of the package."""
    names = sorted(file.stem for file in FOLDER.glob("*.toml"))
    return [Shipped(name, read(name, ()).about) for name in names]


def text_of(given: str) -> tuple[str, str]:
    """What to call it, and its text. `given`: the name of one of the package, or a path. Raises `BadScenario`."""
    file = FOLDER / f"{given}.toml"
    is_ours = re.fullmatch(r"[\w-]+", given) is not None and file.is_file()
    try:
        return given, (file if is_ours else Path(given)).read_text("utf-8")
    except FileNotFoundError:
        names = [one.stem for one in FOLDER.glob("*.toml")]
        raise BadScenario(f"There is no scenario {given!r}{_hint(given, names)}, and no such file.") from None
    except (OSError, ValueError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else "it is not UTF-8"
        raise BadScenario(f"The scenario {given} cannot be read: {why}.") from None


def read(given: str, changes: Sequence[str]) -> Scenario:
    """`changes`: like `messages.per_second=50`, made before it is checked. Raises `BadScenario`."""
    name, text = text_of(given)
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as problem:
        raise BadScenario(f"The scenario {name} is not TOML: {problem}.") from None
    for change in changes:
        _change(table, change)
    lines = _lines(text)
    try:
        scenario = msgspec.convert(table, Scenario)
    except msgspec.ValidationError as problem:
        key, sentence = explain(str(problem), table)
        raise BadScenario(f"{_place(name, lines.get(key), key in _changed(changes))}: {sentence}") from None
    wrong = []
    for sentence in problems(scenario):
        key = sentence.split()[0]
        wrong.append(f"{_place(name, lines.get(key), key in _changed(changes))}: {sentence}")
    if wrong:
        raise BadScenario("\n".join(wrong))
    return scenario


def explain(problem: str, table: dict[str, Any]) -> tuple[str, str]:
    """The key that msgspec's sentence is about, and a better sentence, which says what the key takes."""
    found = _AT.search(problem)
    path = found["path"] if found else ""
    said = _AT.sub("", problem)
    if unknown := _UNKNOWN.search(said):
        known = _keys(path)
        key = f"{path}.{unknown['key']}".lstrip(".")
        return key, f"{key} is no key of a scenario{_hint(unknown['key'], known)}. There are {_list(known)}."
    if missing := _MISSING.search(said):
        return missing["key"], f"{missing['key']} is missing. It takes {takes(missing['key'])}."
    return path, f"{path} is {_value(table, path)}, and takes {takes(path)}."


def takes(key: str) -> str:
    """What the key takes, in words."""
    kind = _kind(key)
    if isinstance(kind, msgspec.inspect.StructType):
        return f"a table of {_list(_keys(key))}"
    match kind:
        case msgspec.inspect.IntType() | msgspec.inspect.FloatType():
            noun = "a whole number" if isinstance(kind, msgspec.inspect.IntType) else "a number"
            least = f"from {kind.ge:g}" if kind.ge is not None else f"above {kind.gt:g}" if kind.gt is not None else ""
            most = f"to {int(kind.le):,}" if kind.le is not None else ""
            return " ".join(filter(None, (noun, least, most)))
        case _:
            return "text"


def _fields(kind: Any) -> dict[str, Any]:
    return {field.encode_name: field.type for field in cast("msgspec.inspect.StructType", kind).fields}


def _kind(key: str) -> Any:
    kind: Any = msgspec.inspect.type_info(Scenario)
    for part in filter(None, key.split(".")):
        kind = _fields(kind)[part]
    return kind


def _keys(path: str) -> list[str]:
    return list(_fields(_kind(path)))


def _value(table: dict[str, Any], path: str) -> str:
    value: Any = table
    for part in filter(None, path.split(".")):
        value = value[part]
    return f"a {type(value).__name__}" if isinstance(value, dict | list) else repr(value)


def _change(table: dict[str, Any], change: str) -> None:
    key, equals, text = change.partition("=")
    parts = key.strip().split(".")
    try:
        if not equals or not all(parts):
            raise ValueError
        value = tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        raise BadScenario(f"{change!r} is no change. It should be like messages.per_second=50.") from None
    for part in parts[:-1]:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise BadScenario(f"{change!r} is no change: {part} is no table.")
    table[parts[-1]] = value


def _changed(changes: Iterable[str]) -> set[str]:
    return {change.partition("=")[0].strip() for change in changes}


def _lines(text: str) -> dict[str, int]:
    """On which line each key is set, as far as that can be seen without a parser."""
    found: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _TABLE.match(line):
            table = header[1]
            found.setdefault(table, number)
        elif key := re.match(r"\s*([\w.-]+)\s*=", line):
            found.setdefault(f"{table}.{key[1]}".lstrip("."), number)
    return found


def _place(name: str, line: int | None, is_changed: bool) -> str:
    if is_changed:
        return "What was set on the command line"
    return f"The scenario {name}, line {line}" if line else f"The scenario {name}"


def _hint(given: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(given, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _list(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
