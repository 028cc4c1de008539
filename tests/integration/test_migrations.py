"""The migrations make the schema that the adapters are written for, whole or not at all."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

import anyio
import asyncpg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, create_mock_engine
from sqlalchemy.ext.asyncio import create_async_engine

from intervene import migrations
from intervene.adapters.sql import contacts_tables, people_tables
from intervene.adapters.sql.settings_tables import metadata
from intervene.core.conversation.columns import Columns
from intervene.migrations import sql_for_postgres, upgrade, upgrade_postgres
from tests.kit.limits import WAIT
from tests.kit.postgres import Postgres
from tests.kit.server import until

__all__ = ["contacts_tables", "people_tables"]  # a fixture


def made(path: Path) -> dict[str, str]:
    """What there is in a database, by name, without regard to how it was spaced."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'trigger'")
        return {name: " ".join(sql.split()) for name, sql in rows if name != "alembic_version"}


def test_the_migrations_and_the_schema_are_the_same(tmp_path: Path) -> None:
    upgrade(tmp_path / "migrated.db")
    engine = create_engine(f"sqlite:///{tmp_path / 'migrated.db'}")
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    assert differences == []
    declared = create_engine(f"sqlite:///{tmp_path / 'declared.db'}")
    metadata.create_all(declared)
    declared.dispose()
    assert made(tmp_path / "migrated.db") == made(tmp_path / "declared.db")


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "intervene.db"
    upgrade(path)
    before = path.read_bytes()
    upgrade(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("folder", ["plain", "100% odd; folder?#name"])
def test_an_upgrade_neither_prints_nor_changes_how_the_program_logs(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, folder: str
) -> None:
    (tmp_path / folder).mkdir()
    with caplog.at_level("WARNING"):
        upgrade(tmp_path / folder / "intervene.db")
    assert (*capfd.readouterr(), caplog.records) == ("", "", [])
    assert [file.name for file in (tmp_path / folder).iterdir()] == ["intervene.db"]


def test_a_migration_that_breaks_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "intervene.db"

    def breaks(*_: object) -> None:
        raise LookupError("before the triggers, which come last")

    with monkeypatch.context() as patch:
        patch.setattr(Operations, "execute", breaks)
        with pytest.raises(LookupError):
            upgrade(path)
    assert made(path) == {}
    upgrade(path)
    assert "event" in made(path)


def test_there_is_one_line_of_migrations() -> None:
    assert ScriptDirectory.from_config(migrations.config()).get_heads() == [migrations.newest()]


def test_what_a_newer_release_has_upgraded_is_left_to_it(tmp_path: Path) -> None:
    path = tmp_path / "intervene.db"
    upgrade(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(migrations.WrittenByNewer, match="version 9999"):
        upgrade(path)
    assert path.read_bytes() == before


# -- on PostgreSQL -----------------------------------------------------------------------------------------------------


@pytest.fixture
async def empty(postgres: Postgres) -> AsyncIterator[str]:
    """The name of a database in which there is nothing."""
    await postgres.sql("CREATE DATABASE nothing_yet")
    yield "nothing_yet"
    await postgres.sql("DROP DATABASE nothing_yet WITH (FORCE)")


async def made_in(postgres: Postgres, database: str) -> list[tuple[object, ...]]:
    """Every table, column and index of a database."""
    rows = await postgres.sql(
        """
        SELECT relname, reloptions::text, relkind::text FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relname !~ '^alembic'
        UNION ALL
        SELECT table_name || '.' || column_name, data_type || coalesce(column_default, ''), is_nullable
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name !~ '^alembic'
        UNION ALL
        SELECT indexname, indexdef, '' FROM pg_indexes WHERE schemaname = 'public' AND tablename !~ '^alembic'
        ORDER BY 1, 2
        """,
        database=database,
    )
    return [tuple(row) for row in rows]


async def test_the_migrations_and_the_schema_are_the_same_on_postgresql(postgres: Postgres, empty: str) -> None:
    declared: list[Any] = []
    mock = create_mock_engine("postgresql+asyncpg://", lambda ddl, *_: declared.append(ddl))
    metadata.create_all(mock, checkfirst=False)
    for statement in (str(ddl.compile(dialect=mock.dialect)) for ddl in declared):
        await postgres.sql(statement, database=empty)
    async with postgres.fresh() as url:
        migrated = url.rpartition("/")[2]
        assert await made_in(postgres, migrated) == await made_in(postgres, empty)
        engine = create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:"))
        async with engine.connect() as connection:
            differences = await connection.run_sync(
                lambda connection: compare_metadata(MigrationContext.configure(connection), metadata)
            )
        await engine.dispose()
    assert differences == []


async def test_of_many_nodes_that_start_at_once_one_migrates(postgres: Postgres, empty: str) -> None:
    await asyncio.gather(*(upgrade_postgres(postgres.url(empty)) for _ in range(6)))
    assert "event" in [name for name, *_ in await made_in(postgres, empty)]
    await upgrade_postgres(postgres.url(empty))
    assert sql_for_postgres("head") == ""


async def test_a_migration_that_breaks_off_leaves_nothing_on_postgresql(
    postgres: Postgres, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "sql_for_postgres", lambda version: sql_for_postgres(version) + "SELECT 1 / 0;")
        with pytest.raises(asyncpg.DivisionByZeroError):
            await upgrade_postgres(postgres.url(empty))
    assert await made_in(postgres, empty) == []
    await upgrade_postgres(postgres.url(empty))


async def test_who_waits_for_a_migration_too_long_is_told(
    postgres: Postgres, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7]"""
    monkeypatch.setattr(migrations, "LOCK_SECONDS", 0.2)
    holder = await asyncpg.connect(postgres.url(empty))
    await holder.execute(f"SELECT pg_advisory_lock({migrations.LOCK})")
    with pytest.raises(asyncpg.LockNotAvailableError):
        await upgrade_postgres(postgres.url(empty))
    await holder.close()


async def test_a_migration_does_not_keep_the_nodes_waiting_for_somebody_who_reads(
    postgres: Postgres, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7] A table that is to be altered is closed to everybody as soon as the migration waits for it."""
    monkeypatch.setattr(migrations, "TABLE_SECONDS", 0.2)
    await upgrade_postgres(postgres.url(empty))
    await postgres.sql("UPDATE alembic_version SET version_num = '0001'", database=empty)
    monkeypatch.setattr(migrations, "sql_for_postgres", lambda _: "ALTER TABLE event ADD COLUMN more text")
    reader = await asyncpg.connect(postgres.url(empty))
    async with reader.transaction(readonly=True):
        await reader.fetch("SELECT FROM event")
        with anyio.fail_after(WAIT), pytest.raises(asyncpg.LockNotAvailableError):
            await upgrade_postgres(postgres.url(empty))
    await upgrade_postgres(postgres.url(empty))
    await reader.close()


async def test_what_a_newer_release_has_upgraded_on_postgresql_is_left_to_it(postgres: Postgres, empty: str) -> None:
    await upgrade_postgres(postgres.url(empty))
    await postgres.sql("UPDATE alembic_version SET version_num = '9999'", database=empty)
    with pytest.raises(migrations.WrittenByNewer, match="version 9999"):
        await upgrade_postgres(postgres.url(empty))


async def test_what_the_spine_left_on_sqlite_is_upgraded(tmp_path: Path) -> None:
    path = tmp_path / "intervene.db"
    upgrade(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "DROP TABLE contact; DROP TABLE identity; DROP TABLE attribute; DROP TABLE block; DROP TABLE join_job; "
            "DROP TABLE unfolded; DROP TABLE contact_word; "
            "DROP INDEX channel_id_address; DROP INDEX channel_id_identity; DROP INDEX channel_id_moved; "
            "DROP INDEX conversation_contact; "
            + "".join(f"ALTER TABLE channel_id DROP COLUMN {name}; " for name in OF_IDENTITIES)
            + "DROP TABLE queue; DROP TABLE queue_member; DROP TABLE status; DROP TABLE canned_reply; "
            "DROP TABLE channel; DROP TABLE hours; DROP TABLE field; DROP TABLE reason; "
            "DROP TABLE request; DROP TABLE draft; "
            "DROP TABLE audit; DROP TABLE sign_in_attempt; DROP TABLE signing_key; DROP TABLE link; DROP TABLE device; "
            "DROP TABLE subject; DROP TABLE person; DROP TABLE revision; "
            "DROP TABLE organisation; DROP TABLE timer; ALTER TABLE conversation DROP COLUMN card; "
            "ALTER TABLE conversation DROP COLUMN base; DROP TABLE node; DROP TABLE node_agent; "
            "DROP INDEX conversation_place; DROP INDEX conversation_holder; DROP INDEX event_amendment; "
            "DROP INDEX takeover_at; CREATE INDEX conversation_changed ON conversation (organisation, changed_at); "
            + "".join(f"ALTER TABLE conversation DROP COLUMN {name}; " for name in Columns._fields)
            + "DROP INDEX channel_id_spent; ALTER TABLE channel_id DROP COLUMN spent; "
            "UPDATE alembic_version SET version_num = '0001';"
        )
    upgrade(path)
    assert "node" in made(path)


OF_IDENTITIES = ("id", "identity", "kind", "vouched", "moved")


# -- 0005: timers become rows ------------------------------------------------------------------------------------------

WITHOUT_TIMERS = "0004"
TWO_CONVERSATIONS = """
    INSERT INTO conversation
    (handle, organisation, id, version, seq, pub, epoch, runner, due, format, changed_at, state) VALUES
    (1, 'acme', 'waits', 2, 3, 1, 4, '', 5000, 1, 100, ''), (2, 'acme', 'idles', 2, 3, 1, 4, '', 0, 1, 100, '')
"""
TIMERS = "SELECT conversation, kind, due, epoch FROM timer ORDER BY conversation"


def test_a_timer_that_was_set_before_the_upgrade_becomes_a_row(tmp_path: Path) -> None:
    path = tmp_path / "intervene.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        command.upgrade(migrations.config(connection), WITHOUT_TIMERS)
        connection.exec_driver_sql(TWO_CONVERSATIONS)
    engine.dispose()
    upgrade(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute(TIMERS).fetchall() == [(1, "wait", 5000, 4)]


@pytest.fixture
async def upgraded(postgres: Postgres, empty: str) -> str:
    """The name of a database that had two conversations before its timers became rows."""
    written = StringIO()
    command.upgrade(migrations.config(output=written), f"base:{WITHOUT_TIMERS}", sql=True)
    connection = await asyncpg.connect(postgres.url(empty))
    await connection.execute(written.getvalue() + TWO_CONVERSATIONS)
    await connection.close()
    await upgrade_postgres(postgres.url(empty))
    return empty


async def test_a_timer_that_was_set_before_the_upgrade_becomes_a_row_on_postgresql(
    postgres: Postgres, upgraded: str
) -> None:
    assert [tuple(row) for row in await postgres.sql(TIMERS, database=upgraded)] == [(1, "wait", 5000, 4)]


@pytest.mark.parametrize(
    ("written", "rows"),
    [
        ("due = 7000 WHERE id = 'idles'", [(1, "wait", 5000, 4), (2, "wait", 7000, 4)]),
        ("due = 7000 WHERE id = 'waits'", [(1, "wait", 7000, 4)]),
        ("due = 5000, epoch = 5 WHERE id = 'waits'", [(1, "wait", 5000, 5)]),
        ("due = 0, epoch = 5 WHERE id = 'waits'", []),
        ("due = 0, epoch = 5 WHERE id = 'idles'", [(1, "wait", 5000, 4)]),
    ],
)
async def test_a_node_of_the_release_before_sets_and_ends_timers_without_their_rows(
    postgres: Postgres, upgraded: str, written: str, rows: list[tuple[object, ...]]
) -> None:
    """[P5]"""
    await postgres.sql(f"UPDATE conversation SET {written}", database=upgraded)
    assert [tuple(row) for row in await postgres.sql(TIMERS, database=upgraded)] == rows


# -- 0009: the columns by which conversations are listed ---------------------------------------------------------------

WITHOUT_COLUMNS = "0008"
A_CONVERSATION = """
    INSERT INTO conversation
    (handle, organisation, id, version, seq, pub, epoch, runner, due, format, changed_at, state, base) VALUES
    (1, 'acme', 'c1', 2, 3, 1, 4, '', 0, 2, 5400001, '', NULL)
"""
HOLDERS = {
    '{"type":"nobody"},"held_since":7000': (0, 7000, "", "clara", "default"),
    '{"type":"agent","id":"ana","name":"Ana"}': (1, 5400000, "ana", "clara", "default"),
    '{"type":"bot","id":"sam","name":"Sam"}': (2, 5400000, "", "clara", "default"),
    '{"type":"nobody"},"is_open":false,"held_since":7000': (3, 7000, "", "clara", "default"),
}
"""What the column `base`, or in format 1 `state`, says, and what follows."""


@pytest.mark.parametrize(("column", "format"), [("state", 1), ("base", 2)])
async def test_what_a_node_of_the_release_before_writes_is_listed(
    postgres: Postgres, empty: str, column: str, format: int
) -> None:
    """[P5]"""
    written = StringIO()
    command.upgrade(migrations.config(output=written), f"base:{WITHOUT_COLUMNS}", sql=True)
    connection = await asyncpg.connect(postgres.url(empty))
    await connection.execute(written.getvalue() + A_CONVERSATION)
    await upgrade_postgres(postgres.url(empty))
    listed = "SELECT place, since, holder, contact, queue FROM conversation"
    assert await connection.fetchrow(listed) == (None, 0, "", "", "")
    for holder, columns in HOLDERS.items():
        packed = f'{{"contact":{{"type":"contact","id":"clara","name":""}},"holder":{holder}}}'.encode()
        await connection.execute(
            f"UPDATE conversation SET version = version + 1, format = $1, {column} = $2", format, packed
        )
        assert await connection.fetchrow(listed) == columns
    await connection.execute("UPDATE conversation SET version = version + 1, format = 3, place = 2, holder = 'own'")
    assert (await connection.fetchrow(listed))[:3] == (2, 7000, "own")
    await connection.close()


async def test_an_index_whose_building_broke_off_is_built_again(postgres: Postgres, empty: str) -> None:
    """[P7]"""
    await upgrade_postgres(postgres.url(empty))
    whole = await made_in(postgres, empty)
    await postgres.sql(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'conversation_place'::regclass", database=empty
    )
    await upgrade_postgres(postgres.url(empty))
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'conversation_place'::regclass"
    assert [found for (found,) in await postgres.sql(valid, database=empty)] == [True]
    await postgres.sql("DROP INDEX conversation_place", database=empty)
    await upgrade_postgres(postgres.url(empty))
    assert await made_in(postgres, empty) == whole


async def test_appends_go_on_while_an_index_is_built(postgres: Postgres, empty: str) -> None:
    """[P7] A transaction that is open keeps the index from being finished, and nobody else from writing; a node that
    starts meanwhile does not wait."""
    await upgrade_postgres(postgres.url(empty))
    await postgres.sql("DROP INDEX conversation_place", database=empty)
    reader = await asyncpg.connect(postgres.url(empty))
    transaction = reader.transaction()
    await transaction.start()
    await reader.execute("LOCK conversation IN ROW EXCLUSIVE MODE")
    building = asyncio.ensure_future(upgrade_postgres(postgres.url(empty)))
    locked = f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = {migrations.INDEX_LOCK}"

    async def has_begun() -> bool:
        return [count for (count,) in await postgres.sql(locked, database=empty)] == [1]

    await until(has_begun)
    with anyio.fail_after(WAIT):
        await upgrade_postgres(postgres.url(empty))
        await postgres.sql(A_CONVERSATION, database=empty)
    assert not building.done()
    await transaction.rollback()
    await reader.close()
    await building


# -- 0007: what people changed is append-only --------------------------------------------------------------------------

ENTRY = """
    INSERT INTO audit (organisation, at, person, action, subject, before, after, network, once)
    VALUES ('acme', 1, 'ana', 'person.disable', 'ben', '', '', '', '')
"""
CHANGES = ["UPDATE audit SET action = 'none'", "DELETE FROM audit"]


@pytest.mark.parametrize("change", CHANGES)
def test_no_entry_of_the_audit_is_changed_or_deleted(tmp_path: Path, change: str) -> None:
    path = tmp_path / "intervene.db"
    upgrade(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(ENTRY)
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(change)


@pytest.mark.parametrize("change", [*CHANGES, "TRUNCATE audit"])
async def test_no_entry_of_the_audit_is_changed_or_deleted_on_postgresql(
    postgres: Postgres, empty: str, change: str
) -> None:
    await upgrade_postgres(postgres.url(empty))
    await postgres.sql(ENTRY, database=empty)
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await postgres.sql(change, database=empty)
