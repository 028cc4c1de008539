"""The stores that the contract suite runs on."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from intervene.adapters.sql.database import SqliteDatabase
from intervene.adapters.sql.directory import SqliteDirectory
from intervene.adapters.sql.sqlite import SqliteLog
from intervene.migrations import upgrade
from intervene.ports import Directory, Log


class Store(NamedTuple):
    log: Log
    directory: Directory


@pytest.fixture(params=["sqlite"])
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    database = await SqliteDatabase.start(tmp_path / "intervene.db", upgrade)
    yield Store(SqliteLog(database), SqliteDirectory(database))
    await database.close()


@pytest.fixture
def log(store: Store) -> Log:
    return store.log


@pytest.fixture
def directory(store: Store) -> Directory:
    return store.directory
