"""Migration 0010: contacts."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from io import StringIO
from pathlib import Path

import asyncpg
import pytest
from alembic import command
from sqlalchemy import create_engine

from intervene import migrations
from intervene.adapters.postgres.database import PostgresDatabase
from intervene.adapters.postgres.log import PostgresLog
from intervene.adapters.sql.store import Store
from intervene.adapters.sqlite.database import SqliteDatabase
from intervene.adapters.sqlite.log import SqliteLog
from intervene.core.ids import OrganisationId
from intervene.migrations import upgrade, upgrade_postgres
from tests.kit.postgres import Postgres


@pytest.fixture
async def empty(postgres: Postgres) -> AsyncIterator[str]:
    """The name of a database in which there is nothing."""
    await postgres.sql("CREATE DATABASE nothing_yet")
    yield "nothing_yet"
    await postgres.sql("DROP DATABASE nothing_yet WITH (FORCE)")


WITHOUT_CONTACTS, BEFORE_FOLDING = "0009", "0016"
FORMER = ["ÉMILE", "Straße", "ΣΟΦΙΑ", "Bob"]
THREE_ADDRESSES = """
    INSERT INTO conversation
    (handle, organisation, id, version, seq, pub, epoch, runner, due, format, changed_at, state, base) VALUES
    (1, 'acme', 'c1', 2, 3, 1, 4, '', 0, 1, 100, {first}, NULL),
    (2, 'acme', 'c2', 2, 3, 1, 4, '', 0, 2, 200, {two}, {second})
"""
ADDRESSES = """
    INSERT INTO channel_id (organisation, channel, address, conversation) VALUES
    ('acme', 'webchat', 'v-1', 'c1'), ('acme', 'webchat', 'v-2', 'c2'), ('acme', 'webchat', 'v-3', '')
