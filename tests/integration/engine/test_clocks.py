"""[P5] The database's clock is set while bots wait: a wait is a duration."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from intervene.bots.api import Turn
from intervene.core.conversation.state import Cause
from intervene.core.conversation.turns import Answered, Outcome, Wait
from tests.integration.engine.cluster import Cluster, Node
from tests.kit.limits import eventually

DAY = 24 * 3600 * 1000
SECONDS = 0.8


class Waits:
    """A bot that waits once, and when its timer ended."""

    def __init__(self) -> None:
        self.began = self.ended = 0.0

    async def __call__(self, turn: Turn) -> Outcome:
        if turn.cause is Cause.TIMER:
            self.ended = time.monotonic()
            return Answered()
        self.began = time.monotonic()
        return Wait(SECONDS)

    async def ends(self) -> float:
        """After how many seconds."""
        await eventually(lambda: self.ended > 0)
        return self.ended - self.began


@asynccontextmanager
async def kept_up(*nodes: Node) -> AsyncIterator[None]:
    keeping = [asyncio.ensure_future(node.housekeeping.run()) for node in nodes]
    yield
    for task in keeping:
        task.cancel()
    await asyncio.gather(*keeping, return_exceptions=True)


@pytest.mark.parametrize("jump", [-DAY, -60_000, 0, 60_000, DAY, 400 * DAY])
async def test_a_wait_lasts_as_long_as_it_was_to_whatever_the_clock_is_set_to(cluster: Cluster, jump: int) -> None:
    bot = Waits()
    n1 = cluster.node("n1", {"echo": bot})
    async with kept_up(n1):
        await cluster.opens(n1)
        await eventually(lambda: bot.began > 0)
        await cluster.settles()
        n1.log.ahead = jump
        n1.housekeeping.wake()
        assert await bot.ends() >= SECONDS


@pytest.mark.parametrize("jump", [-DAY, -60_000])
async def test_a_wait_of_a_node_that_died_ends_though_the_clock_was_set_back(cluster: Cluster, jump: int) -> None:
    """Or of a server that was started again: nobody remembers when it began."""
    bot = Waits()
    n1, n2 = cluster.node("n1", {"echo": bot}), cluster.node("n2", {"echo": bot})
    await cluster.opens(n1)
    await eventually(lambda: bot.began > 0)
    await cluster.settles()
    n2.log.ahead = jump
    async with kept_up(n2):
        assert await bot.ends() >= SECONDS


@pytest.mark.parametrize("is_known", [True, False])
async def test_a_node_beside_the_one_that_set_a_timer_does_not_end_it_sooner(cluster: Cluster, is_known: bool) -> None:
    """Also when the clock is set forward in the moment before that node reads of it."""
    bot = Waits()
    n1, n2 = cluster.node("n1", {"echo": bot}), cluster.node("n2", {"echo": bot})
    await n2.housekeeping.heartbeat()
    await cluster.opens(n1)
    await eventually(lambda: bot.began > 0)
    await cluster.settles()
    if is_known:
        await n2.housekeeping.heartbeat()
    n2.log.ahead = DAY
    async with kept_up(n2):
        assert await bot.ends() >= SECONDS


async def test_a_wait_that_was_cancelled_costs_nothing_later(cluster: Cluster) -> None:
    bot = Waits()
    n1 = cluster.node("n1", {"echo": bot})
    room = await cluster.opens(n1)
    await eventually(lambda: bot.began > 0)
    await cluster.settles()
    await n1.housekeeping.heartbeat()
    await room.agent("Anna", n1).intervenes()
    await n1.housekeeping.heartbeat()
    locked = n1.engine.stats.locked
    over = time.monotonic() + SECONDS
    await eventually(lambda: time.monotonic() > over)
    await n1.housekeeping.heartbeat()
    await cluster.settles()
    assert n1.engine.stats.locked == locked
    assert bot.ended == 0.0
