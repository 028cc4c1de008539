"""One SQLite file, held by this process alone: its writer, its readers, how durable it is.

There is one writer and its connection is never read from, because it would see what is not committed. Each read is in
one explicit transaction on a connection of others: without BEGIN two SELECTs would be two snapshots.
"""

import asyncio
import os
import random
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from sqlite3 import Connection
from typing import Any, Literal, Self, TypeVar

import structlog

from intervene import files
from intervene.adapters.sql.database import Ask, AskFitting, AskText, Each, Query
from intervene.adapters.sqlite.checkpoints import MOST_BYTES, Checkpoints
from intervene.adapters.sqlite.file import Broken, Identity, Lock, begin_life, check, check_schema, create
from intervene.adapters.sqlite.health import Health
from intervene.adapters.sqlite.readers import ReaderThreads
from intervene.adapters.sqlite.writer import Writer, unavailable
from intervene.core.errors import InterveneError, Unavailable
from intervene.core.limits import EVENT_MARGIN
from intervene.core.timing import PRODUCTION, Timing

log_ = structlog.get_logger(__name__)

T = TypeVar("T")

THREADS = 4  # that read
READERS = 2 * THREADS  # reads at once: what a tick asks shares a thread, a transaction and the way back
WRITER_CACHE_KIB = 32 * 1024  # an append touches pages all over the file; read again each time they cost a tenth more

Durability = Literal["full", "normal"]
Connect = Callable[[Path], Connection]


class SqliteDatabase:
    """Made by `start`, ended by `close`. `writer` takes what is to be written; `read` asks."""

    readers = READERS

    def __init__(
        self, path: Path, durability: Durability, connect: Connect, lock: Lock, most_wal_bytes: int, timing: Timing
    ) -> None:
        self._timing = timing
        self._path = path
        self._connect = connect
        self._lock = lock
        self._most_wal_bytes = most_wal_bytes
        self._health = Health(timing)
        self._checkpoints = Checkpoints(self._open, self._health, most_wal_bytes)
        begin_life(self._checkpoints.connection, lock)
        self._files = Identity(path)
        pragmas = (f"PRAGMA synchronous = {durability}", f"PRAGMA cache_size = -{WRITER_CACHE_KIB}")
        self.writer = Writer(
            lambda: self._open(*pragmas), self._checkpoints.between, self._files.check, self._health, timing.answered
        )
        self._readers = ReaderThreads(
            lambda: self._open("PRAGMA query_only = on"), self._files.check, timing.answered, THREADS
        )

    @classmethod
    async def start(
        cls,
        path: Path,
        migrate: Callable[[Path], object],
        *,
        durability: Durability = "full",
        connect: Connect = lambda path: sqlite3.connect(path, isolation_level=None, check_same_thread=False),
        most_wal_bytes: int = MOST_BYTES,
        timing: Timing = PRODUCTION,
    ) -> Self:
        """Lock the file, check it, bring it up to date with `migrate`, open it. Raises `AlreadyRunning`, `Broken`,
        `Unavailable`, and `OSError` where the place cannot be written to.

        `durability`: with "full" what is acknowledged survives a power cut, with "normal" only a crash of the process.
        """
        path = files.resolved(path)  # SQLite keeps its files beside the one that a link names, and so must the lock
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = Lock(path)
        try:
            await asyncio.to_thread(check, path, lock.lives)
            if path.exists():
                migrate(path)
            else:
                create(path, migrate)
            check_schema(path)
            return cls(path, durability, connect, lock, most_wal_bytes, timing)
        except (OSError, Broken):
            lock.close()
            raise
        except Exception as problem:
            lock.close()
            words = getattr(problem, "orig", None) or problem  # SQLAlchemy's own have the statement, and a link
            raise Unavailable(f"The database {path} cannot be used: {words}") from problem

    async def close(self) -> None:
        """Finish what was put into the writer, then let go of the file."""
        await self.writer.close()
        self._readers.stop()
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._readers.join()
        self._checkpoints.close()
        self._lock.close()

    @property
    def is_up(self) -> bool:
        """Whether what was written and read last could be."""
        return self._health.is_up

    async def keep(self) -> None:
        """For ever: while the database is not up, try whether it is. No session is admitted meanwhile that would show
        it."""
        while True:
            await asyncio.sleep(self._timing.sqlite_check * (0.5 + random.random()))
            if self.is_up:
                self._look()
                self._health.calm()
            else:
                with suppress(Unavailable):
                    await self.writer.run(_probe)
                    await self.read(lambda connection: connection.execute("SELECT version_num FROM alembic_version"))

    def _look(self) -> None:
        """What shows without a write: an idle server shall say so too."""
        try:
            self._files.check()
            if os.statvfs(self._path).f_flag & os.ST_RDONLY:
                raise OSError(f"the file system of {self._path} is mounted read-only")
        except OSError as problem:
            self._health.failed("a transaction failed", problem, is_write=True)

    async def ask(self, query: Query[T]) -> T:
        """As `sql.database.Database`."""
        return await self.read(lambda connection: run(connection, query))

    async def tell(self, query: Query[T]) -> T:
        """As `sql.database.Database`."""
        return await self.writer.run(lambda connection: run(connection, query))

    async def read(self, query: Callable[[Connection], T]) -> T:
        """What `query` answers, on one snapshot. Raises `Unavailable`."""
        try:
            value = await self._readers.read(query)
        except InterveneError:
            raise
        except Exception as problem:
            if isinstance(problem, sqlite3.Error | OSError):
                self._health.failed("a read failed", problem, is_read=True)
            else:
                log_.error("a read failed", exc_info=problem)
            raise unavailable(problem) from problem
        self._health.read()
        return value

    def _open(self, *pragmas: str) -> Connection:
        connection = self._connect(self._path)
        connection.execute(f"PRAGMA busy_timeout = {self._timing.sqlite_busy * 1000:.0f}")
        (mode,) = connection.execute("PRAGMA journal_mode = wal").fetchone()
        if mode != "wal":
            raise OSError(f"The file system of {self._path} cannot keep a write-ahead log: use a local disk.")
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # see checkpoints.py
        connection.execute(f"PRAGMA journal_size_limit = {self._most_wal_bytes}")
        for pragma in pragmas:
            connection.execute(pragma)
        return connection


