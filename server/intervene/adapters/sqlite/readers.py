"""The threads that read a SQLite database, each read in a transaction and on a connection of its own.

What several threads have read comes back to the loop in one call.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from sqlite3 import Connection
from threading import Thread
from typing import Any, NamedTuple, TypeVar

from intervene.adapters.sqlite.waiting import Waiting

T = TypeVar("T")

Work = Callable[[Connection], Any]


class _Read(NamedTuple):
    work: Work
    future: "asyncio.Future[Any]"


class _Answer(NamedTuple):
    future: "asyncio.Future[Any]"
    value: Any
    problem: BaseException | None


class ReaderThreads:
    """At most `count`, each begun when it is needed. `look` is called before each read: it raises when the database is
    no longer the one that was opened. A read is answered within `answered` seconds."""

    def __init__(
        self, connect: Callable[[], Connection], look: Callable[[], None], answered: float, count: int
    ) -> None:
        self._connect = connect
        self._look = look
        self._count = count
        self._loop = asyncio.get_running_loop()
        self._inbox: SimpleQueue[_Read | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._waiting = Waiting(answered)
        self._is_closed = False
        self._idle: deque[Connection] = deque()  # the one that was used last is used next: it has its pages at hand
        self._answers: deque[_Answer] = deque()
        self._is_coming = False
        """The loop was called, and has not taken the answers yet."""

    # -- on the loop ---------------------------------------------------------------------------------------------------

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` answers. Raises what it raises, what the database does, and `TimeoutError`."""
        if self._is_closed:
            raise OSError("the database was closed")
        future: asyncio.Future[T] = self._loop.create_future()
        self._waiting.add(future)
        if len(self._threads) < min(self._count, len(self._waiting)):
            thread = Thread(target=self._run, name="sqlite-reader", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._inbox.put(_Read(work, future))
        return await self._waiting.end(future)

    def _deliver(self) -> None:
        self._is_coming = False  # first: what is added from now on calls again
        while self._answers:
            future, value, problem = self._answers.popleft()
            if future.done():
                continue
            if problem is None:
                future.set_result(value)
            else:
                future.set_exception(problem)

    def stop(self) -> None:
        """Take no more."""
        self._is_closed = True
        self._waiting.stop()
        for _ in self._threads:
            self._inbox.put(None)

    # -- on a thread ---------------------------------------------------------------------------------------------------

    def join(self) -> None:
        """Until what was asked before `stop` is read, and all is closed."""
        for thread in self._threads:
            thread.join()
        while self._idle:
            self._idle.pop().close()

    def _run(self) -> None:
        while (read := self._inbox.get()) is not None:
            if read.future.done():  # its caller has gone, or was answered that it took too long
                continue
            try:
                answer = _Answer(read.future, self._transact(read.work), None)
            except BaseException as problem:
                answer = _Answer(read.future, None, problem)
            self._answers.append(answer)
            if not self._is_coming:
                self._is_coming = True
                try:
                    self._loop.call_soon_threadsafe(self._deliver)
                except RuntimeError:
                    pass  # the loop is closed: no caller is left to answer

    def _transact(self, work: Work) -> Any:
        self._look()
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            connection.execute("BEGIN")
            value = work(connection)
            connection.execute("ROLLBACK")
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return value
