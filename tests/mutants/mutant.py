"""What a mutant is: a small change of the source, and the tests that must notice it. A change is an exact piece of the
source, found once, and what stands there instead.
"""

from pathlib import Path
from typing import NamedTuple

SERVER = Path(__file__).parents[2] / "server"


class Mutant(NamedTuple):
    """`file` lies in the package `intervene`; `killers` are files of tests, or some of their tests, as pytest names
    them."""

    name: str
    file: str
    changes: tuple[tuple[str, str], ...]
    killers: tuple[str, ...]

    def sources(self) -> dict[Path, str]:
        """The changed text by its place below `SERVER`. Raises `ValueError` for a change that does not apply."""
        path = Path("intervene") / self.file
        text = (SERVER / path).read_text("utf-8")
        for old, new in self.changes:
            if (count := text.count(old)) != 1:
                raise ValueError(f"{self.name}: found {count} times in {self.file}: {old.strip().splitlines()[0]!r}")
            text = text.replace(old, new)
        return {path: text}


def mutant(name: str, file: str, old: str, new: str, *killers: str) -> Mutant:
    return Mutant(name, file, ((old, new),), killers)
