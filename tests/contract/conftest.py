"""The stores that the contract suite runs on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from intervene.adapters.postgres.database import PostgresDatabase
from intervene.adapters.postgres.log import PostgresLog
from intervene.adapters.sql.directory import SqlDirectory
from intervene.adapters.sql.nodes import SqlNodes
from intervene.adapters.sqlite.database import SqliteDatabase
from intervene.adapters.sqlite.log import SqliteLog
from intervene.migrations import upgrade, upgrade_postgres
from intervene.ports.log import Log
from intervene.ports.nodes import Nodes
from intervene.ports.read_positions import Directory
from tests.kit.postgres import Postgres, postgres

__all__ = ["postgres"]  # a fixture


class Store(NamedTuple):
    log: Log
    directory: Directory
    nodes: Nodes


@pytest.fixture(params=["sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param == "sqlite":
        opened = on_sqlite(tmp_path / "intervene.db")
    else:
        opened = on_postgres(request.getfixturevalue("postgres"))
    async with opened as store:
        yield store


@asynccontextmanager
async def on_sqlite(path: Path) -> AsyncIterator[Store]:
    database = await SqliteDatabase.start(path, upgrade)
    yield Store(SqliteLog(database), SqlDirectory(database), SqlNodes(database))
    await database.close()


@asynccontextmanager
async def on_postgres(server: Postgres) -> AsyncIterator[Store]:
    async with server.fresh() as url:
        database = await PostgresDatabase.start(url, upgrade_postgres)
        yield Store(PostgresLog(database), SqlDirectory(database), SqlNodes(database))
        await database.close()


@pytest.fixture
def log(store: Store) -> Log:
    return store.log


@pytest.fixture
def directory(store: Store) -> Directory:
    return store.directory


@pytest.fixture
def nodes(store: Store) -> Nodes:
    return store.nodes
