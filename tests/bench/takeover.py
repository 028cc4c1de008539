"""An agent clicks Intervene in the middle of a streamed reply: how long until the ack, until all three sessions of the
conversation have the change of control, and until the bot's coroutine has ended (as the server's `takeover` frame
says). Idle, and with other replies being streamed. Beside it what it cannot do without: one durable commit on the same
disk, and one round trip to the same server under the same load.
"""

import asyncio
import random
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import anyio

from tests.bench import process, wire
from tests.bench.figures import Figure, percentile
from tests.bench.people import Room, agent_token, each, enter
from tests.bench.process import Server
from tests.bench.wire import Socket

CLICK_SECONDS = 10.0  # at most
PIECE_SECONDS = 0.1  # clicks are spread over the time between two pieces
KEPT = b"x" * 500  # what a commit of the floor keeps: about an event and a state
SCRIPT = "@pace 20\n" + " ".join(["word"] * 3000)
FLOOR = "commit + round trip"


class Size(NamedTuple):
    rounds: int = 4
    clicks: int = 40  # of a round, idle; and as many under load
    streams: int = 50


QUICK = Size(rounds=1, clicks=25)


class Click(NamedTuple):
    """Milliseconds."""

    ack: float
    seen: float
    bot_stopped: float


class Condition:
    """What was measured idle, or under load: a list for each round."""

    def __init__(self) -> None:
        self.clicks: list[list[Click]] = []
        self.commits: list[list[float]] = []
        self.trips: list[list[float]] = []


async def run(size: Size, directory: Path) -> list[Figure]:
    script = directory / "script.txt"
    script.write_text(SCRIPT)
    idle, loaded = Condition(), Condition()
    async with process.intervene(directory / "intervene", bot="scripted", script=script) as server:
        bench = _Bench(server, directory / "floor.db")
        agents = [await wire.join(server.port, agent_token(name)) for name in ("agent", "colleague")]
        others = await each(lambda number: enter(server, f"other-{number}"), range(size.streams))
        streams = _Streams(others)
        for _ in range(size.rounds):
            await bench.measure(idle, agents, size.clicks)
            await streams.start()
            await bench.measure(loaded, agents, size.clicks)
            await streams.stop()
    return [*_figures("idle", idle), *_figures(f"{size.streams} streams", loaded)]


def _figures(when: str, condition: Condition) -> list[Figure]:
    """p50 by rounds; p99 of all rounds, as one has too few clicks for it."""
    figures = []
    for at, what in enumerate(("ack", "seen by all", "bot stopped")):
        rounds = [[click[at] for click in clicks] for clicks in condition.clicks]
        for percent, clicks, commits, trips in (
            (50, rounds, condition.commits, condition.trips),
            (99, [sum(rounds, [])], [sum(condition.commits, [])], [sum(condition.trips, [])]),
        ):
            floors = [
                percentile(commit, percent) + percentile(trip, percent)
                for commit, trip in zip(commits, trips, strict=True)
            ]
            values = [percentile(times, percent) for times in clicks]
            name = f"click to {what}, {when}, p{percent}"
            figures.append(
                Figure(bench="intervene", name=name, unit="ms", values=values, floor=FLOOR, floors=floors)
            )
    return figures
