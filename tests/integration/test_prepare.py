"""`intervene migrate`: what it says of what it did, alone and beside others, and why it did not."""

import asyncio
import os
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from io import StringIO
from pathlib import Path

import anyio
import asyncpg
import pytest
from alembic import command
from sqlalchemy import create_engine

from intervene import migrations
from intervene.adapters.postgres.database import COMPANY
from intervene.adapters.sqlite.database import SqliteDatabase
from intervene.adapters.sqlite.file import AlreadyRunning
from intervene.config import Config
from intervene.core.errors import Unavailable
from intervene.migrations import sql_for_postgres, upgrade
from intervene.ops import migrate as prepare
from tests.kit.limits import LONG_WAIT, WAIT
from tests.kit.postgres import Postgres

NEWEST = migrations.plan(None).after
FIRST = "0001"
PLACE = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('conversation_place')"


@pytest.fixture
async def empty(postgres: Postgres) -> AsyncIterator[str]:
    """The name of a database in which there is nothing."""
    await postgres.sql("CREATE DATABASE to_migrate")
    yield "to_migrate"
    await postgres.sql("DROP DATABASE to_migrate WITH (FORCE)")


async def migrate(config: Config) -> str:
    return await asyncio.to_thread(prepare.migrate, config)


async def commands(count: int, directory: Path, **settings: str) -> list[str]:
    """What so many processes say that were started at once."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("INTERVENE_")}
    given = {f"INTERVENE_{name.upper()}": value for name, value in settings.items()}
    pipe = asyncio.subprocess.PIPE
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "intervene", "migrate", env=ours | given, cwd=directory, stdout=pipe, stderr=pipe
        )
        for _ in range(count)
    ]
    with anyio.fail_after(LONG_WAIT):
        said = [await process.communicate() for process in processes]
    assert [(process.returncode, err) for process, (_, err) in zip(processes, said, strict=True)] == [(0, b"")] * count
    return sorted(out.decode() for out, _ in said)


# -- SQLite ------------------------------------------------------------------------------------------------------------


async def test_a_new_file_is_made_and_then_there_is_nothing_to_do(tmp_path: Path) -> None:
    config = Config(data=tmp_path / "data")
    assert await migrate(config) == f"The database {config.database} went from nothing to version {NEWEST}."
    assert await migrate(config) == f"The database {config.database} is at version {NEWEST}: there was nothing to do."
    assert config.data.stat().st_mode & 0o077 == 0
    assert config.database.stat().st_mode & 0o077 == 0


async def test_an_older_file_is_brought_up_to_date(tmp_path: Path) -> None:
    config = Config(data=tmp_path)
    engine = create_engine(f"sqlite:///{config.database}")
    with engine.begin() as connection:
        command.upgrade(migrations.config(connection), FIRST)
    engine.dispose()
    assert (await migrate(config)).endswith(f"went from version 0001 to version {NEWEST}.")
    with closing(sqlite3.connect(config.database)) as file:
        file.execute("SELECT count(*) FROM node")


async def test_of_several_at_once_on_one_file_one_does_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "OTHERS_SECONDS", LONG_WAIT)
    *found, did = sorted(await asyncio.gather(*(migrate(Config(data=tmp_path)) for _ in range(4))))
    assert "went from nothing" in did
    assert ["there was nothing to do" in sentence for sentence in found] == [True] * 3


async def test_a_file_that_a_server_has_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "OTHERS_SECONDS", 0.2)
    config = Config(data=tmp_path)
    server = await SqliteDatabase.start(config.database, upgrade)
    with anyio.fail_after(WAIT), pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"):
        await migrate(config)
    await server.close()


async def test_a_file_of_a_newer_release_is_left_to_it(tmp_path: Path) -> None:
    config = Config(data=tmp_path)
    upgrade(config.database)
    with closing(sqlite3.connect(config.database, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Unavailable, match="a newer release has brought it to version 9999"):
        await migrate(config)


# -- PostgreSQL --------------------------------------------------------------------------------------------------------


async def test_a_postgresql_database_is_brought_up_to_date(postgres: Postgres, empty: str) -> None:
    config = Config(database_url=postgres.url(empty))
    assert await migrate(config) == f"The PostgreSQL database went from nothing to version {NEWEST}."
    assert await migrate(config) == f"The PostgreSQL database is at version {NEWEST}: there was nothing to do."


async def test_an_older_postgresql_database_is_brought_up_to_date_beside_nodes(postgres: Postgres, empty: str) -> None:
    """Nodes that run hold an advisory lock of their own, which keeps no index from being built."""
    config = Config(database_url=postgres.url(empty))
    first = StringIO()
    command.upgrade(migrations.config(output=first), f"base:{FIRST}", sql=True)
    node = await asyncpg.connect(postgres.url(empty), timeout=WAIT)
    await node.execute(first.getvalue())
    await node.execute(f"SELECT pg_advisory_lock_shared({COMPANY})")
    assert await migrate(config) == f"The PostgreSQL database went from version {FIRST} to version {NEWEST}."
    assert await node.fetchval(PLACE)
    await node.close()


async def test_of_several_processes_at_once_on_postgresql_one_does_it(
    postgres: Postgres, empty: str, tmp_path: Path
) -> None:
    *found, did = await commands(4, tmp_path, database_url=postgres.url(empty))
    assert did == f"The PostgreSQL database went from nothing to version {NEWEST}.\n"
    assert found == [f"The PostgreSQL database is at version {NEWEST}: there was nothing to do.\n"] * 3
    assert not list(tmp_path.iterdir()), "there is no file"


async def test_a_postgresql_database_of_a_newer_release_is_left_to_it(postgres: Postgres, empty: str) -> None:
    config = Config(database_url=postgres.url(empty))
    await migrate(config)
    await postgres.sql("UPDATE alembic_version SET version_num = '9999'", database=empty)
    with pytest.raises(Unavailable, match="a newer release has brought it to version 9999"):
        await migrate(config)


async def test_who_waits_too_long_for_another_migration_is_told_to_try_again(
    postgres: Postgres, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7]"""
    monkeypatch.setattr(migrations, "LOCK_SECONDS", 0.2)
    holder = await asyncpg.connect(postgres.url(empty))
    await holder.execute(f"SELECT pg_advisory_lock({migrations.LOCK})")
    with pytest.raises(Unavailable, match="Try again"):
        await migrate(Config(database_url=postgres.url(empty)))
    await holder.close()


