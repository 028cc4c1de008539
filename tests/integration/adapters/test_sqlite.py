"""What only the SQLite adapter promises: durability, one process, faults of the disk, a bounded write-ahead log."""

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from threading import Event as Gate
from typing import Any

import anyio
import pytest

from intervene.adapters.sql.inbox import SqlInbox
from intervene.adapters.sql.read_positions import SqlReadPositions
from intervene.adapters.sql.schedule import SqlSchedule
from intervene.adapters.sqlite.database import SqliteDatabase
from intervene.adapters.sqlite.file import AlreadyRunning
from intervene.adapters.sqlite.log import SqliteLog
from intervene.core.conversation.packing import FORMAT
from intervene.core.errors import Unavailable
from intervene.core.ids import NodeId
from intervene.migrations import upgrade
from intervene.ops import verify
from intervene.ports.log import Locked, Range, Verdict
from tests.contract.build import ACME, NOON, Talk, append, decide_locked, listed, talks, win
from tests.integration.adapters.on_sqlite import Start, path, sql, start
from tests.kit.limits import LONG_WAIT, WAIT, eventually

__all__ = ["path", "start"]  # fixtures

STAFF = Range(is_staff=True, limit=500)
ROOT = Path(__file__).parents[3]


# -- one process, one file ---------------------------------------------------------------------------------------------


async def test_a_second_server_is_refused_and_told_by_whom(path: Path, start: Start) -> None:
    log = SqliteLog(await start())
    with pytest.raises(AlreadyRunning, match=rf"in use by another server, process {os.getpid()}\."):
        await start()
    await Talk().opens_in(log)


async def test_another_process_is_refused_until_the_first_one_is_gone(path: Path, start: Start) -> None:
    child = Appender(path)
    await child.says()
    with pytest.raises(AlreadyRunning, match=rf"process {child.process.pid}\."):
        await start()
    child.kill()
    await start()


async def test_a_server_that_has_closed_lets_the_next_one_in(path: Path) -> None:
    for _ in range(2):
        database = await SqliteDatabase.start(path, upgrade)
        await database.close()


async def test_nobody_else_can_read_the_file(path: Path, start: Start) -> None:
    """[P6]"""
    log = SqliteLog(await start())
    await Talk().opens_in(log)
    files = list(path.parent.iterdir())
    assert len(files) == 4  # database, log, index of the log, lock
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


async def test_a_file_that_is_no_database_stops_the_start_with_a_sentence(path: Path, start: Start) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database, but somebody's letter" * 100)
    with pytest.raises(Unavailable, match=r"intervene\.db cannot be served from: "):
        await start()
    path.unlink()
    await start()


async def test_a_database_of_a_newer_release_stops_the_start(path: Path, start: Start) -> None:
    database = await SqliteDatabase.start(path, upgrade)
    await database.close()
    sql(path, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Unavailable, match="9999"):
        await start()


# -- durability --------------------------------------------------------------------------------------------------------


