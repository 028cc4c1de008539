"""One PostgreSQL database, shared by all nodes: this node's connections to it, and what each kind is kept for.

A burst of one kind of work must not take the connections of another: groups have one, decisions under the lock have
their own, and so have readers, and writers of what stands beside the log.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine
from functools import cache
from typing import Any, Self, TypeVar

import asyncpg
import structlog

from intervene.adapters.sql.connections import (
    CONNECT_SECONDS,
    SETTINGS,
    Connection,
    Pool,
    describe,
    transaction,
)
from intervene.adapters.sql.queries import Each, Query
from intervene.core.errors import InterveneError, Unavailable

log_ = structlog.get_logger(__name__)

T = TypeVar("T")

LOCKERS = 4
READERS = 4
WRITERS = 2
OLDEST = 14  # of PostgreSQL

# The append joins arrays, of which the planner knows nothing, with rows that it must find by their index. Its shape is
# fixed: hash tables over the arrays and no loop within a loop, planned once and not anew for each group.
APPENDING = {"enable_nestloop": "off", "enable_mergejoin": "off", "plan_cache_mode": "force_generic_plan"}


class PostgresDatabase:
    """Made by `start`, ended by `close`. `group` and `lock` are the log's; `ask` and `tell` are everybody's."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._tasks: set[asyncio.Task[Any]] = set()
        self._is_closed = False
        self.group = Pool(lambda: self._connect(**APPENDING), 1, self._forget_idle)
        self.lock = Pool(lambda: self._connect(**APPENDING), LOCKERS, self._forget_idle)
        self._readers = Pool(self._connect, READERS, self._forget_idle)
        self._writers = Pool(self._connect, WRITERS, self._forget_idle)
        self._pools = (self.group, self.lock, self._readers, self._writers)

    @classmethod
    async def start(cls, url: str, migrate: Callable[[str], Awaitable[None]]) -> Self:
        """Bring the database up to date with `migrate` and connect. Raises `Unavailable` with a sentence."""
        database = cls(url)
        try:
            await migrate(url)
            await database.group.run(_check)
            for pool in database._pools:
                await pool.fill()
            return database
        except Exception as problem:
            await database.close()
            if isinstance(problem, Unavailable):
                raise
            # Not the URL: it has a password in it.
            raise Unavailable(f"The PostgreSQL database cannot be used: {describe(problem)}") from problem

    async def close(self) -> None:
        """Wait for what is under way, then say goodbye. What comes later is answered as unknown."""
        self._is_closed = True
        while self._tasks:
            await asyncio.wait(self._tasks)
        for pool in self._pools:
            await pool.close()

    def spawn(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """A task that nobody cancels: whoever waits may go away, what was begun is ended."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def ask(self, query: Query[T]) -> T:
        """As `queries.Database`."""
        return await self._finish(self._readers, lambda connection: _reading(connection, query))

    async def tell(self, query: Query[T]) -> T:
        """As `queries.Database`."""
        return await self.write(lambda connection: run(connection, query))

    async def fetch(self, sql: str, *values: object) -> Any:
        """The rows of one statement, which is its own snapshot. Raises `Unavailable`."""
        return await self._finish(self._readers, lambda connection: connection.fetch(sql, *values))

    async def write(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """What `work` answers once it is committed; it may be called again. Raises `Unavailable`, or what is ours."""
        return await self._finish(self._writers, lambda connection: _writing(connection, work))

    async def _finish(self, pool: Pool, work: Callable[[Connection], Awaitable[T]]) -> T:
        try:
            return await asyncio.shield(self.spawn(pool.run(work)))
        except InterveneError:
            raise
        except Exception as problem:
            log_.error("the database failed", problem=describe(problem))
            raise Unavailable("The log did not answer. Try again.") from None

    async def _connect(self, **settings: str) -> Connection:
        if self._is_closed:
            raise ConnectionError("this server is ending")
        return await asyncpg.connect(self._url, timeout=CONNECT_SECONDS, server_settings={**SETTINGS, **settings})

    def _forget_idle(self) -> None:
        for pool in self._pools:
            pool.forget()


async def run(connection: Connection, query: Query[T]) -> T:
    """What the query answers, in a transaction that the caller has begun."""
    try:
        ask = next(query)
        while True:
            if isinstance(ask, Each):
                await connection.executemany(_numbered(ask.sql), ask.rows)
                ask = query.send(())
            else:
                ask = query.send(await connection.fetch(_numbered(ask.sql), *ask.values))
    except StopIteration as end:
        value: T = end.value
        return value


@cache
def _numbered(sql: str) -> str:
    """`?` as PostgreSQL has it: $1, $2 ..."""
    first, *rest = re.split(r"\?", sql)
    return first + "".join(f"${number}{part}" for number, part in enumerate(rest, start=1))


async def _reading(connection: Connection, query: Query[T]) -> T:
    async with transaction(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"):
        return await run(connection, query)


async def _writing(connection: Connection, work: Callable[[Connection], Awaitable[T]]) -> T:
    async with transaction(connection):
        return await work(connection)


async def _check(connection: Connection) -> None:
    version = connection.get_server_version()
    if version.major < OLDEST:
        raise Unavailable(f"The server is PostgreSQL {version.major}; {OLDEST} or newer is needed.")
    encoding = connection.get_settings().server_encoding
    if encoding != "UTF8":
        raise Unavailable(f"The database's encoding is {encoding}: create it with ENCODING 'UTF8'.")
