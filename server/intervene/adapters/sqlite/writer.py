"""The one thread that writes to a SQLite database, on a connection of its own.

Two kinds of work come in from the event loop. *Jobs* are functions of the connection; those that wait at one moment
share a transaction, each behind its own savepoint unless it is alone. *Groups* are commits that one function writes
together; bad data splits a group by halves, down to the single commit. Jobs go before groups. What came of a
transaction goes back to the loop in one call. A person may wait for a job's: a loop that is busy can ask for it within
its tick, and gets it before the thread goes on, which would otherwise hold the interpreter for the next group.

Only bad data is a commit's fault. The database's own trouble (a full or broken disk, a lock, a failed COMMIT) leaves
the outcome of the whole transaction unknown; the connection is then thrown away and the next one begins afresh.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from sqlite3 import Connection, DatabaseError, InternalError, OperationalError
from threading import Event, Thread
from typing import Any, NamedTuple, TypeVar, TypeVarTuple

import structlog

from intervene.adapters.sqlite.health import Health
from intervene.adapters.sqlite.waiting import Waiting
from intervene.core.errors import InterveneError, Unavailable
from intervene.guard import guarded
from intervene.ports.log import Commit, Verdict

log_ = structlog.get_logger(__name__)

T = TypeVar("T")
Args = TypeVarTuple("Args")

JOBS_AT_ONCE = 64  # share a transaction; the rest shares the next
SETTLED_SECONDS = 0.001  # that the thread waits at most for the loop to take what came of jobs


class Result(NamedTuple):
    """What came of some work: WON with its value, REFUSED with the exception that it raised, or UNKNOWN."""

    verdict: Verdict
    value: Any = None
    problem: Exception | None = None


class Job(NamedTuple):
    work: Callable[[Connection], Any]
    done: Callable[[Result], None]


class Group(NamedTuple):
    """`write` answers WON, CONFLICT or REFUSED for each commit, or raises what the database makes of one of them."""

    commits: Sequence[Commit]
    write: Callable[[Connection, Sequence[Commit]], list[Verdict]]
    done: Callable[[list[Verdict]], None]


_Answer = tuple[Callable[[Any], None], Any]


class Writer:
    """`between` is called on the thread after each transaction, when its results are on their way; `look` before it
    connects, and before what a transaction wrote is acknowledged: it raises when the database is no longer the one that
    was opened. `health` gets the outcome of each; a job is answered within `answered` seconds."""

    def __init__(
        self,
        connect: Callable[[], Connection],
        between: Callable[[], None],
        look: Callable[[], None],
        health: Health,
        answered: float,
    ) -> None:
        self._waiting = Waiting(answered)
        self._connect = connect
        self._between = between
        self._look = look
        self._health = health
        self._loop = asyncio.get_running_loop()
        self._inbox: SimpleQueue[Job | Group | None] = SimpleQueue()
        self._jobs: deque[Job] = deque()
        self._groups: deque[Group] = deque()
        self._settled: deque[list[_Answer]] = deque()
        """What came of jobs, and is not handed on yet."""
        self._is_taken = Event()
        self._is_closed = False
        self._is_ending = False
        self._connection: Connection | None = connect()  # at once: what cannot be opened stops the start
        self._thread = Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    def put(self, work: Job | Group) -> None:
        """To be called on the loop. What comes after `close` is answered as unknown."""
        if self._is_closed:
            self._loop.call_soon(_deliver, [_unknown(work)])
        else:
            self._inbox.put(work)

    def settle(self) -> None:
        """To be called on the loop, at any time. Hand on what came of jobs."""
        while self._settled:
            _deliver(self._settled.popleft())
            self._is_taken.set()

    async def run(self, work: Callable[[Connection], T]) -> T:
        """The value of a job once it is durable; raises `Unavailable`. If the caller is cancelled, the job is not."""
        future: asyncio.Future[T] = self._loop.create_future()

        def settle(result: Result) -> None:
            if future.done():
                return
            if result.verdict is Verdict.WON:
                future.set_result(result.value)
            elif isinstance(result.problem, InterveneError):
                future.set_exception(result.problem)
            else:
                future.set_exception(unavailable(result.problem))

        self._waiting.add(future)
        self.put(Job(work, settle))
        try:
            return await self._waiting.end(future)
        except TimeoutError as problem:
            raise unavailable(problem) from problem

    async def close(self) -> None:
        """Finish what was put before, then end."""
        self._is_closed = True
        self._inbox.put(None)
        await asyncio.to_thread(self._thread.join)

    # -- on the thread -------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while self._receive():
            if self._jobs:
                self._write_jobs()
            else:
                self._write_group()
            self._between()
        if self._connection is not None:
            self._connection.close()

    def _receive(self) -> bool:
        """Sort in what came, waiting for it only when there is nothing to do. False: there is no more."""
        while True:
            is_idle = not self._jobs and not self._groups
            try:
                work = self._inbox.get(block=is_idle and not self._is_ending)
            except Empty:
                return not is_idle
            match work:
                case Job():
                    self._jobs.append(work)
                case Group():
                    self._groups.append(work)
                case None:
                    self._is_ending = True

    def _write_jobs(self) -> None:
        jobs = [self._jobs.popleft() for _ in range(min(len(self._jobs), JOBS_AT_ONCE))]
        if len(jobs) == 1:  # as most are
            results: list[Result] = [self._transact(jobs[0].work)]
        else:
            whole = self._transact(lambda connection: [_behind_savepoint(connection, job.work) for job in jobs])
            results = whole.value if whole.verdict is Verdict.WON else [whole] * len(jobs)
        for result in results:
            if result.verdict is Verdict.REFUSED and not isinstance(result.problem, InterveneError):
                log_.error("a job was refused", exc_info=result.problem)
        self._is_taken.clear()
        self._settled.append([(job.done, result) for job, result in zip(jobs, results, strict=True)])
        self._call(self.settle)
        self._is_taken.wait(SETTLED_SECONDS)

    def _write_group(self) -> None:
        group = self._groups.popleft()
        self._call(_deliver, [(group.done, self._verdicts(group, group.commits))])

    def _verdicts(self, group: Group, commits: Sequence[Commit]) -> list[Verdict]:
        result = self._transact(lambda connection: group.write(connection, commits))
        if result.verdict is Verdict.WON:
            verdicts: list[Verdict] = result.value
            return verdicts
        if result.verdict is Verdict.REFUSED and len(commits) > 1:
            middle = len(commits) // 2
            return self._verdicts(group, commits[:middle]) + self._verdicts(group, commits[middle:])
        if result.verdict is Verdict.REFUSED:
            log_.error("a commit was refused", conversation=commits[0].key.conversation, exc_info=result.problem)
        return [result.verdict] * len(commits)

    def _transact(self, work: Callable[[Connection], Any]) -> Result:
        try:
            if self._connection is None:
                self._look()
                self._connection = self._connect()
            connection = self._connection
            connection.execute("BEGIN IMMEDIATE")
            result = _try(connection, work)
            connection.execute("COMMIT" if result.verdict is Verdict.WON else "ROLLBACK")
            self._look()
            self._health.wrote()
            return result
        except Exception as problem:
            self._health.failed("a transaction failed", problem, is_write=True)
            self._forget_connection()
            return Result(Verdict.UNKNOWN, problem=problem)

    def _forget_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()  # which rolls back what is open

    def _call(self, deliver: Callable[[*Args], object], *args: *Args) -> None:
        with suppress(RuntimeError):  # the loop is closed: no caller is left to answer
            self._loop.call_soon_threadsafe(deliver, *args)


def _behind_savepoint(connection: Connection, work: Callable[[Connection], Any]) -> Result:
    connection.execute("SAVEPOINT job")
    result = _try(connection, work)
    if result.verdict is Verdict.REFUSED:
        connection.execute("ROLLBACK TO job")
    connection.execute("RELEASE job")
    return result


def _try(connection: Connection, work: Callable[[Connection], Any]) -> Result:
    """WON or REFUSED. Raises the database's own trouble; whatever else `work` raises is about what it wrote."""
    try:
        return Result(Verdict.WON, work(connection))
    except Exception as problem:
        is_trouble = isinstance(problem, OperationalError | InternalError | MemoryError)
        if is_trouble or type(problem) is DatabaseError:
            raise
        return Result(Verdict.REFUSED, problem=problem)


def _unknown(work: Job | Group) -> _Answer:
    if isinstance(work, Job):
        return work.done, Result(Verdict.UNKNOWN)
    return work.done, [Verdict.UNKNOWN] * len(work.commits)


def _deliver(answers: list[_Answer]) -> None:
    for done, answer in answers:
        guarded(done, answer)


def unavailable(problem: Exception | None) -> Unavailable:
    """Ours, with its cause for the logs."""
    error = Unavailable("The log did not answer. Try again.")
    error.__cause__ = problem
    return error
