"""Copies what `verify` reads of a PostgreSQL database into a SQLite file: one moment, read in one transaction.

The nodes go on meanwhile. The transaction only reads, has a limit of time, and is over before anything is checked: as
long as it lasts, PostgreSQL cannot clean up after the nodes, and a migration that alters these tables has to wait.
Nothing that is said here names the URL, which has a password in it.
"""

import sqlite3
from collections.abc import Awaitable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import anyio
import asyncpg

T = TypeVar("T")

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 60.0  # for each lot of rows; if one of the two sides is silent for longer, the other one ends it
LOCK_SECONDS = 10.0  # that a migration may keep a table from us
COPY_SECONDS = 1800.0  # for all
ROWS = 500  # in memory at a time

TABLES = {
    "conversation": "handle INTEGER, organisation TEXT, id TEXT, version INTEGER, seq INTEGER, pub INTEGER,"
    " epoch INTEGER, runner TEXT, due INTEGER, format INTEGER, changed_at INTEGER, state BLOB",
    "event": "conversation INTEGER, seq INTEGER, pub INTEGER, version INTEGER, epoch INTEGER, kind TEXT, id TEXT,"
    " author TEXT, command TEXT, turn INTEGER, message TEXT, at INTEGER, data BLOB",
    "piece": "conversation INTEGER, message TEXT, n INTEGER, version INTEGER, text TEXT",
    "channel_id": "organisation TEXT, channel TEXT, address TEXT, conversation TEXT",
}
"""Columns that every release since the first has, so that a database is checked before it is migrated too."""
NEWER_TABLES = {"timer": "conversation INTEGER, kind TEXT, due INTEGER, epoch INTEGER"}
"""Copied where the database has them."""

NEWER_COLUMNS = {
    "base": "BLOB", "card": "BLOB", "place": "INTEGER", "since": "INTEGER", "holder": "TEXT", "contact": "TEXT",
    "queue": "TEXT", "status": "TEXT",
}  # fmt: skip
"""Of conversations, likewise."""

_COLUMNS = """
    SELECT attname::text FROM pg_attribute
    WHERE attrelid = 'conversation'::regclass AND attname = ANY ($1) AND NOT attisdropped
"""

# None is unique: what PostgreSQL's keys should have kept out is for `verify` to find, and must not stop the copy.
_INDEXES = (
    "CREATE INDEX conversation_handle ON conversation (handle)",
    "CREATE INDEX conversation_id ON conversation (organisation, id)",
    "CREATE INDEX event_seq ON event (conversation, seq)",
    "CREATE INDEX event_message ON event (conversation, message)",
    "CREATE INDEX event_control ON event (conversation, epoch) WHERE kind = 'control'",
    "CREATE INDEX piece_n ON piece (conversation, message, n)",
)


class CannotCopy(Exception):
    """The message is a sentence for the person who asked."""


async def copy(url: str, target: Path) -> None:
    """`target` is new, and not to be used when this raises `CannotCopy`."""
    try:
        with closing(sqlite3.connect(target, isolation_level=None)) as file:
            file.execute("PRAGMA journal_mode = off")  # nobody wants half a copy back
            file.execute("PRAGMA synchronous = off")
            with anyio.move_on_after(COPY_SECONDS) as limit:
                await _copy_tables(url, file)
            if limit.cancelled_caught:
                raise CannotCopy(
                    f"The PostgreSQL database could not be copied within {COPY_SECONDS:.0f} s, and a longer "
                    "transaction would harm the nodes: restore a backup of it elsewhere, and verify that."
                )
            for index in _INDEXES:
                file.execute(index)
    except sqlite3.Error as problem:
        raise CannotCopy(f"The PostgreSQL database could not be copied to {target.parent}: {problem}.") from None


async def _copy_tables(url: str, file: sqlite3.Connection) -> None:
    try:
        connection = await asyncpg.connect(
            url, timeout=CONNECT_SECONDS, server_settings={"application_name": "intervene verify"}
        )
        try:
            # One snapshot for all, that of the first SELECT.
            await _answer(connection.execute(f"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; {_limits()}"))
            file.execute("BEGIN")
            for table, columns in TABLES.items():
                await _copy_table(connection, file, table, columns)
            for table, columns in NEWER_TABLES.items():
                if await _answer(connection.fetchval("SELECT to_regclass($1) IS NOT NULL", table)):
                    await _copy_table(connection, file, table, columns)
                    file.execute(f"CREATE INDEX {table}_conversation ON {table} (conversation)")
            file.execute("COMMIT")
            await _answer(connection.execute("COMMIT"))
            await _answer(connection.close())
        finally:
            connection.terminate()  # where it did not come to that: a silent server is not asked to roll back
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError) as problem:
        raise CannotCopy(
            f"The PostgreSQL database is not one of Intervene, or of another release: {problem.args[0]}."
        ) from None
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as problem:
        raise CannotCopy(f"The PostgreSQL database cannot be read: {_describe(problem)}.") from None


async def _copy_table(connection: Any, file: sqlite3.Connection, table: str, columns: str) -> None:
    file.execute(f"CREATE TABLE {table} ({columns})")
    names = [column.split()[0] for column in columns.split(", ")]
    newer = NEWER_COLUMNS if table == "conversation" else {}
    for (name,) in await _answer(connection.fetch(_COLUMNS, list(newer))) if newer else ():
        file.execute(f"ALTER TABLE conversation ADD COLUMN {name} {newer[name]}")
        names.append(name)
    insert = f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})"
    cursor = await _answer(connection.cursor(f"SELECT {', '.join(names)} FROM {table}"))
    while rows := await _answer(cursor.fetch(ROWS)):
        file.executemany(insert, rows)


def _limits() -> str:
    """What the server keeps by itself, also when this process is stopped in the middle."""
    limits = {
        "statement_timeout": ANSWER_SECONDS,
        "idle_in_transaction_session_timeout": ANSWER_SECONDS,
        "lock_timeout": LOCK_SECONDS,
    }
    return "; ".join(f"SET LOCAL {name} = '{seconds * 1000:.0f}ms'" for name, seconds in limits.items())


async def _answer(waiting: Awaitable[T]) -> T:
    with anyio.fail_after(ANSWER_SECONDS):
        return await waiting


def _describe(problem: Exception) -> str:
    match problem:
        case asyncpg.PostgresError():
            return str(problem.args[0])  # its details may have somebody's words
        case TimeoutError():
            return "it did not answer in time"
        case ValueError():
            return f"its URL cannot be understood ({type(problem).__name__})"  # the message may have parts of it
        case _:
            return str(problem) or type(problem).__name__