"""
NAMES = "SELECT organisation, id, name, folded, version, created_at FROM contact ORDER BY id"
NAMED = [("acme", "v-1", "EMIL", b"emil", 1, 100), ("acme", "v-2", "Bob", b"bob", 1, 200)]


def _packed(name: str) -> bytes:
    return f'{{"contact":{{"type":"contact","id":"x","name":"{name}"}},"channel":"webchat"}}'.encode()


def test_those_who_have_written_before_there_were_contacts_are_found_by_name(tmp_path: Path) -> None:
    path = tmp_path / "intervene.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        command.upgrade(migrations.config(connection), WITHOUT_CONTACTS)
        connection.exec_driver_sql(
            THREE_ADDRESSES.format(first="?", two="?", second="?"), (_packed("EMIL"), b"[]", _packed("Bob"))
        )
        connection.exec_driver_sql(ADDRESSES)
    engine.dispose()
    upgrade(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute(NAMES).fetchall() == NAMED


def given(insert: str) -> str:
    """Statements that leave contacts whose names the database has folded, with letters beyond ASCII or without."""
    rows = ", ".join(f"('acme', 'v-{n}', '{name}', {insert}, 3, 100)" for n, name in enumerate(FORMER))
    return f"INSERT INTO contact (organisation, id, name, folded, version, created_at) VALUES {rows}"


async def words_are_found(store: Store) -> None:
    """[R154] Of names that a node of the release before has written, once a node of this one has looked at them."""
    for _ in range(2):
        await asyncio.gather(store.retention.fold_names(), store.retention.fold_names())
        found = await store.contacts.named(OrganisationId("acme"), "gar", None, 10)
        assert [row.name for row in found] == ["María García"]
    assert [row.name for row in await store.contacts.named(OrganisationId("acme"), "mar", None, 10)] == ["María García"]


OF_FORMER_NODES = (
    "INSERT INTO contact (organisation, id, name, folded, version, created_at) "
    "VALUES ('acme', 'v-9', 'Ana Gardner', {}, 1, 100)",
    "UPDATE contact SET name = 'María García', folded = {}, version = version + 1 WHERE id = 'v-9'",
)


async def test_words_of_names_that_a_former_node_writes_are_found(tmp_path: Path) -> None:
    """SQLite has no node beside; what one left before an upgrade is the same."""
    path = tmp_path / "intervene.db"
    database = await SqliteDatabase.start(path, upgrade)
    store = Store.of(SqliteLog(database), database)
    for statement, name in zip(OF_FORMER_NODES, ("ana gardner", "maria garcia"), strict=True):
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(statement.format(f"CAST('{name}' AS BLOB)"))
        await store.retention.fold_names()
    await words_are_found(store)
    await database.close()


async def test_words_of_names_that_a_former_node_writes_are_found_on_postgresql(postgres: Postgres, empty: str) -> None:
    database = await PostgresDatabase.start(postgres.url(empty), upgrade_postgres)
    store = Store.of(PostgresLog(database), database)
    for statement, name in zip(OF_FORMER_NODES, ("ana gardner", "maria garcia"), strict=True):
        await postgres.sql(statement.format(f"convert_to('{name}', 'UTF8')"), database=empty)
        await store.retention.fold_names()
    await words_are_found(store)
    await database.close()


async def are_folded(store: Store) -> None:
    """Once, and nothing else of them changes."""
    for _ in range(2):
        await asyncio.gather(store.retention.fold_names(), store.retention.fold_names())
        for prefix, names in (("émi", ["ÉMILE"]), ("STRASS", ["Straße"]), ("σο", ["ΣΟΦΙΑ"]), ("b", ["Bob"])):
            found = await store.contacts.named(OrganisationId("acme"), prefix, None, 10)
            assert [(row.name, row.version) for row in found] == [(name, 3) for name in names]
        assert await store.contacts.named(OrganisationId("acme"), "", None, 10)


async def test_names_beyond_ascii_that_a_migration_left_are_folded_beside_a_node(tmp_path: Path) -> None:
    """[R154]"""
    path = tmp_path / "intervene.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        command.upgrade(migrations.config(connection), BEFORE_FOLDING)
        connection.exec_driver_sql(given("CAST(lower('x') AS BLOB)"))
        connection.exec_driver_sql("UPDATE contact SET folded = CAST(lower(name) AS BLOB)")
    engine.dispose()
    database = await SqliteDatabase.start(path, upgrade)
    await are_folded(Store.of(SqliteLog(database), database))
    await database.close()


async def test_names_beyond_ascii_that_a_migration_left_are_folded_beside_a_node_on_postgresql(
    postgres: Postgres, empty: str
) -> None:
    """[R154]"""
    written = StringIO()
    command.upgrade(migrations.config(output=written), f"base:{BEFORE_FOLDING}", sql=True)
    connection = await asyncpg.connect(postgres.url(empty))
    await connection.execute(written.getvalue())
    await connection.execute(given("''::bytea"))
    await connection.execute("UPDATE contact SET folded = convert_to(lower(name COLLATE \"C\"), 'UTF8')")
    await connection.close()
    database = await PostgresDatabase.start(postgres.url(empty), upgrade_postgres)
    await are_folded(Store.of(PostgresLog(database), database))
    await database.close()


async def test_those_who_have_written_before_there_were_contacts_are_found_by_name_on_postgresql(
    postgres: Postgres, empty: str
) -> None:
    written = StringIO()
    command.upgrade(migrations.config(output=written), f"base:{WITHOUT_CONTACTS}", sql=True)
    connection = await asyncpg.connect(postgres.url(empty))
    await connection.execute(written.getvalue() + ADDRESSES)
    await connection.execute(
        THREE_ADDRESSES.format(first="$1", two="$2", second="$3"), _packed("EMIL"), b"[]", _packed("Bob")
    )
    await upgrade_postgres(postgres.url(empty))
    assert [tuple(row) for row in await connection.fetch(NAMES)] == NAMED
    await connection.close()
