"""`verify` on PostgreSQL: the same checks, on a copy of one moment, and nobody is kept waiting for them."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import asyncpg
import pytest

from intervene.adapters.postgres.database import PostgresDatabase
from intervene.adapters.postgres.log import PostgresLog
from intervene.adapters.sql.retention import SqlRetention
from intervene.adapters.sql.schema import metadata
from intervene.migrations import upgrade_postgres
from intervene.ops import copy_postgres, verify
from tests.contract.build import append, talks
from tests.integration.ops.filled import CONVERSATIONS, EVENTS, PIECES, fill
from tests.kit.limits import LONG_WAIT, WAIT, eventually
from tests.kit.postgres import Postgres


@asynccontextmanager
async def log_at(url: str) -> AsyncIterator[PostgresLog]:
    database = await PostgresDatabase.start(url, upgrade_postgres)
    yield PostgresLog(database)
    await database.close()


@asynccontextmanager
async def somebody_at(url: str) -> AsyncIterator[Any]:
    """A connection that is none of ours."""
    connection = await asyncpg.connect(url, timeout=WAIT)
    yield connection
    await connection.close(timeout=WAIT)


@pytest.fixture
async def filled(postgres_url: str) -> str:
    """The URL of a database that holds `filled.fill`. c1 has handle 1."""
    async with log_at(postgres_url) as log:
        await fill(log, SqlRetention(log._database))
    return postgres_url


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


async def spoil(url: str, sql: str) -> None:
    """Change what the walls of the schema would not let anybody change."""
    async with somebody_at(url) as somebody:
        for table in ("event", "piece"):
            await somebody.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        await somebody.execute("ALTER TABLE event DROP CONSTRAINT event_pkey")
        for index in ("event_command", "event_control", "event_reply"):
            await somebody.execute(f"DROP INDEX {index}")
        await somebody.execute(sql)


def edited(table: str, column: str, where: str, before: str, after: str) -> str:
    text = f"replace(convert_from({column}, 'UTF8'), '{before}', '{after}')"
    return f"UPDATE {table} SET {column} = convert_to({text}, 'UTF8') WHERE {where}"


ABOUT_C1 = "conversation = 1 AND seq"
PLANTED = {
    "a bot's words after a takeover": (
        "P1", 11, "was made in epoch 1 and stands in epoch 2",
        f"UPDATE event SET epoch = 1, author = 'bot:echo', turn = 1 WHERE {ABOUT_C1} = 11",
    ),
    "a piece after a takeover": (
        "P1", 10, "was followed by piece 2",
        f"UPDATE piece SET version = (SELECT version + 1 FROM event WHERE {ABOUT_C1} = 10) WHERE text = 't'",
    ),
    "a bot speaks while an agent holds control": (
        "P1", 11, "is of bot:echo, while anna held",
        edited("event", "data", f"{ABOUT_C1} = 11", '"type":"agent","id":"anna"', '"type":"bot","id":"echo"'),
    ),
    "a piece was changed": ("P2", 5, "not the join of its pieces", "UPDATE piece SET text = 'LO' WHERE text = 'lo'"),
    "a piece of the open stream is gone": ("P2", 0, "streams 2 pieces", "DELETE FROM piece WHERE text = ' again'"),
    "two takeovers in one epoch": (
        "P3", 12, "begins epoch 2 where epoch 3", f"UPDATE event SET epoch = 2 WHERE {ABOUT_C1} = 12",
    ),
    "a command was done twice": (
        "P3", 11, "does again what command k9",
        f"UPDATE event SET command = 'k9', author = 'agent:anna' WHERE {ABOUT_C1} IN (6, 11)",
    ),
    "an event is gone": ("P5", 7, "stands where number 6", f"DELETE FROM event WHERE {ABOUT_C1} = 6"),
    "the last event is gone": ("P5", 0, "is not the fold", f"DELETE FROM event WHERE {ABOUT_C1} = 13"),
    "an event is there twice": (
        "P5", 6, "stands where number 7", f"INSERT INTO event SELECT * FROM event WHERE {ABOUT_C1} = 6",
    ),
    "a row that is not the fold of its log": (
        "P5", 0, "look at holder", edited("conversation", "base", "id = 'c1'", '"name":"Echo"', '"name":"Eve"'),
    ),
    "a customer whom nobody answers": (
        "P5", 3, "nobody answers", edited("conversation", "state", "id = 'c2'", '["idle"],5', '["idle"],0'),
    ),
    "events of nobody": ("P5", 0, "is no conversation and has events", "DELETE FROM conversation WHERE id = 'c4'"),
    "a channel id that leads nowhere": (
        "P5", 0, "and has a channel id", "UPDATE channel_id SET conversation = 'nowhere' WHERE conversation = 'c4'",
    ),
    "a note has a public number": ("P6", 6, "is private", f"UPDATE event SET pub = 5 WHERE {ABOUT_C1} = 6"),
}  # fmt: skip


async def test_a_sound_database_is_found_sound_with_the_counts_that_it_has_on_sqlite(filled: str, folder: Path) -> None:
    report = await verify.check_in_thread(filled)
    assert report.problems == []
    assert (report.conversations, report.events, report.pieces) == (CONVERSATIONS, EVENTS, PIECES)
    assert not list(folder.iterdir())


@pytest.mark.parametrize("planted", PLANTED)
async def test_what_was_planted_is_found_and_named(filled: str, planted: str) -> None:
    promise, seq, sentence, sql = PLANTED[planted]
    await spoil(filled, sql)
    problems = (await verify.check_in_thread(filled)).problems
    found = [problem for problem in problems if (problem.promise, problem.seq) == (promise, seq)]
    assert any(sentence in problem.sentence for problem in found), "\n".join(map(str, problems))


LATER = {
    "conversation": {*copy_postgres.NEWER_COLUMNS, "row_version"},
    "channel_id": {"spent", "id", "identity", "kind", "vouched", "moved"},
}
"""Columns that were added after the first release: copied where they are, or `verify` has no need of them."""


def test_the_copy_has_the_columns_of_the_schema() -> None:
    copied = {
        table: [column.split()[0] for column in columns.split(", ")] for table, columns in copy_postgres.TABLES.items()
    }
    schema = {table: [column.name for column in metadata.tables[table].columns] for table in copied}
    assert copied == {
        table: [name for name in names if name not in LATER.get(table, ())] for table, names in schema.items()
    }


async def test_what_the_release_before_has_left_is_checked_before_it_is_migrated(filled: str, folder: Path) -> None:
    await spoil(filled, "ALTER TABLE channel_id DROP COLUMN spent")
    report = await verify.check_in_thread(filled)
    assert (report.conversations, report.problems) == (CONVERSATIONS, [])


async def test_what_nodes_write_during_the_check_does_no_harm(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy is of one moment, however many transactions come between two lots of rows."""
    monkeypatch.setattr(copy_postgres, "ROWS", 20)
    async with log_at(postgres_url) as log:
        group = await talks(log, 250)
        writing = True
        commits = 0

        async def write() -> None:
            nonlocal commits
            while writing:
                await append(log, *(talk.bot_streams("word ") for talk in group))
                await append(log, *(talk.bot_finishes() for talk in group))
                await append(log, *(talk.customer_says() for talk in group))
                commits += 3

        task = asyncio.create_task(write())
        await eventually(lambda: commits > 0, within=LONG_WAIT)
        seen = [0]
        for _ in range(3):
            report = await verify.check_in_thread(postgres_url)
            assert (report.conversations, report.problems) == (250, [])
            seen.append(report.events)
        assert seen == sorted(set(seen)), "each check saw what was written meanwhile"
        writing = False
        await task


