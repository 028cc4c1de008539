"""A node that is too busy to go on with what it has begun on PostgreSQL, and is not frozen."""

import time

from intervene.adapters.sql.connections import FROZEN_SECONDS
from intervene.adapters.sql.postgres_database import PostgresDatabase
from intervene.adapters.sql.queries import Ask, Query
from intervene.migrations import upgrade_postgres
from tests.postgres import postgres, postgres_url

__all__ = ["postgres", "postgres_url"]  # fixtures


async def test_a_read_is_not_cut_short_because_its_node_was_busy_for_a_moment(postgres_url: str) -> None:
    """[P7] As when thousands of sessions come at once: reads that failed would come again, on top of the others."""

    def query() -> Query[int]:
        yield Ask("SELECT 1")
        time.sleep(FROZEN_SECONDS + 0.5)
        ((two,),) = yield Ask("SELECT 2")
        return int(two)

    database = await PostgresDatabase.start(postgres_url, upgrade_postgres)
    assert await database.ask(query()) == 2
    await database.close()