def run(connection: Connection, query: Query[T]) -> T:
    """What the query answers."""
    try:
        ask = next(query)
        while True:
            ask = query.send(_answer(connection, ask))
    except StopIteration as end:
        value: T = end.value
        return value


def _answer(connection: Connection, ask: Ask | Each | AskText | AskFitting) -> Sequence[Any]:
    match ask:
        case Ask(statement, values):
            sql = statement.sqlite
            return connection.execute(sql.sql, sql.values(values)).fetchall()
        case Each(statement, rows):
            sql = statement.sqlite
            connection.executemany(sql.sql, [sql.values(values) for values in rows])
            return ()
        case AskFitting():
            return _fitting(connection, ask)
        case AskText(text, positional):
            return connection.execute(text, positional).fetchall()


def _fitting(connection: Connection, ask: AskFitting) -> list[tuple[int, bytes, bytes | None]]:
    """SQLite finds a row when it is fetched: what does not fit is not read."""
    found: list[tuple[int, bytes, bytes | None]] = []
    room = ask.most_bytes
    cursor = connection.execute(ask.sql, ask.values)
    for row in cursor:
        room -= len(row[1]) + len(row[2] or b"") + EVENT_MARGIN
        if room < 0 and found:
            break
        found.append(row)
    cursor.close()
    return found


def _probe(connection: Connection) -> None:
    """Writes one page that says what it said."""
    ((life,),) = connection.execute("PRAGMA user_version")
    connection.execute(f"PRAGMA user_version = {life}")