class Appender:
    """A process that appends, and what it has said."""

    def __init__(self, path: Path) -> None:
        command = [sys.executable, "-m", "tests.integration.adapters.appender", str(path)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.acknowledged: dict[str, int] = {}

    async def says(self, lines: int = 1) -> None:
        assert self.process.stdout is not None
        for _ in range(lines):
            with anyio.fail_after(LONG_WAIT):
                self._note(await asyncio.to_thread(self.process.stdout.readline))

    def kill(self) -> None:
        """Also notes what had been said and not been read."""
        assert self.process.stdout is not None
        self.process.send_signal(signal.SIGKILL)
        for line in self.process.stdout:
            if line.endswith("\n"):
                self._note(line)
        self.process.stdout.close()
        self.process.wait()

    def _note(self, line: str) -> None:
        conversation, version = line.split()
        self.acknowledged[conversation] = int(version)


@pytest.mark.parametrize("seed", range(5))
async def test_what_was_acknowledged_survives_a_kill(path: Path, start: Start, seed: int) -> None:
    """[P5]"""
    child = Appender(path)
    await child.says(random.Random(seed).randrange(1, 500))
    child.kill()
    log = SqliteLog(await start())
    assert child.acknowledged
    found = {str(state.id): state.version for state in await listed(SqlInbox(log._database), ACME)}
    for conversation, version in child.acknowledged.items():
        assert found[conversation] >= version
    assert verify.check(path).problems == []


async def test_what_was_written_is_there_after_a_restart(path: Path, start: Start) -> None:
    database = await SqliteDatabase.start(path, upgrade)
    log = SqliteLog(database)
    talk = await Talk().opens_in(log)
    await win(log, talk.customer_says("hi"), talk.bot_streams("Hel"))
    await database.close()
    snapshot = await SqliteLog(await start()).read(talk.key, STAFF)
    assert snapshot is not None
    assert snapshot.state == talk.state


@pytest.mark.parametrize(("durability", "pragma"), [("full", 2), ("normal", 1)])
async def test_durability_is_what_the_setting_says(path: Path, durability: Any, pragma: int) -> None:
    seen: list[Any] = []

    def connect(path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        seen.append(connection)
        return connection

    database = await SqliteDatabase.start(path, upgrade, durability=durability, connect=connect)
    levels = [connection.execute("PRAGMA synchronous").fetchone()[0] for connection in seen]
    assert levels[-1] == pragma  # the writer's is the last that is opened at the start
    await database.close()


async def test_what_was_put_before_the_end_is_written(path: Path, start: Start) -> None:
    database = await SqliteDatabase.start(path, upgrade)
    log = SqliteLog(database)
    group = await talks(log, 20)
    verdicts: list[Verdict] = []
    for talk in group:
        log.append([talk.customer_says()], verdicts.extend)
    await database.close()
    assert verdicts == [Verdict.WON] * 20
    versions = await SqliteLog(await start()).versions([talk.key for talk in group])
    assert set(versions.values()) == {2}


async def test_after_the_end_every_question_is_answered_all_the_same(path: Path) -> None:
    database = await SqliteDatabase.start(path, upgrade)
    log, positions = SqliteLog(database), SqlReadPositions(database)
    talk = await Talk().opens_in(log)
    await database.close()
    assert await append(log, talk.customer_says()) == [Verdict.UNKNOWN]
    assert await decide_locked(log, talk.key, lambda _: None) == (None, Verdict.UNKNOWN)
    for question in (SqlSchedule(database).now(), log.read(talk.key, STAFF), positions.keep(talk.key, "agent:anna", 1)):
        with pytest.raises(Unavailable):
            await question


def test_the_writer_outlives_a_loop_that_was_closed_under_it(path: Path) -> None:
    talk = Talk()

    async def begin() -> SqliteDatabase:
        database = await SqliteDatabase.start(path, upgrade)
        await talk.opens_in(SqliteLog(database))
        return database

    database = asyncio.run(begin())
    SqliteLog(database).append([talk.customer_says()], lambda _: None)
    asyncio.run(database.close())
    assert sql(path, "SELECT version FROM conversation") == [(2,)]


# -- one transaction at a time -----------------------------------------------------------------------------------------


async def test_who_waits_for_the_lock_goes_ahead_of_groups_that_have_not_begun(start: Start) -> None:
    """[P4]"""
    log = SqliteLog(await start())
    group = await talks(log, 4)
    order: list[str] = []
    gate, all_done = Gate(), asyncio.Event()

    def finish(name: str) -> None:
        order.append(name)
        if len(order) == 4:
            all_done.set()

    def hold(_: Locked) -> None:
        gate.wait(LONG_WAIT)

    log.decide_locked(group[0].key, None, [], hold, lambda *_: finish("first"))
    log.append([group[1].customer_says()], lambda _: finish("group"))
    log.append([group[2].customer_says()], lambda _: finish("another group"))
    intervene = group[3].intervenes()
    log.decide_locked(group[3].key, None, [], lambda _: intervene, lambda *_: finish("locked"))
    gate.set()
    with anyio.fail_after(LONG_WAIT):
        await all_done.wait()
    assert order == ["first", "locked", "group", "another group"]


async def test_what_was_decided_is_handed_on_once_within_the_tick_that_asks(start: Start) -> None:
    database = await start()
    log, talk = SqliteLog(database), Talk()
    await talk.opens_in(log)
    intervene, verdicts = talk.intervenes(), list[Verdict]()
    log.decide_locked(talk.key, None, [], lambda _: intervene, lambda _, verdict: verdicts.append(verdict))
    until = time.monotonic() + LONG_WAIT
    while not verdicts and time.monotonic() < until:  # the loop does nothing else
        database.writer.settle()
    assert verdicts == [Verdict.WON]
    assert await append(log, talk.agent_says("Hello, I am Anna")) == [Verdict.WON], "a turn of the loop later"
    assert verdicts == [Verdict.WON]


# -- what the schema does not let happen -------------------------------------------------------------------------------


async def test_a_newer_release_s_row_is_neither_written_nor_read(path: Path, start: Start) -> None:
    log = SqliteLog(await start())
    newer, ours = await talks(log, 2)
    sql(path, f"UPDATE conversation SET format = {FORMAT + 1} WHERE id = 'c0'")
    assert await append(log, newer.customer_says(), ours.customer_says()) == [Verdict.REFUSED, Verdict.WON]
    assert await decide_locked(log, newer.key, lambda _: None) == (None, Verdict.REFUSED)
    with pytest.raises(Unavailable, match="newer release"):
        await log.read(newer.key, STAFF)
    assert [work.key for work in await SqlSchedule(log._database).work(NOON, NodeId("other"), [])] == [ours.key]
    assert [state.key for state in await listed(SqlInbox(log._database), ACME)] == [ours.key]
    assert sql(path, "SELECT version, format FROM conversation ORDER BY id") == [(1, FORMAT + 1), (2, FORMAT)]


async def test_a_row_number_that_became_another_conversation_s_is_not_written_to(path: Path, start: Start) -> None:
    """[P6] A database that was put back may have given it to somebody else."""
    log = SqliteLog(await start())
    mine = await Talk("c1").opens_in(log)
    await win(log, mine.customer_says())
    sql(path, "UPDATE conversation SET organisation = 'other' WHERE id = 'c1'")
    assert await append(log, mine.customer_says("not for them")) == [Verdict.CONFLICT]
    assert sql(path, "SELECT organisation, version FROM conversation") == [("other", 2)]
    sql(path, "UPDATE conversation SET organisation = 'acme' WHERE id = 'c1'")


@pytest.mark.parametrize(
    "change", ["data = CAST('{}' AS BLOB)", "seq = 99", "author = 'agent:eve', data = x''", "at = 1, data = x''"]
)
async def test_an_event_is_never_changed(path: Path, start: Start, change: str) -> None:
    """[P5]"""
    log = SqliteLog(await start())
    talk = await Talk().opens_in(log)
    await win(log, talk.customer_says())
    with pytest.raises(sqlite3.IntegrityError, match="never changed"):
        sql(path, f"UPDATE event SET {change} WHERE seq = 3")
    snapshot = await log.read(talk.key, STAFF)
    assert snapshot is not None
    assert snapshot.events[-1].at == talk.state.last_at


async def test_an_event_may_be_emptied(path: Path, start: Start) -> None:
    log = SqliteLog(await start())
    talk = await Talk().opens_in(log)
    await win(log, talk.customer_says())
    sql(path, "UPDATE event SET data = x'' WHERE seq = 3")
    assert sql(path, "SELECT id, length(data) FROM event WHERE seq = 3")[0][1] == 0


# -- the write-ahead log -----------------------------------------------------------------------------------------------


async def test_constant_writing_keeps_the_write_ahead_log_bounded(path: Path, start: Start) -> None:
    """[P7] It begins anew while writing goes on: no pause is needed for it."""
    bound = 256 * 1024
    log = SqliteLog(await start(durability="normal", most_wal_bytes=bound))
    group = await talks(log, 64)
    wal = path.with_name(f"{path.name}-wal")
    sizes: list[int] = []
    with anyio.fail_after(LONG_WAIT):
        while len(sizes) < 50 or min(sizes[-25:]) > 4 * bound:
            assert await append(log, *(talk.customer_says() for talk in group)) == [Verdict.WON] * 64
            sizes.append(wal.stat().st_size)
    assert verify.check(path).problems == []


async def test_the_write_ahead_log_is_emptied_into_the_database_while_it_runs(path: Path, start: Start) -> None:
    log = SqliteLog(await start())
    before = path.stat().st_size
    for talk in await talks(log, 100):
        await win(log, talk.customer_says("x" * 1000))
    await eventually(lambda: path.stat().st_size > before + 100_000, within=WAIT)


async def test_what_stands_beside_the_log_is_written_with_it(start: Start) -> None:
    database = await start()
    log, positions = SqliteLog(database), SqlReadPositions(database)
    talk = await Talk().opens_in(log)
    async with anyio.create_task_group() as tasks:
        for n in range(200):
            tasks.start_soon(positions.keep, talk.key, f"agent:{n % 10}", n)
            tasks.start_soon(win, log, talk.customer_says())
    assert await log.versions([talk.key]) == {talk.key: 201}
    assert await positions.of(talk.key) == {f"agent:{n}": 190 + n for n in range(10)}
