"""The append on a PostgreSQL database whose log is in partitions, beside one whose log is not: the same groups of
commits, in turn, on one server that flushes.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import NamedTuple

from intervene.adapters.postgres.database import PostgresDatabase
from intervene.adapters.postgres.log import PostgresLog
from intervene.ports.log import Commit, Verdict
from tests.bench import append, process
from tests.bench.figures import Figure
from tests.kit.postgres import Postgres, programs

PARTITIONS = (0, 8, 16, 64)  # 0: not divided
WIDTHS = (1, 16)  # commits in a group


class Size(NamedTuple):
    rounds: int = 5
    conversations: int = 256
    groups: int = 40


QUICK = Size(rounds=2, conversations=64, groups=10)


async def run(size: Size) -> list[Figure]:
    bin = programs()
    if bin is None:
        raise process.Missing("PostgreSQL is not installed")
    postgres = Postgres.create(bin, is_durable=True)
    try:
        async with AsyncExitStack() as stack:
            logs = []
            for partitions in PARTITIONS:
                url = await stack.enter_async_context(postgres.fresh(partitions))
                database = await PostgresDatabase.start(url, _nothing)
                stack.push_async_callback(database.close)
                logs.append(PostgresLog(database))
            return await _rounds(size, postgres, logs)
    finally:
        postgres.close()


async def _rounds(size: Size, postgres: Postgres, logs: Sequence[PostgresLog]) -> list[Figure]:
    states = [[await append.opened(log, number) for number in range(size.conversations)] for log in logs]
    cpu: dict[tuple[int, int], list[float]] = {}
    wall: dict[tuple[int, int], list[float]] = {}
    for round in range(-1, size.rounds):
        for width in WIDTHS:
            for which, log in enumerate(logs):
                groups = [append.commits(states[which], width) for _ in range(size.groups)]
                used, begun = _cpu(postgres), time.perf_counter()
                for group in groups:
                    await _append(log, group)
                if round >= 0:
                    each = size.groups * width / 1e6
                    wall.setdefault((which, width), []).append((time.perf_counter() - begun) / each)
                    cpu.setdefault((which, width), []).append((_cpu(postgres) - used) / each)
    return [
        Figure(
            bench="partitions",
            name=f"{what} of one, {width} in a group, {PARTITIONS[which]} partitions",
            unit="us",
            values=values[which, width],
            floor="not divided",
            floors=values[0, width],
        )
        for what, values in (("PostgreSQL's CPU", cpu), ("time", wall))
        for which in range(1, len(PARTITIONS))
        for width in WIDTHS
    ]


async def _append(log: PostgresLog, group: Sequence[Commit]) -> None:
    done: asyncio.Future[Sequence[Verdict]] = asyncio.get_running_loop().create_future()
    log.append(group, done.set_result)
    assert all(verdict is Verdict.WON for verdict in await done), "nobody else writes"


def _cpu(postgres: Postgres) -> float:
    return sum(map(process.cpu, postgres.processes))


async def _nothing(_: str) -> None:
    """The database is up to date."""
