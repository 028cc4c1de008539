"""A Dockerfile as its instructions, and .dockerignore as a question. What this does not know, it refuses."""

import json
import re
from pathlib import PurePosixPath
from typing import NamedTuple

FLAG = re.compile(r"--([a-z-]+)=(\S+)\s+")


class Step(NamedTuple):
    """`flags` without their dashes; `rest` as written, on one line."""

    name: str
    flags: dict[str, str]
    rest: str

    @property
    def words(self) -> list[str]:
        return self.rest.split()

    @property
    def command(self) -> list[str]:
        """Of the exec form, the only one in which signals arrive and no shell is needed."""
        found = json.loads(self.rest)
        assert isinstance(found, list), f"{self.name} takes a JSON list"
        return [str(word) for word in found]


class Stage(NamedTuple):
    base: str
    name: str
    steps: list[Step]


def parse(text: str) -> list[Stage]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for line in "\n".join(lines).replace("\\\n", "").splitlines():
        if not line.strip():
            continue
        name, _, rest = line.strip().partition(" ")
        flags = {}
        while flag := FLAG.match(rest):
            flags[flag[1]] = flag[2]
            rest = rest[flag.end() :]
        if name == "ARG" and not stages:
            key, _, value = rest.partition("=")
            arguments[key] = value
        elif name == "FROM":
            base, _, as_name = rest.partition(" AS ")
            stages.append(Stage(expand(base, arguments), as_name.strip(), []))
        else:
            stages[-1].steps.append(Step(name, flags, rest.strip()))
    return stages


def expand(text: str, values: dict[str, str]) -> str:
    """`$NAME` and `${NAME}`. A name without a value is a mistake."""
    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", lambda found: values[found[1] or found[2]], text)


def is_ignored(path: str, ignore: str) -> bool:
    """Whether .dockerignore keeps the file out of the context: of the patterns that fit it or a folder above it, the
    last one says so."""
    parents = [str(parent) for parent in PurePosixPath(path).parents][:-1]
    ignored = False
    for line in ignore.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        pattern = _pattern(line.strip().removeprefix("!"))
        if any(pattern.fullmatch(name) for name in (path, *parents)):
            ignored = not line.startswith("!")
    return ignored


def _pattern(glob: str) -> re.Pattern[str]:
    """`*` stays within a folder, `**/` is any number of them."""
    any_depth = "(?:[^/]+/)*" if glob.startswith("**/") else ""
    return re.compile(any_depth + re.escape(glob.removeprefix("**/")).replace(r"\*", "[^/]*"))
