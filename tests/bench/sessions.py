"""An idle session: what it keeps in memory, and the processor time of its coming, from the connection to the welcome.

Each variant is a fresh process every round, as memory that was freed would be used again. Our sessions then go on to
make a conversation each and to watch it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from tests.bench import process, wire
from tests.bench.figures import Figure
from tests.bench.people import contact_token, each, open_mine
from tests.bench.process import Server

SETTLE_SECONDS = 0.3
FLOORS = {"bare": "bare transport", "starlette": "uvicorn and Starlette"}


class Size(NamedTuple):
    rounds: int = 3
    sessions: int = 2000
    warm: int = 1000  # come first and stay: they use up what the start left free


QUICK = Size(rounds=1, sessions=600, warm=300)


class Cost(NamedTuple):
    """Of one session."""

    kib: float
    us: float


_Start = Callable[[], AbstractAsyncContextManager[Server]]
_In = TypeVar("_In")
_Out = TypeVar("_Out")


async def run(size: Size, directory: Path) -> list[Figure]:
    tokens = [contact_token(f"contact-{number}") for number in range(size.warm + size.sessions)]
    warm, tokens = tokens[: size.warm], tokens[size.warm :]
    floors: dict[str, list[Cost]] = {floor: [] for floor in FLOORS}
    joining: list[Cost] = []
    opening: list[Cost] = []
    for round in range(size.rounds):
        for floor, costs in floors.items():
            costs += await visit(partial(process.floor, floor, directory / f"{floor}-{round}"), warm, tokens)
        start = partial(process.intervene, directory / f"intervene-{round}", bot="none")
        ours = await visit(start, warm, tokens, goes_on=True)
        joining.append(ours[0])
        opening.append(ours[1])
    figures = []
    for floor, costs in floors.items():
        kib, us = [cost.kib for cost in costs], [cost.us for cost in costs]
        whole = [one.kib + other.kib for one, other in zip(joining, opening, strict=True)]
        figures += [
            _figure("memory, joined", "KiB", [cost.kib for cost in joining], "< 8", floor, kib),
            _figure("memory, joined and watching its conversation", "KiB", whole, "", floor, kib),
            _figure("CPU to join", "us", [cost.us for cost in joining], "< 400", floor, us),
        ]
    return [*figures, _figure("CPU to make and watch a conversation", "us", [cost.us for cost in opening])]


def _figure(
    name: str, unit: str, values: list[float], aim: str = "", floor: str = "", floors: Sequence[float] = ()
) -> Figure:
    floor = FLOORS.get(floor, "")
    return Figure(bench="sessions", name=name, unit=unit, values=values, aim=aim, floor=floor, floors=list(floors))


async def visit(start: _Start, warm: Sequence[str], tokens: Sequence[str], *, goes_on: bool = False) -> list[Cost]:
    """What it costs the server that all come, and, if they go on, that each makes a conversation and watches it."""
    async with start() as server:
        come = partial(wire.join, server.port)
        first = await each(come, warm)
        sockets, cost = await _cost(server, come, tokens)
        costs = [cost]
        if goes_on:
            await each(open_mine, first)
            _, cost = await _cost(server, open_mine, sockets)
            costs.append(cost)
        for socket in (*first, *sockets):
            socket.abort()
        return costs


async def _cost(
    server: Server, work: Callable[[_In], Awaitable[_Out]], inputs: Sequence[_In]
) -> tuple[list[_Out], Cost]:
    memory, cpu = server.memory(), server.cpu()
    done = await each(work, inputs)
    await asyncio.sleep(SETTLE_SECONDS)
    kib, us = (server.memory() - memory) / 1024, (server.cpu() - cpu) * 1e6
    return done, Cost(kib / len(inputs), us / len(inputs))
