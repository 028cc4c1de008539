"""A node that is too busy to go on with what it has begun on PostgreSQL, and is not frozen."""

import asyncio
import time

import pytest
from msgspec.structs import replace

from intervene.adapters.postgres.connections import Connection
from intervene.adapters.postgres.database import PostgresDatabase
from intervene.adapters.sql.database import AskText, Query
from intervene.core.timing import PRODUCTION
from intervene.migrations import upgrade_postgres
from tests.kit.limits import TIMING


async def test_a_read_is_not_cut_short_because_its_node_was_busy_for_a_moment(postgres_url: str) -> None:
    """[P7] As when thousands of sessions come at once: reads that failed would come again, on top of the others."""

    def query() -> Query[int]:
        yield AskText("SELECT 1")
        time.sleep(TIMING.postgres_frozen + 0.5)
        ((two,),) = yield AskText("SELECT 2")
        return int(two)

    database = await PostgresDatabase.start(postgres_url, upgrade_postgres, TIMING)
    assert await database.ask(query()) == 2
    await database.close()


async def test_an_answer_that_came_while_the_node_was_blocked_is_an_answer(postgres_url: str) -> None:
    """[P4] By a bot, or a freeze. When it comes to itself its own time is over, and there is more to be asked."""
    database = await PostgresDatabase.start(postgres_url, upgrade_postgres, replace(PRODUCTION, postgres_answer=1.0))
    asked = asyncio.ensure_future(database.fetch("SELECT 1 WHERE $1", True))
    for _ in range(3):
        await asyncio.sleep(0)  # the first step is on its way
    time.sleep(1.5)  # noqa: ASYNC251  # that is the point
    assert [tuple(row) for row in await asked] == [(1,)]
    await database.close()


async def test_a_connection_that_is_ended_between_two_steps_is_no_fault_of_what_was_asked(postgres_url: str) -> None:
    """[P5] What was asked is not refused, but asked for again."""

    async def work(connection: Connection) -> None:
        connection.terminate()
        raise AttributeError("'NoneType' object has no attribute 'bind_execute'")  # as asyncpg has it then

    database = await PostgresDatabase.start(postgres_url, upgrade_postgres)
    with pytest.raises(ConnectionError):
        await database.group.run(work)
    await database.close()
