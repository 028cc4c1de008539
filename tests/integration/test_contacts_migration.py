"""Migration 0010: contacts."""

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
from intervene.migrations import upgrade, upgrade_postgres
from tests.kit.postgres import Postgres, postgres

__all__ = ["postgres"]  # a fixture


@pytest.fixture
async def empty(postgres: Postgres) -> AsyncIterator[str]:
    """The name of a database in which there is nothing."""
    await postgres.sql("CREATE DATABASE nothing_yet")
    yield "nothing_yet"
    await postgres.sql("DROP DATABASE nothing_yet WITH (FORCE)")


WITHOUT_CONTACTS = "0009"
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
