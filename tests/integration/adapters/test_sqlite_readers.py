"""The threads that read a SQLite database."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from sqlite3 import Connection
from threading import Event

import pytest

from intervene.adapters.sqlite.readers import ReaderThreads
from tests.kit.limits import WAIT, eventually

THREADS = 2

Make = Callable[[float], ReaderThreads]


def connect() -> Connection:
    return sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    made: list[ReaderThreads] = []

    def make(answered: float) -> ReaderThreads:
        made.append(ReaderThreads(connect, lambda: None, answered, THREADS))
        return made[-1]

    yield make
    for threads in made:
        threads.stop()
        await asyncio.to_thread(threads.join)


class Gate:
    """A read that lasts until it is opened."""

    def __init__(self) -> None:
        self.begun = 0
        self._open = Event()

    def __call__(self, connection: Connection) -> int:
        self.begun += 1
        assert self._open.wait(WAIT)
        return 7

    def open(self) -> None:
        self._open.set()


def one(connection: Connection) -> int:
    value: int = connection.execute("SELECT 1").fetchone()[0]
    return value


async def test_a_read_that_lasts_keeps_no_other_one_waiting(make: Make) -> None:
    threads, gate = make(WAIT), Gate()
    long = asyncio.ensure_future(threads.read(gate))
    await eventually(lambda: gate.begun == 1)
    assert await asyncio.gather(*[threads.read(one) for _ in range(20)]) == [1] * 20
    gate.open()
    assert await long == 7


async def test_who_asks_is_answered_in_time_also_when_no_thread_is_free(make: Make) -> None:
    threads, gate = make(0.05), Gate()
    answers = await asyncio.gather(*[threads.read(gate) for _ in range(THREADS + 1)], return_exceptions=True)
    assert [type(answer) for answer in answers] == [TimeoutError] * (THREADS + 1)
    gate.open()
    assert await threads.read(one) == 1
    assert gate.begun == THREADS, "the third was not begun, as nobody waited for it any more"


async def test_a_read_whose_caller_has_gone_is_not_begun(make: Make) -> None:
    threads, gate, late = make(WAIT), Gate(), Gate()
    long = [asyncio.ensure_future(threads.read(gate)) for _ in range(THREADS)]
    gone = asyncio.ensure_future(threads.read(late))
    await eventually(lambda: gate.begun == THREADS)
    gone.cancel()
    gate.open()
    assert await asyncio.gather(*long) == [7] * THREADS
    assert await threads.read(one) == 1
    assert late.begun == 0


async def test_what_a_read_raises_is_its_caller_s_and_the_next_one_works(make: Make) -> None:
    threads = make(WAIT)
    for _ in range(THREADS + 1):
        with pytest.raises(sqlite3.OperationalError):
            await threads.read(lambda connection: connection.execute("SELECT nothing"))
    assert await threads.read(one) == 1


async def test_of_reads_that_are_asked_at_once_one_that_fails_spoils_no_other(make: Make) -> None:
    threads = make(WAIT)
    asked = [one, lambda connection: connection.execute("SELECT nothing"), one]
    answers = await asyncio.gather(*[threads.read(work) for work in asked], return_exceptions=True)
    assert [answers[0], type(answers[1]), answers[2]] == [1, sqlite3.OperationalError, 1]


async def test_what_was_written_before_a_read_was_asked_is_read(tmp_path: Path) -> None:
    """Also by a thread that is in a transaction of before."""

    def connect() -> Connection:
        return sqlite3.connect(tmp_path / "some.db", isolation_level=None, check_same_thread=False)

    def count(connection: Connection) -> int:
        value: int = connection.execute("SELECT count(*) FROM t").fetchone()[0]
        return value

    writer, gate = connect(), Gate()
    writer.execute("PRAGMA journal_mode = wal")
    writer.execute("CREATE TABLE t (n)")
    threads = ReaderThreads(connect, lambda: None, WAIT, 1)
    before = [asyncio.ensure_future(threads.read(work)) for work in (count, gate)]
    await eventually(lambda: gate.begun == 1)
    writer.execute("INSERT INTO t VALUES (1)")
    after = asyncio.ensure_future(threads.read(count))
    await asyncio.sleep(0)
    gate.open()
    assert await asyncio.gather(*before, after) == [0, 7, 1]
    threads.stop()
    await asyncio.to_thread(threads.join)


async def test_what_is_asked_before_the_end_is_answered(make: Make) -> None:
    threads = make(WAIT)
    asked = asyncio.ensure_future(threads.read(one))
    await asyncio.sleep(0)
    threads.stop()
    assert await asked == 1


async def test_after_the_end_nothing_waits(make: Make) -> None:
    threads = make(WAIT)
    assert await threads.read(one) == 1
    threads.stop()
    with pytest.raises(OSError, match="closed"):
        await threads.read(one)
