"""Nodes on the test's PostgreSQL database, and others that use it beside them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace

from intervene.adapters.postgres.database import PostgresDatabase
from intervene.adapters.postgres.log import PostgresLog
from intervene.migrations import upgrade_postgres
from tests.contract.build import Talk
from tests.kit.limits import TIMING

Start = Callable[..., Awaitable[PostgresLog]]


@pytest.fixture
async def start(postgres_url: str) -> AsyncIterator[Start]:
    """One more node on the test's database; what a test leaves open is closed."""
    async with AsyncExitStack() as stack:

        async def start(**waits: float) -> PostgresLog:
            timing = replace(TIMING, **waits)
            database = await PostgresDatabase.start(postgres_url, upgrade_postgres, timing)
            stack.push_async_callback(database.close)
            return PostgresLog(database)

        yield start


@pytest.fixture
async def log(start: Start) -> PostgresLog:
    return await start()


@asynccontextmanager
async def somebody(url: str, **settings: str) -> AsyncIterator[Any]:
    """Another program's connection."""
    connection = await asyncpg.connect(url, server_settings=settings)
    try:
        yield connection
    finally:
        connection.terminate()


async def lock(connection: Any, talk: Talk) -> None:
    await connection.execute("BEGIN")
    await connection.execute("SELECT FROM conversation WHERE id = $1 FOR UPDATE", talk.key.conversation)


async def sql(url: str, statement: str) -> list[tuple[Any, ...]]:
    async with somebody(url) as connection:
        return [tuple(row) for row in await connection.fetch(statement)]
