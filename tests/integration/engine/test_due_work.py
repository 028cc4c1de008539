"""Work that is due and cannot be done: it is tried again ever more seldom, told once, and done as soon as it can be."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from intervene import takeovers
from intervene.adapters.postgres.database import PostgresDatabase
from intervene.adapters.postgres.log import PostgresLog
from intervene.adapters.sql.store import Store
from intervene.bots.api import Turn
from intervene.core.backoff import rest_seconds
from intervene.core.conversation.turns import Outcome, Wait
from intervene.core.timing import PRODUCTION
from intervene.housekeeping import attempts
from intervene.migrations import upgrade_postgres
from tests.integration.engine.cluster import Cluster, Node
from tests.kit.limits import LONG_WAIT, TIMING, eventually

LINE = "what is due cannot be done; it is tried again"
TEN = 10


class Waiting:
    """Ten conversations whose bot waits a moment, and then speaks no more."""

    def __init__(self, cluster: Cluster, name: str = "n1") -> None:
        self.turns = 0
        self.node = cluster.node(name, {"echo": self._bot})
        self._cluster = cluster

    async def _bot(self, turn: Turn) -> Outcome:
        self.turns += 1
        return Wait(0.5 if self.turns <= TEN else 3600.0)

    async def begin(self) -> None:
        for _ in range(TEN):
            await self._cluster.opens(self.node)
        await eventually(lambda: self.turns == TEN)
        await self._cluster.settles()

    @property
    def tries(self) -> int:
        """Transactions that the node has asked the log for."""
        return self.node.engine.stats.groups + self.node.engine.stats.locked

    @property
    def is_done(self) -> bool:
        return self.turns == 2 * TEN


def _lines(logs: list[Any], event: str = LINE) -> int:
    return sum(line["event"] == event for line in logs)


@asynccontextmanager
async def _kept(node: Node) -> AsyncIterator[None]:
    keeping = asyncio.ensure_future(node.housekeeping.run())
    try:
        yield
    finally:
        keeping.cancel()


async def _passes(seconds: float) -> None:
    with pytest.raises(TimeoutError):
        await eventually(lambda: False, within=seconds)


async def test_rows_that_a_stranger_has_locked_are_tried_seldom_and_done_when_they_are_free(
    cluster: Cluster, postgres_url: str
) -> None:
    """[P7] Ten conversations are due and locked for two seconds: one line, a few transactions, and then all are done.
    Meanwhile a conversation that nobody has locked is seen to."""
    cluster.timing = replace(TIMING, heartbeat=0.2, postgres_lock=0.2, outage_calm=0.0)
    shared = await PostgresDatabase.start(postgres_url, upgrade_postgres, cluster.timing)
    local = cluster.stands_on(Store.of(PostgresLog(shared), shared), postgres_url)
    waiting = Waiting(cluster)
    await waiting.begin()
    stranger = await asyncpg.connect(postgres_url)
    lock = stranger.transaction()
    await lock.start()
    await stranger.execute("SELECT FROM conversation FOR UPDATE")
    with capture_logs() as logs:
        async with _kept(waiting.node):
            before = waiting.tries
            await _passes(2.5)
            assert TEN <= waiting.tries - before <= 5 * TEN
            free = await cluster.opens(waiting.node)
            await eventually(lambda: waiting.turns == TEN + 1)
            cluster.rooms.remove(free)
            waiting.turns -= 1
            await lock.rollback()
            await eventually(lambda: waiting.is_done, within=LONG_WAIT)
            await eventually(lambda: _lines(logs, "all that was due could be done") == 1)
    assert _lines(logs) == 1
    await stranger.close()
    await cluster.settles()
    await cluster.is_sound()
    cluster.rooms.clear()
    assert waiting.node.runner
    waiting.node.runner.is_draining = True
    waiting.node.dies()
    await shared.close()
    cluster.stands_on(local)


async def test_a_sqlite_database_that_another_program_has_locked_is_tried_seldom(cluster: Cluster) -> None:
    cluster.timing = cluster.database._timing = replace(PRODUCTION, heartbeat=0.2, sqlite_busy=0.05)
    waiting = Waiting(cluster)
    await waiting.begin()
    cluster.database.writer._forget_connection()  # the next one has the bound of this test
    with closing(sqlite3.connect(cluster.database._path, isolation_level=None)) as stranger, capture_logs() as logs:
        stranger.execute("BEGIN IMMEDIATE")
        async with _kept(waiting.node):
            before = waiting.tries
            await _passes(2.5)
            assert TEN <= waiting.tries - before <= 2.5 * TEN
            stranger.execute("ROLLBACK")
            await eventually(lambda: waiting.is_done, within=LONG_WAIT)
    assert _lines(logs) == 1


async def test_a_timer_that_is_due_and_waits_for_its_answer_is_submitted_once(cluster: Cluster) -> None:
    """Heartbeats go on while the log writes; none of them repeats what is under way."""
    waiting = Waiting(cluster)
    await waiting.begin()
    waiting.node.log.holds_writes()
    await _passes(0.6)
    for _ in range(20):
        await waiting.node.housekeeping.heartbeat()
    assert waiting.node.log.locked - TEN <= attempts.FEWEST_AT_ONCE
    waiting.node.log.releases_writes()
    await waiting.node.housekeeping.heartbeat()
    await eventually(lambda: waiting.is_done)


async def test_housekeeping_rests_as_long_when_the_log_cannot_be_read(cluster: Cluster) -> None:
    cluster.timing = replace(TIMING, heartbeat=0.2)
    waiting = Waiting(cluster)
    await waiting.begin()
    async with _kept(waiting.node):
        waiting.node.log.is_away = True
        asked = waiting.node.log.asked
        await _passes(1.5)
        assert waiting.node.log.asked - asked < 20
        waiting.node.log.is_away = False
        await eventually(lambda: waiting.is_done)


async def test_old_pieces_that_cannot_be_dropped_keep_no_timer_waiting(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = Waiting(cluster)
    tries = 0

    async def hangs(before: int) -> int:
        nonlocal tries
        tries += 1
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

    monkeypatch.setattr(waiting.node.log, "drop_pieces", hangs)
    await waiting.begin()
    async with _kept(waiting.node):
        await eventually(lambda: waiting.is_done)
    assert tries == 1


async def test_rests_grow_are_bounded_and_differ() -> None:
    rests = [rest_seconds(failures, first=1.0, longest=15.0, chance=1.0) for failures in range(1, 8)]
    assert rests == [1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0]
    assert rest_seconds(10_000, first=1.0, longest=15.0, chance=0.0) == 7.5
    assert takeovers.LONGEST_REST_SECONDS == 30.0
