"""What was measured: a row for each peer, group and round, in a file that grows from run to run; and series of it."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

import msgspec
from msgspec import Struct

FANOUT, ROOMS, JOINS, CLICKS, PIECES = "fanout", "rooms", "joins", "clicks", "pieces"
STREAMS = (200, 1000)
"""That are written at once in the two parts of `PIECES`."""


class Row(Struct, frozen=True):
    """One peer in one round of one group."""

    group: str
    peer: str
    round: int
    figures: dict[str, float]


class Results(Struct):
    """`peers` are titles, by key, in the order of the tables; `machine` is what was measured on, one fact each."""

    machine: dict[str, str] = {}
    peers: dict[str, str] = {}
    versions: dict[str, str] = {}
    missing: dict[str, str] = {}
    loads: list[float] = []
    """Of the machine, before and after each run, by all that ran beside it."""
    rows: list[Row] = []

    def next_round(self, group: str) -> int:
        return max((row.round for row in self.rows if row.group == group), default=-1) + 1

    def values(self, group: str, peer: str, figure: str) -> dict[int, float]:
        """By round."""
        return {
            row.round: row.figures[figure]
            for row in self.rows
            if (row.group, row.peer) == (group, peer) and figure in row.figures
        }

    def ratios(self, group: str, figure: str, peer: str, base: str, base_figure: str = "") -> list[float]:
        """Of the rounds that have both."""
        theirs = self.values(group, base, base_figure or figure)
        return [value / theirs[round] for round, value in self.values(group, peer, figure).items() if theirs.get(round)]


class Range(NamedTuple):
    middle: float
    least: float
    most: float


def ranged(values: Iterable[float]) -> Range | None:
    found = [*values]
    return Range(median(found), min(found), max(found)) if found else None


def read(path: Path) -> Results:
    return msgspec.json.decode(path.read_bytes(), type=Results) if path.exists() else Results()


def write(path: Path, results: Results) -> None:
    """One row a line, so that a change can be read."""
    head = {name: getattr(results, name) for name in Results.__struct_fields__[:-1]}
    rows = ",\n".join(msgspec.json.encode(row).decode() for row in results.rows)
    shown = msgspec.json.format(msgspec.json.encode(head), indent=1).decode()
    path.write_text(f'{shown.removesuffix("}").rstrip()},\n "rows": [\n{rows}\n ]\n}}\n')


Show = Callable[[float], str]


def short(value: float) -> str:
    if value >= 100_000:
        return f"{value / 1000:,.0f}k"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def cell(values: Iterable[float], show: Show = short) -> str:
    """The median and, of more than one round, the range."""
    found = ranged(values)
    if found is None:
        return ""
    low, high = show(found.least), show(found.most)
    return show(found.middle) if low == high else f"{show(found.middle)} ({low}-{high})"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """In Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
