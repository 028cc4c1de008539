"""[P5] Clocks are set by a day while a bot waits six seconds: it waits six seconds, or as long as a node needs to take
the timer up. Real servers, real databases."""

import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cluster.bench import HOSTILE, ROOT, Bench
from tests.cluster.clock import HOUR, Clock
from tests.cluster.scenes import knows_of
from tests.kit.limits import WAITED
from tests.kit.people import Customer
from tests.kit.server import ServerProcess

DAY = 23 * HOUR  # less than tokens last: their ends are instants
SECONDS = 6.0
MOMENT, WAITING_IS_OVER = "One moment.", "I have waited."


@pytest.mark.parametrize("jump", [-DAY, DAY])
async def test_the_clock_of_postgres_is_set_while_a_bot_waits(clocked_bench: Bench, jump: int) -> None:
    clocked_bench.may_complain("")
    a, b = await clocked_bench.starts("a", "b", hostile="patient")
    await knows_of(a, alive=2)
    async with Customer(a).knows(b) as maria:
        c = (await maria.opens()).conversation
        await maria.says("Are you there?")
        await maria.sees(c, lambda event: event.text.endswith(MOMENT))
        began = time.monotonic()
        clocked_bench.postgres_clock.jumps(jump)
        await maria.sees(c, lambda event: event.text.endswith(WAITING_IS_OVER), within=WAITED)
        assert time.monotonic() - began > SECONDS - 1.0


async def test_the_clock_is_set_back_and_the_node_that_knew_of_the_timer_dies(clocked_bench: Bench) -> None:
    clocked_bench.may_complain("")
    a, b = await clocked_bench.starts("a", "b", hostile="patient")
    await knows_of(a, alive=2)
    async with Customer(a).knows(b) as maria:
        c = (await maria.opens()).conversation
        await maria.says("Are you there?")
        await maria.sees(c, lambda event: event.text.endswith(MOMENT))
        await a.kill()
        clocked_bench.postgres_clock.jumps(-DAY)
        await maria.comes_back()
        await maria.sees(c, lambda event: event.text.endswith(WAITING_IS_OVER), within=WAITED)


@pytest.fixture
async def alone(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A server on SQLite, with a clock of its own."""
    server = ServerProcess(tmp_path, program=f"{HOSTILE} patient")
    server.environment["PYTHONPATH"] = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))
    yield server
    if server.is_running:
        await server.kill()


@pytest.mark.parametrize("jump", [-DAY, DAY])
@pytest.mark.parametrize("is_killed", [False, True], ids=["while it runs", "between two lives"])
async def test_the_clock_of_a_server_on_sqlite_is_set_while_a_bot_waits(
    alone: ServerProcess, tmp_path: Path, jump: int, is_killed: bool
) -> None:
    clock = Clock(tmp_path)
    alone.environment |= clock.environment
    await alone.start()
    async with Customer(alone) as maria:
        c = (await maria.opens()).conversation
        await maria.says("Are you there?")
        await maria.sees(c, lambda event: event.text.endswith(MOMENT))
        if is_killed:
            await alone.kill()
        clock.jumps(jump)
        if is_killed:
            await alone.start()
            await maria.comes_back()
        await maria.sees(c, lambda event: event.text.endswith(WAITING_IS_OVER), within=WAITED)
        await maria.finds(lambda: maria.screen.holder == "bot")
