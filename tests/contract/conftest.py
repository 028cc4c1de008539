"""The stores that the contract suite runs on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from intervene.adapters.postgres.database import PostgresDatabase
from intervene.adapters.postgres.log import PostgresLog
from intervene.adapters.sql.store import Store
from intervene.adapters.sqlite.database import SqliteDatabase
from intervene.adapters.sqlite.log import SqliteLog
from intervene.core.timing import PRODUCTION
from intervene.ports.addresses import Addresses
from intervene.ports.audit import Audit
from intervene.ports.contacts import Contacts
from intervene.ports.drafts import Drafts
from intervene.ports.history import History
from intervene.ports.inbox import Inbox
from intervene.ports.joins import Joins
from intervene.ports.log import Log
from intervene.ports.nodes import Nodes
from intervene.ports.organisations import Organisations
from intervene.ports.people import People
from intervene.ports.policies import Policies
from intervene.ports.read_positions import ReadPositions
from intervene.ports.retention import Retention
from intervene.ports.schedule import Schedule
from intervene.ports.settings import Settings
from intervene.ports.sign_in import Attempts, Devices, Links
from intervene.ports.takeover_times import TakeoverTimes
from intervene.ports.versions import Versions
from tests.kit import sqlite
from tests.kit.limits import LONG_WAIT
from tests.kit.postgres import Postgres

PATIENT = msgspec.structs.replace(PRODUCTION, answered=LONG_WAIT, postgres_free=LONG_WAIT)
"""What a store answers is tested here, and not how soon on a busy machine."""


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
    database = await SqliteDatabase.start(path, sqlite.migrate)
    yield Store.of(SqliteLog(database), database)
    await database.close()


async def is_up_to_date(_: str) -> None:
    """`Postgres.fresh` has seen to it."""


@asynccontextmanager
async def on_postgres(server: Postgres, partitions: int = 0) -> AsyncIterator[Store]:
    async with server.fresh(partitions) as url:
        database = await PostgresDatabase.start(url, is_up_to_date, PATIENT)
        yield Store.of(PostgresLog(database), database)
        await database.close()


@pytest.fixture
def log(store: Store) -> Log:
    return store.log


@pytest.fixture
def schedule(store: Store) -> Schedule:
    return store.schedule


@pytest.fixture
def retention(store: Store) -> Retention:
    return store.retention


@pytest.fixture
def drafts(store: Store) -> Drafts:
    return store.drafts


@pytest.fixture
def history(store: Store) -> History:
    return store.history


@pytest.fixture
def inbox(store: Store) -> Inbox:
    return store.inbox


@pytest.fixture
def addresses(store: Store) -> Addresses:
    return store.addresses


@pytest.fixture
def takeover_times(store: Store) -> TakeoverTimes:
    return store.takeover_times


@pytest.fixture
def read_positions(store: Store) -> ReadPositions:
    return store.read_positions


@pytest.fixture
def nodes(store: Store) -> Nodes:
    return store.nodes


@pytest.fixture
def policies(store: Store) -> Policies:
    return store.policies


@pytest.fixture
def audit(store: Store) -> Audit:
    return store.audit


@pytest.fixture
def organisations(store: Store) -> Organisations:
    return store.organisations


@pytest.fixture
def people(store: Store) -> People:
    return store.people


@pytest.fixture
def versions(store: Store) -> Versions:
    return store.versions


@pytest.fixture
def settings(store: Store) -> Settings:
    return store.settings


@pytest.fixture
def devices(store: Store) -> Devices:
    return store.devices


@pytest.fixture
def links(store: Store) -> Links:
    return store.links


@pytest.fixture
def attempts(store: Store) -> Attempts:
    return store.attempts


@pytest.fixture
def contacts(store: Store) -> Contacts:
    return store.contacts


@pytest.fixture
def joins(store: Store) -> Joins:
    return store.joins
