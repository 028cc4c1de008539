"""The database of the settings for one command, beside servers that run or without one."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

import anyio
import asyncpg

from intervene.adapters.postgres.connections import describe, session_settings, transaction
from intervene.adapters.postgres.database import run as run_on_postgres
from intervene.adapters.sql.database import Query
from intervene.adapters.sqlite.database import run as run_on_sqlite
from intervene.adapters.sqlite.file import AlreadyRunning, Lock, check
from intervene.config import Config
from intervene.core.errors import InterveneError, Unavailable
from intervene.core.timing import PRODUCTION

T = TypeVar("T")

BUSY_SECONDS = 5.0  # for a writer of the same file to end


class Direct:
    """`adapters.sql.database.Database`, with a connection for each query. `Unavailable` has a sentence for the
    operator."""

    def __init__(self, config: Config) -> None:
        self._config = config

    async def ask(self, query: Query[T]) -> T:
        return await self.tell(query)

    async def tell(self, query: Query[T]) -> T:
        if self._config.database_url:
            return await _ask_postgres(self._config.database_url, query)
        return _ask_sqlite(self._config.database, query)


async def _ask_postgres(url: str, query: Query[T]) -> T:
    try:
        with anyio.fail_after(PRODUCTION.postgres_connect + PRODUCTION.postgres_answer):
            connection = await asyncpg.connect(
                url, server_settings={**session_settings(PRODUCTION), "application_name": "intervene"}
            )
            try:
                async with transaction(connection):
                    return await run_on_postgres(connection, query)
            finally:
                with anyio.CancelScope(shield=True), suppress(Exception):
                    await connection.close(timeout=1.0)
    except InterveneError:
        raise
    except asyncpg.UndefinedTableError:
        raise Unavailable("The PostgreSQL database is of an older release. Run `intervene migrate` first.") from None
    except Exception as problem:  # not the URL: it has a password in it
        raise Unavailable(f"The PostgreSQL database cannot be used: {describe(problem)}") from None


def _ask_sqlite(path: Path, query: Query[T]) -> T:
    """A server that runs has the file's lock, and it has looked at what lies beside the file. Otherwise it is for this
    command to look, and to keep a server from starting meanwhile."""
    if not path.exists():
        raise Unavailable(f"There is no database at {path}. Start the server once, or run `intervene migrate`.")
    lock = None
    with suppress(AlreadyRunning):
        lock = Lock(path)
    try:
        if lock is not None:
            check(path, lock.lives)
        with closing(sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            value = run_on_sqlite(connection, query)
            connection.execute("COMMIT")
            return value
    except sqlite3.Error as problem:
        raise Unavailable(_why(path, problem)) from None
    finally:
        if lock is not None:
            lock.close()


def _why(path: Path, problem: sqlite3.Error) -> str:
    if "no such table" in str(problem):
        return f"The database {path} is of an older release. Run `intervene migrate` first."
    return f"The database {path} cannot be used: {problem}."
