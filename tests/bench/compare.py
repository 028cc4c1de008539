"""Two checkouts in one run: what a durable message costs the server, and what a joined session keeps.

Pairs are measured next to each other, the first of a pair in turn the one and the other, because the machine's mood
changes. What counts is the median of the pairs' ratios, and the interval that holds the true median 19 times of 20.
"""

from collections.abc import Sequence
from functools import partial
from math import comb
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from tests.bench import messages, process, sessions
from tests.bench.figures import Figure
from tests.bench.people import contact_token

FLOOR = "the base"
DOUBT = 0.05


class Size(NamedTuple):
    pairs: int = 15
    seconds: float = 1.5
    rooms: int = 1000
    outstanding: int = 64
    sessions: int = 1000
    warm: int = 400


QUICK = Size(pairs=7, seconds=0.5, rooms=300, sessions=400, warm=200)


async def run(base: Path, size: Size, directory: Path) -> list[Figure]:
    ours, floors = await _messages(base, size, directory)
    kept, floors_kept = await _sessions(base, size, directory)
    return [
        _figure("server's CPU for a message", "us", ours, floors),
        _figure("memory of a joined session", "KiB", kept, floors_kept),
    ]


async def _messages(base: Path, size: Size, directory: Path) -> tuple[list[float], list[float]]:
    values: tuple[list[float], list[float]] = [], []
    async with (
        process.intervene(directory / "head", bot="none") as head,
        process.intervene(directory / "base", base, bot="none") as other,
    ):
        loads = [await messages.furnished(size.rooms, server) for server in (head, other)]
        for pair in range(-1, size.pairs):
            most = messages.MOST * size.rooms // (size.pairs + 1)
            for at in (0, 1) if pair % 2 else (1, 0):
                result = await loads[at].round(size.seconds, most, size.outstanding)
                if pair >= 0:
                    values[at].append(result.us)
    return values


async def _sessions(base: Path, size: Size, directory: Path) -> tuple[list[float], list[float]]:
    values: tuple[list[float], list[float]] = [], []
    tokens = [contact_token(f"contact-{number}") for number in range(size.warm + size.sessions)]
    for pair in range(size.pairs):
        for at in (0, 1) if pair % 2 else (1, 0):
            place = directory / f"sessions-{pair}-{at}"
            start = partial(process.intervene, place, base if at else process.ROOT, bot="none")
            [cost] = await sessions.visit(start, tokens[: size.warm], tokens[size.warm :])
            values[at].append(cost.kib)
    return values


def _figure(name: str, unit: str, values: list[float], floors: list[float]) -> Figure:
    aim = "x floor < 1.03"
    figure = Figure(bench="compare", name=name, unit=unit, values=values, aim=aim, floor=FLOOR, floors=floors)
    least, most = interval(figure.ratios)
    return replace(figure, name=f"{name} (x {least:.3f} to {most:.3f})")


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Between which two of them the true median lies, but for `DOUBT` of all cases. By ranks: nothing is assumed of how
    the values are spread."""
    ranked, count = sorted(values), len(values)
    at, below = 0, 1 / 2**count
    while at < (count - 1) // 2 and below + comb(count, at + 1) / 2**count <= DOUBT / 2:
        at += 1
        below += comb(count, at) / 2**count
    return ranked[at], ranked[-1 - at]
