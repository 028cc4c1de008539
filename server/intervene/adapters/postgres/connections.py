"""Connections to PostgreSQL: few, bounded in every wait, and thrown away when in doubt.

The three timeouts of the server are unequal on purpose. A transaction that freezes inside a row's lock
loses it after the first; one that waits for the lock outlasts several of those; after the third the server ends a
statement. A server that says nothing at all meets our own bound. It ends the connection and sends no cancel: that would
need a second connection to the server that does not answer.

A connection keeps the plans of its statements and makes them anew after five minutes, so a plan made for an empty table
does not stay; where rows are locked nothing is prepared anew, and the server plans again when it has analysed a table.
That takes a server, or a pooler in session mode, that lets a client keep prepared statements.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import anyio
import asyncpg
import structlog

from intervene.core.backoff import rest_seconds
from intervene.core.timing import Timing
from intervene.outage import Outage

log_ = structlog.get_logger(__name__)

T = TypeVar("T")

Connection = Any  # asyncpg's `Connection`, or what a test puts in its place


def session_settings(timing: Timing) -> dict[str, str]:
    """What each connection asks of the server."""
    return {
        "application_name": "intervene",
        "synchronous_commit": "on",
        "default_transaction_isolation": "read committed",
        "idle_in_transaction_session_timeout": milliseconds(timing.postgres_frozen),
        "lock_timeout": milliseconds(timing.postgres_lock),
        "statement_timeout": milliseconds(timing.postgres_statement),
        # Every statement has its index. Without these two, a plan made for a small table reads all of it later.
        "enable_seqscan": "off",
        "jit": "off",
    }


def milliseconds(seconds: float) -> str:
    """As PostgreSQL reads it."""
    return f"{seconds * 1000:.0f}ms"


_DEADLOCK = "40P01"
_BAD_DATA = ("22", "23")  # classes of SQLSTATE: values that do not fit, keys that exist
_BAD_ITEM = ("P0001", "54000")  # the wall; a value too large for an index
_AWAY = ("08", "53", "57", "58")  # connections; disk or memory full; shutdown, or not in time; input and output
_READ_ONLY = "25006"
TRIES = 3


class NotConnected(ConnectionError):
    """An attempt to connect that another caller made has just failed."""


class Pool:
    """At most `size` connections. The longest waiting caller gets the next one that is free. `doubted` is called when a
    connection did not answer: the others to that server may be as dead."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[Connection]],
        size: int,
        doubted: Callable[[], None],
        outage: Outage,
        timing: Timing,
    ) -> None:
        self._timing = timing
        self._connect = connect
        self._free = anyio.Semaphore(size, fast_acquire=True)
        self._idle: list[Connection] = []
        self._opening = anyio.Lock(fast_acquire=True)
        self._failures = self._in_a_row = 0
        self._not_before = 0.0
        self._why = ""
        self._doubted = doubted
        self._outage = outage

    async def run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """What `work` answers. A deadlock is tried again; whatever else goes wrong is raised. Not to be cancelled."""
        for _ in range(TRIES - 1):
            try:
                return await self._run(work)
            except asyncpg.DeadlockDetectedError:
                log_.warning("a deadlock is tried again")
        return await self._run(work)

    async def _run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        with anyio.fail_after(self._timing.postgres_free):
            await self._free.acquire()
        try:
            connection = self._take_idle() or await self._open()
            watchdog = _Watchdog(self._timing, lambda: self._give_up(connection))
            try:
                answer = await work(connection)
                self._outage.answered()
                return answer
            except Exception as problem:
                if isinstance(problem, AttributeError) and connection.is_closed():
                    # asyncpg, when it is ended between two steps of one statement: no fault of what was asked
                    raise ConnectionError("the connection was ended") from problem
                if not _is_usable_after(problem):
                    connection.terminate()
                raise
            finally:
                watchdog.cancel()
                if not connection.is_closed():
                    self._idle.append(connection)
        finally:
            self._free.release()

    async def _open(self) -> Connection:
        """A new connection, one at a time, and after a failure not before a rest: a server that comes back meets few.
        Callers that wait for an attempt share its failure, so none waits for more than one."""
        failures = self._failures
        async with self._opening:
            if idle := self._take_idle():
                return idle
            if failures != self._failures:
                raise NotConnected(self._why)
            await anyio.sleep(max(0.0, self._not_before - time.monotonic()))
            try:
                connection = await self._connect()
            except Exception as problem:
                self._failures += 1
                self._in_a_row += 1
                self._why = describe(problem)
                self._not_before = time.monotonic() + rest_seconds(
                    self._in_a_row,
                    first=self._timing.postgres_retry,
                    longest=self._timing.postgres_retry_longest,
                    chance=random.random(),
                )
                raise
            self._in_a_row = 0
            return connection

    def _take_idle(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return None

    def _give_up(self, connection: Connection) -> None:
        self._outage.failed("the database did not answer in time", seconds=self._timing.postgres_answer)
        connection.terminate()  # what was asked on it fails at once
        self._doubted()

    async def fill(self) -> None:
        """Open one connection now: the first caller shall not wait for it."""
        await self._run(_nothing)

    def forget(self) -> None:
        """Drop the connections that are idle."""
        while self._idle:
            self._idle.pop().terminate()

    async def close(self) -> None:
        """Close the connections. Nothing may be under way."""
        while self._idle:
            try:
                await self._idle.pop().close(timeout=1.0)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                pass  # the server is gone, and so is the connection


async def _nothing(_: Connection) -> None: ...


class _Watchdog:
    """Barks after `postgres_answer`, unless it is cancelled; never before the loop has run once more."""

    def __init__(self, timing: Timing, bark: Callable[[], None]) -> None:
        self._timing = timing
        self._bark = bark
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(timing.postgres_answer - timing.postgres_last_look, self._look)

    def _look(self) -> None:
        self._timer = self._loop.call_later(self._timing.postgres_last_look, self._bark)

    def cancel(self) -> None:
        self._timer.cancel()


@asynccontextmanager
async def transaction(connection: Connection, begin: str = "BEGIN") -> AsyncIterator[None]:
    await connection.execute(begin)
    try:
        yield
    except BaseException:
        if not connection.is_closed():
            await connection.execute("ROLLBACK")
        raise
    await connection.execute("COMMIT")


def is_bad_data(problem: Exception) -> bool:
    """Whether the item or the decision is at fault, and not the database or the way to it."""
    if isinstance(problem, asyncpg.PostgresError):
        state = problem.sqlstate or ""
        return state[:2] in _BAD_DATA or state in _BAD_ITEM
    if isinstance(problem, asyncpg.InterfaceError):
        return isinstance(problem, ValueError)  # a value that its type cannot hold: nothing was sent
    return not isinstance(problem, OSError | MemoryError | asyncpg.InternalClientError)


def is_away(problem: Exception) -> bool:
    """Whether the database did not answer, or can do nothing at present, for any caller."""
    if isinstance(problem, asyncpg.PostgresError):
        state = problem.sqlstate or ""
        return state[:2] in _AWAY or state == _READ_ONLY
    return not is_bad_data(problem)


def _is_usable_after(problem: Exception) -> bool:
    waited = asyncpg.QueryCanceledError | asyncpg.LockNotAvailableError | asyncpg.DeadlockDetectedError
    return isinstance(problem, waited) or is_bad_data(problem)


def describe(problem: BaseException) -> str:
    """For our own log, and so without texts of people: a server's details, and its message about a value, have some."""
    name = type(problem).__name__
    if isinstance(problem, asyncpg.PostgresError):
        state = problem.sqlstate or ""
        return f"{name} {state}" if state.startswith("22") else f"{name} {state}: {problem.args[0]}"
    if isinstance(problem, ValueError):
        return name
    is_ours = type(problem).__module__.startswith("intervene.")  # and says all that there is to say
    return str(problem) if is_ours else f"{name}: {problem}"
