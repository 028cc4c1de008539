"""One PostgreSQL database, shared by all nodes: this node's connections to it, and what each kind is kept for.

A burst of one kind of work must not take the connections of another: groups have one, decisions under the lock have
their own, and so have readers, and writers of what stands beside the log.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import cache
from inspect import GEN_CREATED, getgeneratorstate
from types import MappingProxyType
from typing import Any, Self, TypeVar

import anyio
import asyncpg
import structlog

from intervene.adapters.postgres.connections import (
    Connection,
    Pool,
    describe,
    is_away,
    milliseconds,
    session_settings,
    transaction,
)
from intervene.adapters.sql.database import Ask, AskFitting, AskText, Each, Query
from intervene.core.errors import InterveneError, Unavailable
from intervene.core.limits import EVENT_MARGIN
from intervene.core.timing import PRODUCTION, Timing
from intervene.outage import Outage
from intervene.tasks import Tasks

log_ = structlog.get_logger(__name__)

T = TypeVar("T")

LOCKERS = 4
READERS = 4
WRITERS = 2
OLDEST = 14  # of PostgreSQL
PREPARED_SECONDS = 300  # for which a connection keeps a statement's plan: one made for an empty table must not stay
FOR_GOOD = 0  # instead: where nothing may be prepared anew. The server plans again by itself when a table was analysed
COMPANY = 0x696E7466  # an advisory lock: shared by nodes of a cluster, exclusive for a single node

_ALONE = (
    "Another server uses this PostgreSQL database. A server without redis_url must be the only one: set redis_url on "
    "all of them, or stop the other."
)
_NOT_ALONE = (
    "A server without redis_url uses this PostgreSQL database, and must be the only one: set its redis_url too, or "
    "stop it."
)

# The append joins arrays, of which the planner has no statistics, with rows that it must find by their index. Its shape
# is fixed: hash tables over the arrays and no loop within a loop, planned once and not anew for each group.
APPENDING = {"enable_nestloop": "off", "enable_mergejoin": "off", "plan_cache_mode": "force_generic_plan"}


# Of a standby, NULL. A promoted standby and a restored backup begin a new timeline.
_TIMELINE = "SELECT CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_lsn()), 8) END"


class NotAsked(ConnectionError):
    """There is a connection, or might be; nothing may be asked on it."""


class PostgresDatabase:
    """Made by `start`, ended by `close`. `group` and `lock` are the log's; `ask` and `tell` are for all others.

    A database that was restored may be older than it was, and what a node remembers of it is then another history.
    So each new connection first asks whether it is `as_left`, a query that the composition root sets; if it is not,
    `went_back` is called, and nothing runs that was decided before. A restore breaks all connections, so no statement
    of ours comes to an older database unasked.
    """

    readers = READERS

    def __init__(self, url: str, timing: Timing = PRODUCTION) -> None:
        self._timing = timing
        self.history = 0
        """Counts how often the database went back."""
        self.as_left: Callable[[], Query[bool]] = _always
        self.went_back: Callable[[], None] = lambda: None
        self._timeline = ""
        self._reservation: Connection | None = None
        self._url = url
        self._tasks = Tasks()
        self._is_closed = False
        outage = self._outage = Outage(timing=timing)
        # A reader locks nothing, and a node that is busy for a second, as when thousands come at once, is not frozen.
        reading = {"idle_in_transaction_session_timeout": milliseconds(timing.postgres_statement)}
        self.group = Pool(lambda: self._connect(APPENDING), 1, self._forget_idle, outage, timing)
        self.lock = Pool(lambda: self._connect(APPENDING, FOR_GOOD), LOCKERS, self._forget_idle, outage, timing)
        self._readers = Pool(lambda: self._connect(reading), READERS, self._forget_idle, outage, timing)
        self._writers = Pool(self._connect, WRITERS, self._forget_idle, outage, timing)
        self._pools = (self.group, self.lock, self._readers, self._writers)

    @classmethod
    async def start(cls, url: str, migrate: Callable[[str], Awaitable[object]], timing: Timing = PRODUCTION) -> Self:
        """Look whether the database can be used, bring it up to date with `migrate`, and connect. Raises `Unavailable`
        with a sentence; what cannot be used was not touched."""
        database = cls(url, timing)
        try:
            await database.group.run(_check)
            await migrate(url)
            for pool in database._pools:
                await pool.fill()
            return database
        except Exception as problem:
            await database.close()
            if isinstance(problem, Unavailable):
                raise
            # Not the URL: it has a password in it.
            raise Unavailable(f"The PostgreSQL database cannot be used: {describe(problem)}") from problem

    async def reserve(self, *, is_alone: bool) -> None:
        """Say whether others may use the database beside this process. Raises `Unavailable` when a process that
        uses it requires otherwise, or when the database does not answer. Kept up by `keep`."""
        try:
            await self._reserve(is_alone)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
            raise Unavailable(f"The PostgreSQL database cannot be used: {describe(problem)}") from problem

    async def _reserve(self, is_alone: bool) -> None:
        connection = await self._connect()
        take = "pg_try_advisory_lock" if is_alone else "pg_try_advisory_lock_shared"
        try:
            with anyio.fail_after(self._timing.postgres_connect):
                is_free = await connection.fetchval(f"SELECT {take}({COMPANY})")
            if not is_free:
                raise Unavailable(_ALONE if is_alone else _NOT_ALONE)
        except BaseException:
            connection.terminate()
            raise
        self._reservation = connection

    async def keep(self, *, is_alone: bool) -> None:
        """For ever: reserve anew what a lost connection has let go."""
        while True:
            await asyncio.sleep(self._timing.postgres_reserve)
            if self._reservation is None or self._reservation.is_closed():
                try:
                    await self._reserve(is_alone)
                except Unavailable as problem:
                    log_.error("lost the advisory lock on the database to another process", problem=problem.sentence)
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    pass  # it is away, as others will say

    async def close(self) -> None:
        """Wait for what is under way, then close the connections. What comes later is answered as unknown."""
        self._is_closed = True
        if self._reservation is not None:
            self._reservation.terminate()
        await self._tasks.wait()
        for pool in self._pools:
            await pool.close()

    def spawn(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """A task that is never cancelled: its caller may be, what was begun is completed."""
        return self._tasks.spawn(work)

    async def ask(self, query: Query[T]) -> T:
        """As `sql.database.Database`."""
        return await self._finish(self._readers, lambda connection: _reading(connection, query))

    async def tell(self, query: Query[T]) -> T:
        """As `sql.database.Database`."""
        return await self.write(lambda connection: run(connection, query))

    async def fetch(self, sql: str, *values: object) -> Any:
        """The rows of one statement, which is its own snapshot. Raises `Unavailable`."""
        return await self._finish(self._readers, lambda connection: connection.fetch(sql, *values))

    async def write(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """What `work` answers once it is committed; it may be called again. Raises `Unavailable`, or what is ours."""
        return await self._finish(self._writers, lambda connection: _writing(connection, work))

    def complain(self, sentence: str, problem: Exception, **facts: object) -> None:
        """That something failed; once, while the database is away."""
        say = self._outage.failed if is_away(problem) else log_.error
        say(sentence, problem=describe(problem), **facts)

    async def _finish(self, pool: Pool, work: Callable[[Connection], Awaitable[T]]) -> T:
        task = self.spawn(pool.run(work))
        try:
            with anyio.fail_after(
                self._timing.answered
            ):  # for a connection, its opening, its work and a deadlock together
                return await asyncio.shield(task)
        except TimeoutError as problem:
            task.add_done_callback(_forget)
            self.complain("the database failed", problem)
            raise Unavailable("The log did not answer. Try again.") from None
        except asyncio.CancelledError:
            task.add_done_callback(_forget)
            raise
        except InterveneError:
            raise
        except Exception as problem:
            self.complain("the database failed", problem)
            raise Unavailable("The log did not answer. Try again.") from None

    async def _connect(
        self, settings: Mapping[str, str] = MappingProxyType({}), prepared_seconds: int = PREPARED_SECONDS
    ) -> Connection:
        if self._is_closed:
            raise NotAsked("this server is ending")
        connection = await asyncpg.connect(
            self._url,
            timeout=self._timing.postgres_connect,
            server_settings={**session_settings(self._timing), **settings},
            max_cached_statement_lifetime=prepared_seconds,
        )  # fmt: skip
        try:
            history = self.history
            with anyio.fail_after(self._timing.postgres_connect):
                is_as_left = await self._recognise(connection)
            if history == self.history and not is_as_left:
                self.start_over()
            if history != self.history:
                raise NotAsked("the database is an older one than it was")
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def _recognise(self, connection: Connection) -> bool:
        try:
            timeline = await connection.fetchval(_TIMELINE)
        except asyncpg.PostgresError:  # a server that keeps this to itself
            timeline = ""
        if timeline is None:
            raise NotAsked("the server is a standby, which must not be asked")
        if timeline and self._timeline not in ("", timeline):
            self._timeline = timeline
            return False
        self._timeline = timeline or self._timeline
        return await run(connection, self.as_left())

    def start_over(self) -> None:
        """The database went back."""
        log_.error("the database is an older one than it was; everything is read anew")
        self.history += 1
        self.went_back()

    def forget_node(self) -> None:
        """From now on its heartbeats are deleted: that they are missing says nothing of the database."""
        self.as_left = _always

    def _forget_idle(self) -> None:
        for pool in self._pools:
            pool.forget()


def _forget(task: "asyncio.Task[Any]") -> None:
    """Nothing waits for it any more, and its failure is not reported."""
    if not task.cancelled():
        task.exception()


def _always() -> Query[bool]:
    yield from ()
    return True


async def run(connection: Connection, query: Query[T]) -> T:
    """What the query answers, in a transaction that the caller has begun. A query runs once: after a deadlock it would
    go on from where it was, and commit its second half alone. Raises `Unavailable` then."""
    if getgeneratorstate(query) != GEN_CREATED:
        raise Unavailable("The log did not answer. Try again.")
    try:
        ask = next(query)
        while True:
            ask = query.send(await _answer(connection, ask))
    except StopIteration as end:
        value: T = end.value
        return value


async def _answer(connection: Connection, ask: Ask | Each | AskText | AskFitting) -> Any:
    match ask:
        case Ask(statement, values):
            sql = statement.postgres
            return await connection.fetch(sql.sql, *sql.values(values))
        case Each(statement, rows):
            sql = statement.postgres
            await connection.executemany(sql.sql, [sql.values(values) for values in rows])
            return ()
        case AskFitting(text, positional, most_bytes):
            return await connection.fetch(_numbered(_FITTING.format(text)), *positional, most_bytes)
        case AskText(text, positional):
            return await connection.fetch(_numbered(text), *positional)


# Long data stand outside of their row: their length is known without them, and only those that are sent are read.
_FITTING = f"""
    SELECT seq, data, latest FROM (
        SELECT seq, data, latest, size, sum(size) OVER (ORDER BY seq DESC) AS total FROM (
            SELECT seq, data, latest, length(data) + coalesce(length(latest), 0) + {EVENT_MARGIN} AS size
            FROM ({{}}) AS page
        ) AS sized
    ) AS summed WHERE total <= ? OR total = size ORDER BY seq DESC
"""


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
