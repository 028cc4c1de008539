"""The threads that read a SQLite database, each on a connection of its own.

What a tick of the loop asks is read by one thread, in one transaction that begins when all of it was asked, and comes
back to the loop in one call. A thread that takes long is helped by another one.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from sqlite3 import Connection
from threading import Thread
from typing import Any, NamedTuple, TypeVar

from intervene.adapters.sqlite.waiting import Waiting

T = TypeVar("T")

LONG_SECONDS = 0.002  # after which what waits behind a read goes to another thread

Work = Callable[[Connection], Any]


class _Read(NamedTuple):
    number: int
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
        self._asked: deque[_Read] = deque()
        self._number = 0  # of the latest
        self._calls: SimpleQueue[bool] = SimpleQueue()
        """True: something was asked. False: the end."""
        self._threads: list[Thread] = []
        self._waiting = Waiting(answered)
        self._is_closed = False
        self._is_calling = self._is_looking = False
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
        self._number += 1
        self._asked.append(_Read(self._number, work, future))
        if not self._is_calling:
            self._is_calling = True
            self._loop.call_soon(self._call)
        return await self._waiting.end(future)

    def _call(self) -> None:
        """A thread, for what was asked in this tick."""
        self._is_calling = False
        if self._is_closed:
            return
        if len(self._threads) < min(self._count, len(self._waiting)):
            thread = Thread(target=self._run, name="sqlite-reader", daemon=True)
            self._threads.append(thread)
            thread.start()
        if self._calls.empty():
            self._calls.put(True)
        self._look_again()

    def _look_again(self) -> None:
        if not self._is_looking:
            self._is_looking = True
            self._loop.call_later(LONG_SECONDS, self._look_around)

    def _look_around(self) -> None:
        """While a read takes long, those before it are handed on, and those behind it go to another thread."""
        self._is_looking = False
        self._deliver()
        if self._asked:
            self._call()
        elif len(self._waiting):
            self._look_again()

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
        if self._asked:
            self._call()
        self._is_closed = True
        self._waiting.stop()
        for _ in self._threads:
            self._calls.put(False)

    # -- on a thread ---------------------------------------------------------------------------------------------------

    def join(self) -> None:
        """Until what was asked before `stop` is read, and all is closed."""
        for thread in self._threads:
            thread.join()
        while self._idle:
            self._idle.pop().close()

    def _run(self) -> None:
        while self._calls.get():
            self._read_all()
        self._read_all()

    def _read_all(self) -> None:
        while self._asked:
            self._read_some(self._number)
            if self._answers and not self._is_coming:
                self._is_coming = True
                with suppress(RuntimeError):  # the loop is closed: no caller is left to answer
                    self._loop.call_soon_threadsafe(self._deliver)

    def _read_some(self, last: int) -> None:
        """What was asked up to number `last`, in one transaction. One that fails ends it, and the next begins one."""
        connection: Connection | None = None
        with suppress(IndexError):  # all is taken
            while True:
                read = self._asked.popleft()
                if read.number > last:
                    self._asked.appendleft(read)  # asked since: what it reads is not to be older than that
                    break
                if read.future.done():  # its caller has gone, or was answered that it took too long
                    continue
                try:
                    connection = connection or self._begin()
                    answer = _Answer(read.future, read.work(connection), None)
                except BaseException as problem:
                    answer = _Answer(read.future, None, problem)
                    if connection is not None:
                        connection.close()
                    connection = None
                self._answers.append(answer)
        if connection is not None:
            self._end(connection)

    def _begin(self) -> Connection:
        self._look()
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            connection.execute("BEGIN")
        except BaseException:
            connection.close()
            raise
        return connection

    def _end(self, connection: Connection) -> None:
        try:
            connection.execute("ROLLBACK")
        except Exception:
            connection.close()  # what it has read was there all the same
        else:
            self._idle.append(connection)