async def test_the_transaction_is_over_before_anything_is_checked(
    postgres: Postgres, filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7] A check takes long, and as long as a transaction lasts nothing can be cleaned up after the nodes."""
    connections = []
    check = verify.check

    def checks(path: Path) -> verify.Report:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'intervene verify'"
        [(count,)] = asyncio.run(postgres.sql(asked))
        connections.append(count)
        return check(path)

    monkeypatch.setattr(verify, "check", checks)
    assert (await verify.check_in_thread(filled)).problems == []
    assert connections == [0]


async def test_the_server_ends_the_transaction_of_a_check_that_was_stopped(
    filled: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7]"""
    ended = []

    async def stops(connection: Any, *_: object) -> None:
        await eventually(connection.is_closed)
        ended.append(connection)

    monkeypatch.setattr(copy_postgres, "ANSWER_SECONDS", 1.0)
    monkeypatch.setattr(copy_postgres, "_copy_table", stops)
    with pytest.raises(verify.Unreadable, match="cannot be read"):
        await verify.check_in_thread(filled)
    assert ended
    assert not list(folder.iterdir())


async def test_a_server_that_hangs_is_not_waited_for(
    postgres: Postgres, filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7]"""
    copy_table = copy_postgres._copy_table

    async def hangs(*arguments: Any) -> None:
        postgres.hang()
        await copy_table(*arguments)

    monkeypatch.setattr(copy_postgres, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(copy_postgres, "_copy_table", hangs)
    try:
        with anyio.fail_after(WAIT), pytest.raises(verify.Unreadable, match="did not answer in time"):
            await verify.check_in_thread(filled)
    finally:
        postgres.resume()


@pytest.mark.parametrize(
    ("limit", "said"), [("LOCK_SECONDS", "lock timeout"), ("COPY_SECONDS", "a longer transaction")]
)
async def test_a_table_that_somebody_keeps_is_not_waited_for_long(
    filled: str, monkeypatch: pytest.MonkeyPatch, limit: str, said: str
) -> None:
    """[P7]"""
    monkeypatch.setattr(copy_postgres, limit, 0.3)
    async with somebody_at(filled) as somebody, somebody.transaction():
        await somebody.execute("LOCK TABLE piece")
        with anyio.fail_after(WAIT), pytest.raises(verify.Unreadable, match=said):
            await verify.check_in_thread(filled)


@pytest.mark.parametrize("sql", ["SELECT", "CREATE TABLE conversation (id int)"])
async def test_a_database_that_is_not_ours_is_answered_with_two(
    postgres: Postgres, sql: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await postgres.sql("CREATE DATABASE somebody_s")
    await postgres.sql(sql, database="somebody_s")
    assert await asyncio.to_thread(verify.run, postgres.url("somebody_s"), True) == 2
    await postgres.sql("DROP DATABASE somebody_s")
    assert "not one of Intervene" in capsys.readouterr().err


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://anna:hunter2@{host}/nowhere",
        "postgresql://anna:hunter2@127.0.0.1:1/nowhere",
        "postgresql://anna:hunter2@127.0.0.1:hunter2/nowhere",
        "postgresql://anna:hunter2/@{host}/nowhere",
        "postgresql://anna:hunter2@[hunter2/nowhere",
        "postgresql://anna:hunter2@{host}/nowhere?sslmode=hunter2",
        "postgresql://anna:hunter2@nowhere.invalid/nowhere",
    ],
)
async def test_a_database_that_cannot_be_reached_is_answered_with_two_and_without_the_password(
    postgres: Postgres, url: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """[P6]"""
    host = urlsplit(postgres.url()).netloc.rpartition("@")[2]
    assert await asyncio.to_thread(verify.run, url.format(host=host), False) == 2
    out, err = capsys.readouterr()
    assert err.startswith("The PostgreSQL database cannot be read: ")
    assert len(err.splitlines()) == 1
    assert "hunter2" not in out + err + caplog.text


async def test_what_a_newer_release_wrote_is_left_to_it(filled: str) -> None:
    async with somebody_at(filled) as somebody:
        await somebody.execute("UPDATE conversation SET format = 99 WHERE id = 'c3'")
    with pytest.raises(verify.Unreadable, match="newer release"):
        await verify.check_in_thread(filled)


async def test_a_file_is_checked_in_a_thread_too(tmp_path: Path) -> None:
    with pytest.raises(verify.Unreadable, match=r"nothing\.db cannot be read"):
        await verify.check_in_thread(tmp_path / "nothing.db")
