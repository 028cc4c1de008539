"""The database of a test, as a process that has it alone."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from intervene.adapters.sqlite.database import SqliteDatabase
from intervene.migrations import upgrade

Start = Callable[..., Awaitable[SqliteDatabase]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "intervene.db"


@pytest.fixture
async def start(path: Path) -> AsyncIterator[Start]:
    """Starts the database; what a test leaves open is closed."""
    async with AsyncExitStack() as stack:

        async def start(**options: Any) -> SqliteDatabase:
            database = await SqliteDatabase.start(path, upgrade, **options)
            stack.push_async_callback(database.close)
            return database

        yield start


def sql(path: Path, statement: str) -> list[tuple[Any, ...]]:
    """What somebody else does to the file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return connection.execute(statement).fetchall()
