"""What stops the start on PostgreSQL, what its schema does not let happen, and how its connections are set up."""

import re

import asyncpg
import pytest

from intervene.adapters.postgres import database as postgres_database
from intervene.adapters.postgres.append import APPEND, ARRAYS
from intervene.adapters.postgres.connections import session_settings
from intervene.adapters.postgres.database import APPENDING, PostgresDatabase
from intervene.adapters.postgres.log import PostgresLog
from intervene.adapters.sql.inbox import SqlInbox
from intervene.adapters.sql.schedule import SqlSchedule
from intervene.core.conversation.packing import FORMAT
from intervene.core.errors import Unavailable
from intervene.core.ids import NodeId
from intervene.migrations import upgrade_postgres
from intervene.ports.log import Verdict
from tests.contract.build import ACME, NOON, STAFF, Talk, append, decide_locked, listed, read, talks, win
from tests.integration.adapters.on_postgres import Start, log, somebody, sql, start
from tests.kit.limits import TIMING
from tests.kit.postgres import Postgres, programs

__all__ = ["log", "start"]  # fixtures


async def test_a_newer_release_s_row_is_neither_written_nor_read(log: PostgresLog, postgres_url: str) -> None:
    newer, ours = await talks(log, 2)
    await sql(postgres_url, f"UPDATE conversation SET format = {FORMAT + 1} WHERE id = 'c0'")
    assert await append(log, newer.customer_says(), ours.customer_says()) == [Verdict.REFUSED, Verdict.WON]
    assert await decide_locked(log, newer.key, lambda _: None) == (None, Verdict.REFUSED)
    with pytest.raises(Unavailable, match="newer release"):
        await log.read(newer.key, STAFF)
    assert [work.key for work in await SqlSchedule(log._database).work(NOON, NodeId("other"), [])] == [ours.key]
    assert [state.key for state in await listed(SqlInbox(log._database), ACME)] == [ours.key]
    rows = await sql(postgres_url, "SELECT version, format FROM conversation ORDER BY id")
    assert rows == [(1, FORMAT + 1), (2, FORMAT)]


@pytest.mark.parametrize("change", ["data = '{}'", "seq = 99", "author = 'agent:eve', data = ''", "at = 1, data = ''"])
async def test_an_event_is_never_changed(log: PostgresLog, postgres_url: str, change: str) -> None:
    """[P5]"""
    talk = await Talk().opens_in(log)
    await win(log, talk.customer_says())
    with pytest.raises(asyncpg.RaiseError, match="never changed"):
        await sql(postgres_url, f"UPDATE event SET {change} WHERE seq = 3")
    assert (await read(log, talk)).events[-1].at == talk.state.last_at


async def test_an_event_may_be_emptied(log: PostgresLog, postgres_url: str) -> None:
    talk = await Talk().opens_in(log)
    await win(log, talk.customer_says())
    await sql(postgres_url, "UPDATE event SET data = '' WHERE seq = 3")
    assert await sql(postgres_url, "SELECT length(data) FROM event WHERE seq = 3") == [(0,)]


# -- the start, and how it is set up -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://postgres@127.0.0.1:{port}/nowhere", 'database "nowhere" does not exist'),
        ("postgresql://postgres:SECRET@127.0.0.1:1/any", "Connect call failed"),
        ("postgresql://127.0.0.1:not a port/", "cannot be used"),
    ],
)
async def test_what_cannot_be_used_stops_the_start_with_a_sentence(postgres: Postgres, url: str, sentence: str) -> None:
    with pytest.raises(Unavailable, match=sentence) as caught:
        await PostgresDatabase.start(url.format(port=postgres.port), upgrade_postgres)
    assert "SECRET" not in str(caught.value)


async def stops_the_start(url: str, reason: str) -> None:
    """With this sentence, and before anything was done to the database."""
    with pytest.raises(Unavailable) as caught:
        await PostgresDatabase.start(url, upgrade_postgres)
    assert str(caught.value) == reason
    assert await sql(url, "SELECT to_regclass('alembic_version')") == [(None,)]


async def test_a_database_that_is_not_in_utf_8_stops_the_start(postgres: Postgres) -> None:
    await postgres.sql("CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII'")
    await stops_the_start(
        postgres.url("ascii"), "The database's encoding is SQL_ASCII: create it with ENCODING 'UTF8'."
    )
    await postgres.sql("DROP DATABASE ascii WITH (FORCE)")


async def test_a_server_that_is_too_old_stops_the_start(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_database, "OLDEST", 99)
    [(version,)] = await postgres.sql("SELECT current_setting('server_version_num')::int / 10000")
    await stops_the_start(postgres.url(), f"The server is PostgreSQL {version}; 99 or newer is needed.")


async def test_a_standby_stops_the_start() -> None:
    """[P5] What it has may be old."""
    bin = programs()
    assert bin is not None, "the fixture of PostgreSQL skips where there is none"
    server = Postgres.create(bin)
    try:
        server.stop()
        (server.data / "standby.signal").touch()
        server.start()
        reason = "The PostgreSQL database cannot be used: the server is a standby, which must not be asked"
        await stops_the_start(server.url(), reason)
    finally:
        server.close()


async def test_a_database_of_a_newer_release_stops_the_start(postgres_url: str, start: Start) -> None:
    await sql(postgres_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Unavailable) as caught:
        await start()
    reason = "The PostgreSQL database cannot be used: a newer release has brought it to version 9999, and this one "
    assert str(caught.value).startswith(reason)


async def test_an_append_reads_nothing_but_what_an_index_finds(log: PostgresLog, postgres_url: str) -> None:
    """However small the tables were when it was planned."""
    await talks(log, 2)
    async with somebody(postgres_url, **{**session_settings(TIMING), **APPENDING}) as connection:
        await connection.execute("ANALYZE")
        await connection.execute(f"PREPARE append AS {APPEND}")
        plan = [line for (line,) in await connection.fetch(f"EXPLAIN EXECUTE append ({', '.join(['NULL'] * ARRAYS)})")]
    assert not [line for line in plan if "Seq Scan" in line]
    found = [re.search(r"Index.* Scan (?:using|on) (\w+)", line) for line in plan]
    assert sorted({match[1] for match in found if match}) == [
        "conversation_id", "conversation_pkey", "event_command", "timer_pkey"
    ]  # fmt: skip

    assert len([line for line in plan if "Index Cond" in line]) == len([match for match in found if match])


async def test_a_write_is_durable_on_every_connection(start: Start, postgres_url: str) -> None:
    """[P5]"""
    await sql(
        postgres_url,
        "ALTER ROLE postgres IN DATABASE " + postgres_url.rpartition("/")[2] + " SET synchronous_commit = off",
    )
    log = await start()
    talk = await Talk().opens_in(log)
    await win(log, talk.customer_says())
    async with somebody(postgres_url) as connection:
        assert await connection.fetchval("SHOW synchronous_commit") == "off"
    database = (await start())._database
    assert [tuple(row) for row in await database.fetch("SHOW synchronous_commit")] == [("on",)]