async def test_a_migration_that_breaks_off_is_told_and_leaves_nothing(
    postgres: Postgres, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "sql_for_postgres", lambda version: sql_for_postgres(version) + "SELECT 1 / 0;")
    with pytest.raises(Unavailable, match="cannot be used"):
        await migrate(Config(database_url=postgres.url(empty)))
    assert await postgres.sql("SELECT FROM pg_tables WHERE schemaname = 'public'", database=empty) == []


@pytest.mark.parametrize(
    "options",
    [
        "connect_timeout=10&application_name=shop&keepalives=1&keepalives_idle=30&gssencmode=disable",
        "sslmode=prefer&channel_binding=prefer&options=-c%20work_mem%3D8MB&target_session_attrs=read-write",
        "connection_limit=1&pool_timeout=0&statement_cache_size=0&pgbouncer=false&schema=public",
    ],
)
async def test_options_that_hosters_append_keep_nobody_from_the_database(
    options: str, postgres: Postgres, empty: str
) -> None:
    config = Config(database_url=f"{postgres.url(empty)}?{options}")
    assert "went from nothing" in await migrate(config)


async def test_of_several_hosts_the_one_that_answers_is_taken(postgres: Postgres, empty: str) -> None:
    url = postgres.url(empty).replace("@127.0.0.1:", "@127.0.0.1:1,127.0.0.1:")
    assert "went from nothing" in await migrate(Config(database_url=url))


@pytest.mark.parametrize("where", ["127.0.0.1:1", "nowhere.invalid"])
async def test_who_cannot_reach_the_database_is_told_so_without_the_password(
    where: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """[P6]"""
    with pytest.raises(Unavailable) as raised:
        await migrate(Config(database_url=f"postgresql://anna:hunter2@{where}/nowhere"))
    assert raised.value.sentence.startswith("The PostgreSQL database cannot be used: ")
    assert "hunter2" not in " ".join((raised.value.sentence, caplog.text, *capfd.readouterr()))


async def test_a_log_is_divided_when_its_database_is_made_and_not_later(postgres: Postgres, empty: str) -> None:
    """An index whose building broke off is built again on each partition."""
    config = Config(database_url=postgres.url(empty))
    said = await asyncio.to_thread(prepare.migrate, config, 3)
    assert said == f"The PostgreSQL database went from nothing to version {NEWEST}."
    assert await migrate(config) == f"The PostgreSQL database is at version {NEWEST}: there was nothing to do."
    with pytest.raises(Unavailable, match="it has tables already"):
        await asyncio.to_thread(prepare.migrate, config, 3)
    await postgres.sql(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'event_amendment'::regclass", database=empty
    )
    await migrate(config)
    valid = "SELECT count(*) FILTER (WHERE indisvalid), count(*) FROM pg_index JOIN pg_class ON oid = indexrelid "
    valid += "WHERE relname LIKE 'event_amendment%'"
    assert [tuple(found) for found in await postgres.sql(valid, database=empty)] == [(4, 4)]
    with pytest.raises(Unavailable, match="no partitions"):
        await asyncio.to_thread(prepare.migrate, Config(), 3)
