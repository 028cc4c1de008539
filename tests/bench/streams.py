"""Bots that stream 20 words a second, each to the three sessions of its conversation: the server's processor time for a
piece, beside a relay that keeps nothing, and how long a piece takes from the bot's writer to a screen, beside one
durable commit on the same disk and one round trip to the same server. So many streams at a time.
"""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.bench import messages, process
from tests.bench.disk import Bare
from tests.bench.figures import Figure, percentiles
from tests.bench.people import each, enter
from tests.bench.process import Server
from tests.bench.takeover import SCRIPT, Stream, commit, trip

RELAYED_SECONDS = 0.5
FLOORS = 20  # of a round
FLOOR = "commit + round trip"


class Size(NamedTuple):
    rounds: int = 5
    seconds: float = 3.0
    streams: Sequence[int] = (50, 200, 1000)
    rooms: int = 500  # of the relay


QUICK = Size(rounds=2, seconds=1.0, streams=(20, 100), rooms=200)


class Screens:
    """What the streams of a server show their customers."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.streams: list[Stream] = []
        self.took: list[float] = []
        """Milliseconds from the writer to the screen, of stamped pieces."""
        self.count = 0

    async def grow(self, count: int) -> None:
        """Until there are so many streams."""

        async def begin(number: int) -> Stream:
            stream = Stream(await enter(self.server, f"streams-{number}"))
            await stream.start()
            stream.room.contact.on_frame = self._show
            return stream

        self.streams += await each(begin, range(len(self.streams), count))

    def _show(self, data: bytes) -> None:
        now = time.monotonic()
        if not data.startswith(b'{"type":"piece"'):
            return
        self.count += 1
        _, found, rest = data.partition(b'"text":"@')
        if found:
            self.took.append(now * 1000 - int(rest[: rest.index(b"@")]) / 1000)


class Window(NamedTuple):
    per_second: float
    us: float
    core: float
    """Of a processor core."""


async def run(size: Size, directory: Path) -> list[Figure]:
    script = directory / "script.txt"
    script.write_text(SCRIPT)
    figures: list[Figure] = []
    settings: dict[str, object] = {"bot": "scripted", "script": script}
    async with process.floor("relay", directory / "relay") as relay:
        floor = await messages.relayed(size.rooms, relay)
        async with process.intervene(directory / "plain", **settings) as server:
            screens = Screens(server)
            for count in size.streams:
                await screens.grow(count)
                windows, floors = [], []
                for _ in range(size.rounds):
                    floors.append((await floor.round(RELAYED_SECONDS, size.rooms * messages.MOST, 64)).us)
                    windows.append(await _window(screens, size.seconds))
                figures += _costs(count, windows, floors)
    disk = Bare(directory / "floor.db")
    async with process.intervene(directory / "stamped", process.ROOT, "tests.bench.stamped", **settings) as server:
        screens = Screens(server)
        for count in size.streams:
            await screens.grow(count)
            rounds = [await _times(screens, size.seconds, disk) for _ in range(size.rounds)]
            took, beside = zip(*rounds, strict=True)
            figures += percentiles("streams", f"writer to screen, {count} streams", took, FLOOR, beside)
    return figures


def _costs(count: int, windows: Sequence[Window], floors: list[float]) -> list[Figure]:
    def figure(name: str, unit: str, at: int) -> Figure:
        values = [window[at] for window in windows]
        beside = floors if unit == "us" else []
        return Figure(
            bench="streams", name=f"{name}, {count} streams", unit=unit, values=values,
            floor=messages.FLOOR if beside else "", floors=beside,
        )  # fmt: skip

    return [
        figure("pieces", "/s", 0),
        figure("server's CPU for a piece", "us", 1),
        figure("server's core", "of 1", 2),
    ]


async def _window(screens: Screens, seconds: float) -> Window:
    cpu, count, begun = screens.server.cpu(), screens.count, time.perf_counter()
    await asyncio.sleep(seconds)
    spent, pieces, elapsed = screens.server.cpu() - cpu, screens.count - count, time.perf_counter() - begun
    return Window(pieces / elapsed, spent * 1e6 / pieces, spent / elapsed)


async def _times(screens: Screens, seconds: float, disk: Bare) -> tuple[list[float], list[tuple[float, float]]]:
    """Of the pieces of so many seconds, and of the floors right after them."""
    screens.took = []
    await asyncio.sleep(seconds)
    took = screens.took
    colleague = screens.streams[0].room.colleague
    return took, [(commit(disk), await trip(colleague)) for _ in range(FLOORS)]
