"""Two checkouts in one run: what a durable message, a streamed piece, a takeover and a session that comes cost the
server, how long a click takes, and what a joined session keeps.

Pairs are measured next to each other, the first of a pair in turn the one and the other, because the machine's mood
changes; both stream at once, so of pieces each window is a pair. What counts is the median of the pairs' ratios, and
the interval that holds the true median 19 times of 20.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from math import comb
from pathlib import Path
from statistics import median
from types import MappingProxyType
from typing import NamedTuple

from msgspec.structs import replace

from tests.bench import joining, messages, process, sessions
from tests.bench.figures import Figure
from tests.bench.people import contact_token, each, enter
from tests.bench.process import Server
from tests.bench.takeover import SCRIPT, Stream

FLOOR = "the base"
DOUBT = 0.05
REST_SECONDS = 1.2  # until a takeover's times are shown and kept, and nothing is left of a hand-back
FIRST_WORD = "@pace 0.005\nI am"  # and nothing for 200 s: the reply is open, and no piece is among the clicks


class Size(NamedTuple):
    pairs: int = 15
    seconds: float = 1.5
    rooms: int = 1000
    outstanding: int = 64
    streams: int = 200
    clicks: int = 150
    sessions: int = 1000
    warm: int = 400


QUICK = Size(pairs=7, seconds=0.5, rooms=300, streams=100, clicks=25, sessions=400, warm=200)

Values = tuple[list[float], list[float]]
"""Ours and the base's, pair by pair."""


async def run(base: Path, size: Size, directory: Path) -> list[Figure]:
    says = await _messages(base, size, directory)
    pieces = await _pieces(base, size, directory)
    takeovers, clicks = await _takeovers(base, size, directory)
    hellos, watches = await coming(base, size, directory)
    kept = await _sessions(base, size, directory)
    return [
        _figure("server's CPU for a message", "us", says),
        _figure("server's CPU for a piece", "us", pieces),
        _figure("server's CPU for a takeover", "us", takeovers),
        _figure("click to ack, p50", "ms", clicks),
        _figure("server's CPU for a hello", "us", hellos),
        _figure("server's CPU for a watch", "us", watches),
        _figure("memory of a joined session", "KiB", kept),
    ]


def _turns(size: Size, warm: int = 0) -> Iterator[tuple[int, int]]:
    """Pair by pair, which of the two is measured now. Pairs below 0 only warm up."""
    for pair in range(-warm, size.pairs):
        for at in (0, 1) if pair % 2 else (1, 0):
            yield pair, at


@asynccontextmanager
async def _servers(
    base: Path, directory: Path, script: str = "", given: Mapping[str, object] = MappingProxyType({})
) -> AsyncIterator[tuple[Server, Server]]:
    """Ours and the base's, with the settings `given`; with a `script`, they have the bot that plays it."""
    directory.mkdir()
    settings: dict[str, object] = {"bot": "none", **given}
    if script:
        (directory / "script.txt").write_text(script)
        settings |= {"bot": "scripted", "script": directory / "script.txt"}
    async with (
        process.intervene(directory / "head", **settings) as head,
        process.intervene(directory / "base", base, **settings) as other,
    ):
        yield head, other


async def _messages(base: Path, size: Size, directory: Path) -> Values:
    values: Values = [], []
    async with _servers(base, directory / "messages") as servers:
        loads = [await messages.furnished(size.rooms, server) for server in servers]
        most = messages.MOST * size.rooms // (size.pairs + 1)
        for pair, at in _turns(size, warm=1):
            result = await loads[at].round(size.seconds, most, size.outstanding)
            if pair >= 0:
                values[at].append(result.us)
    return values


async def _streams(server: Server, count: int) -> list[Stream]:
    """As many replies being written, each for three sessions of its own."""

    async def begin(number: int) -> Stream:
        stream = Stream(await enter(server, f"streams-{number}"))
        await stream.start()
        return stream

    return await each(begin, range(count))


async def _pieces(base: Path, size: Size, directory: Path) -> Values:
    values: Values = [], []
    counts = [0, 0]

    def count(at: int, data: bytes) -> None:
        counts[at] += data.startswith(b'{"type":"piece"')

    async with _servers(base, directory / "pieces", SCRIPT) as servers:
        for at, server in enumerate(servers):
            for stream in await _streams(server, size.streams):
                stream.room.contact.on_frame = partial(count, at)
        for pair in range(-1, size.pairs):
            begun = [(server.cpu(), counts[at]) for at, server in enumerate(servers)]
            await asyncio.sleep(size.seconds)
            for at, (cpu, shown) in enumerate(begun if pair >= 0 else []):
                values[at].append((servers[at].cpu() - cpu) * 1e6 / (counts[at] - shown))
    return values


async def _takeovers(base: Path, size: Size, directory: Path) -> tuple[Values, Values]:
    """Processor time of a takeover, and milliseconds from click to ack. One click after another."""
    cpus: Values = [], []
    acks: Values = [], []
    async with _servers(base, directory / "takeovers", FIRST_WORD) as servers:
        streams = [await _streams(server, size.clicks) for server in servers]
        for pair, at in _turns(size, warm=1):
            cpu = servers[at].cpu()
            took = [await stream.stop() for stream in streams[at]]
            await asyncio.sleep(REST_SECONDS)
            if pair >= 0:
                cpus[at].append((servers[at].cpu() - cpu) * 1e6 / size.clicks)
                acks[at].append(median(took))
            await each(Stream.start, streams[at])
            await asyncio.sleep(REST_SECONDS)
    return cpus, acks


async def coming(base: Path, size: Size, directory: Path) -> tuple[Values, Values]:
    """Processor time of a session: until its welcome, and of its watch."""
    hellos: Values = [], []
    watches: Values = [], []
    async with _servers(base, directory / "coming", given=joining.SETTINGS) as servers:
        places = [await joining.furnish(server, size.sessions) for server in servers]
        for pair, at in _turns(size, warm=1):
            cost = await joining.costs(servers[at], places[at])
            if pair >= 0:
                hellos[at].append(cost.hello)
                watches[at].append(cost.watch)
    return hellos, watches


async def _sessions(base: Path, size: Size, directory: Path) -> Values:
    values: Values = [], []
    tokens = [contact_token(f"contact-{number}") for number in range(size.warm + size.sessions)]
    for pair, at in _turns(size):
        place = directory / f"sessions-{pair}-{at}"
        start = partial(process.intervene, place, base if at else process.ROOT, bot="none")
        [cost] = await sessions.visit(start, tokens[: size.warm], tokens[size.warm :])
        values[at].append(cost.kib)
    return values


def _figure(name: str, unit: str, values: Values) -> Figure:
    ours, floors = values
    aim = "x floor < 1.05"
    figure = Figure(bench="compare", name=name, unit=unit, values=ours, aim=aim, floor=FLOOR, floors=floors)
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
