"""A PostgreSQL database that is not what it was: restored, promoted, a standby; and who may use one beside whom."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace

from intervene.adapters.postgres import database as postgres_database
from intervene.adapters.postgres.database import PostgresDatabase
from intervene.adapters.postgres.log import PostgresLog
from intervene.adapters.sql.nodes import SqlNodes
from intervene.adapters.sql.schedule import SqlSchedule
from intervene.core.errors import Unavailable
from intervene.core.ids import NodeId
from intervene.core.timing import Timing
from intervene.migrations import upgrade_postgres
from intervene.ports.log import Verdict
from tests.contract.build import STAFF, append, talks
from tests.kit.limits import TIMING, WAIT, eventually
from tests.kit.postgres import Postgres, postgres, postgres_url
from tests.kit.server import until

__all__ = ["postgres", "postgres_url"]  # fixtures

ME = NodeId("me")

Start = Callable[..., Awaitable[PostgresDatabase]]


@pytest.fixture
async def start(postgres_url: str) -> AsyncIterator[Start]:
    """One more node on the test's database; what a test leaves open is closed."""
    async with AsyncExitStack() as stack:

        async def start(timing: Timing = TIMING) -> PostgresDatabase:
            database = await PostgresDatabase.start(postgres_url, upgrade_postgres, timing)
            stack.push_async_callback(database.close)
            return database

        yield start


class Remembering:
    """A node that has written beats, and hears when its database went back."""

    def __init__(self, database: PostgresDatabase) -> None:
        self.database = database
        self.log = PostgresLog(database)
        self.schedule = SqlSchedule(database)
        self.beats = 0
        self.backs = 0
        database.as_left = lambda: SqlNodes.has(ME, self.beats)
        database.went_back = self._went_back

    async def lives(self, beats: int) -> None:
        for _ in range(beats):
            await SqlNodes(self.database).beat(ME)
            self.beats += 1

    def _went_back(self) -> None:
        self.backs += 1
        self.beats = 0


async def others_do(url: str, *statements: str) -> list[Any]:
    connection = await asyncpg.connect(url, timeout=WAIT)
    try:
        return [await connection.fetch(statement) for statement in statements]
    finally:
        connection.terminate()


CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND datname = current_database()
"""


async def test_what_was_decided_before_a_restore_is_not_written_after_it(start: Start, postgres_url: str) -> None:
    """[P1] [P5] The row has the very version that was decided on, and another content: only the node's own beats
    tell. What is decided anew is written."""
    node = Remembering(await start())
    await node.lives(beats=3)
    [talk] = await talks(node.log, 1)
    item = talk.customer_says()
    await others_do(postgres_url, "UPDATE node SET beats = 1", CUT)
    while not node.backs:  # the connection was cut, and the new one is refused before anything runs on it
        assert await append(node.log, item) == [Verdict.UNKNOWN]
    assert await append(node.log, item) == [Verdict.WON], "now it is decided on what there is"


async def test_a_group_that_waits_while_the_database_goes_back_loses(start: Start, postgres_url: str) -> None:
    """[P1] [P5] Another connection has found out before the group's turn came."""
    node = Remembering(await start())
    await node.lives(beats=3)
    [talk] = await talks(node.log, 1)
    verdicts: list[Verdict] = []
    node.log.append([talk.customer_says()], verdicts.extend)
    node.database.start_over()
    await eventually(lambda: bool(verdicts))
    assert verdicts == [Verdict.CONFLICT]


async def test_a_plain_restart_is_no_restore(start: Start, postgres: Postgres) -> None:
    node = Remembering(await start())
    await node.lives(beats=3)
    [talk] = await talks(node.log, 1)
    postgres.restart()
    with pytest.raises(Unavailable):
        await node.log.read(talk.key, STAFF)  # on a connection of before
    assert await node.log.read(talk.key, STAFF)
    assert node.backs == 0


async def test_a_node_that_leaves_takes_its_missing_heartbeats_for_no_restore(start: Start, postgres_url: str) -> None:
    """Connections that it makes until its end are still its own."""
    node = Remembering(await start())
    await node.lives(beats=3)
    [talk] = await talks(node.log, 1)
    node.database.forget_node()
    await SqlNodes(node.database).leave(ME)
    await others_do(postgres_url, CUT)

    async def reads_again() -> bool:
        try:
            return bool(await node.log.read(talk.key, STAFF))
        except Unavailable:
            return False  # on a connection of before

    await until(reads_again)
    assert node.backs == 0


async def test_a_server_of_another_timeline_is_another_history(
    start: Start, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P5] A standby that was promoted may have missed the last commits, and have our beats all the same."""
    node = Remembering(await start())
    await node.lives(beats=3)
    monkeypatch.setattr(postgres_database, "_TIMELINE", "SELECT '00000009'")
    await others_do(postgres_url, CUT)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await node.schedule.now()
        if node.backs:
            break
    assert node.backs == 1
    assert await node.schedule.now()


async def test_a_standby_is_not_asked(start: Start, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """[P5] What it has may be old."""
    node = Remembering(await start())
    monkeypatch.setattr(postgres_database, "_TIMELINE", "SELECT NULL")
    await others_do(postgres_url, CUT)
    for _ in range(3):
        with pytest.raises(Unavailable):
            await node.schedule.now()
    assert node.backs == 0


# -- who may use it beside whom ----------------------------------------------------------------------------------------


async def test_nodes_with_a_hub_use_one_database_together(start: Start) -> None:
    for _ in range(3):
        await (await start()).reserve(is_alone=False)


@pytest.mark.parametrize(("first", "second"), [(True, True), (True, False), (False, True)])
async def test_a_node_without_a_hub_wants_the_database_for_itself(start: Start, first: bool, second: bool) -> None:
    """And says what to do."""
    one, two = await start(), await start()
    await one.reserve(is_alone=first)
    with pytest.raises(Unavailable, match="redis_url"):
        await two.reserve(is_alone=second)
    await one.close()
    await two.reserve(is_alone=second)


async def test_a_reservation_is_made_again_when_its_connection_is_lost(start: Start, postgres_url: str) -> None:
    timing = replace(TIMING, postgres_reserve=0.05)
    one, two = await start(timing), await start(timing)
    await one.reserve(is_alone=True)
    keeping = asyncio.create_task(one.keep(is_alone=True))
    await others_do(postgres_url, CUT)
    reserved = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"

    async def is_reserved() -> bool:
        [[row]] = await others_do(postgres_url, reserved)
        return bool(row[0])

    await until(is_reserved)
    with pytest.raises(Unavailable, match="redis_url"):
        await two.reserve(is_alone=True)
    keeping.cancel()
