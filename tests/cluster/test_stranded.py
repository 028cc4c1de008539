"""[P5] A node reaches neither PostgreSQL nor Redis. It cannot ask whether others do."""

import anyio
import pytest

from tests.cluster.bench import Bench
from tests.cluster.scenes import is_taken, knows_of, says
from tests.cluster.test_postgres_faults import AWAY, is_not_ready, is_ready
from tests.kit.limits import BACK, STRANDED, WAIT, eventually
from tests.kit.people import Agent, Customer
from tests.kit.proxy import Mode
from tests.kit.server import until

LINE = "this node reaches neither the database nor Redis: sessions are sent away"


@pytest.mark.parametrize("mode", [Mode.RESET, Mode.HALF_OPEN, Mode.CLOSED], ids=["reset", "half-open", "closed"])
async def test_a_node_that_reaches_nothing_sends_its_sessions_away_and_takes_none_until_it_does(
    bench: Bench, mode: Mode
) -> None:
    bench.may_complain(*AWAY, LINE)
    a, b = await bench.starts("a", "b", bot="none")
    await knows_of(a, alive=2)
    async with Customer(a).knows(b) as maria, Agent(b) as ana:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        a.postgres_line.mode = a.redis_line.mode = mode
        assert await maria.is_gone(within=STRANDED) == 1013
        await until(lambda: is_not_ready(a))
        await maria.comes_back()
        await ana.intervenes(c)
        await maria.sees(c, is_taken)
        await ana.says(c, "Your node was alone.")
        await maria.sees(c, says("Your node was alone."))

        a.postgres_line.mode = a.redis_line.mode = Mode.PASS
        a.postgres_line.reset()
        a.redis_line.reset()
        with anyio.fail_after(BACK):
            await until(lambda: is_ready(a))
        await maria.goes_to(a)
        await maria.says("And back.")
        await ana.sees(c, says("And back."))
        await bench.is_in_order(maria, ana)


async def test_sessions_stay_while_all_nodes_lose_everything_for_as_long_as_a_restart_takes(bench: Bench) -> None:
    bench.may_complain(*AWAY)
    a, b = await bench.starts("a", "b", bot="none")
    async with Customer(a) as maria, Agent(b) as ana:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        await ana.intervenes(c)
        for node in (a, b):
            node.postgres_line.mode = node.redis_line.mode = Mode.RESET
        for node in (a, b):
            await until(lambda node=node: is_not_ready(node), within=WAIT)  # type: ignore[misc]
        for node in (a, b):
            node.postgres_line.mode = node.redis_line.mode = Mode.PASS
        for node in (a, b):
            await until(lambda node=node: is_ready(node), within=BACK)  # type: ignore[misc]
        await ana.says(c, "Everything was away.")
        await maria.sees(c, says("Everything was away."))
        await eventually(lambda: maria.is_here and ana.is_here)
        assert LINE not in a.log + b.log
        await bench.is_in_order(maria, ana)
