"""Two nodes on PostgreSQL, and rows that others have locked."""

import asyncio
import os
import time

import anyio
import asyncpg
import pytest

from intervene.adapters.postgres.append import APPEND
from intervene.adapters.postgres.connections import session_settings
from intervene.adapters.postgres.database import PostgresDatabase
from intervene.adapters.postgres.log import PostgresLog
from intervene.adapters.sql.read_positions import SqlReadPositions
from intervene.core.ids import CommandId
from intervene.migrations import upgrade_postgres
from intervene.ports.log import CommandKey, Verdict
from tests.contract.build import Talk, append, decide_locked, read, talks, win
from tests.integration.adapters.on_postgres import Start, lock, log, somebody, sql, start
from tests.integration.adapters.rivals import contend
from tests.kit.limits import FACTOR, TIMING, eventually
from tests.kit.postgres import Postgres
from tests.kit.proxy import Proxy
from tests.kit.server import until

__all__ = ["log", "start"]  # fixtures


async def test_two_nodes_write_to_the_same_conversations(
    postgres: Postgres, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """[P5] One command in five was said before, here or there; `make soak` does it for a minute."""
    seed = os.urandom(4).hex()
    said = await contend(postgres, postgres_url, seconds=4.0, seed=seed)
    complaints = capsys.readouterr().out
    print(f"seed {seed}: {said}")
    assert not complaints, "no deadlock was tried again, no append failed"


async def test_of_two_nodes_one_wins_each_version(start: Start) -> None:
    """[P3]"""
    one, two = await start(), await start()
    talk = await Talk().opens_in(one)
    for _ in range(50):
        before = talk.state
        mine = talk.notes("mine")
        after, talk.state = talk.state, before
        theirs = talk.notes("theirs")
        verdicts = [verdict for [verdict] in await asyncio.gather(append(one, mine), append(two, theirs))]
        assert sorted(verdicts) == [Verdict.CONFLICT, Verdict.WON]
        talk.state = after if verdicts[0] is Verdict.WON else talk.state


# -- rows that others have locked --------------------------------------------------------------------------------------


async def test_a_group_locks_its_rows_in_one_order_whatever_its_own(
    log: PostgresLog, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P5] So two nodes never wait for each other. That a group waits for no row would hide it: here it does wait."""
    monkeypatch.setattr("intervene.adapters.postgres.append.APPEND", APPEND.replace(" SKIP LOCKED", ""))
    group = await talks(log, 6)
    commits = [group[number].customer_says() for number in (4, 1, 5, 0, 3, 2)]
    async with somebody(postgres_url) as stranger:
        await lock(stranger, group[3])
        appending = asyncio.create_task(append(log, *commits))
        await until(lambda: somebody_waits(postgres_url))
        free = await sql(postgres_url, "SELECT id FROM conversation ORDER BY id FOR UPDATE SKIP LOCKED")
        assert free == [("c4",), ("c5",)], "the others are locked, or waited for"
        await stranger.execute("COMMIT")
        assert await appending == [Verdict.WON] * 6


async def somebody_waits(url: str) -> bool:
    return bool(await sql(url, "SELECT FROM pg_locks WHERE NOT granted"))


async def test_a_row_that_a_stranger_has_locked_holds_up_nobody_else(log: PostgresLog, postgres_url: str) -> None:
    """[P4] Its commit is a conflict at once; who decides under the lock gets it when the stranger is done."""
    group = await talks(log, 8)
    before = group[3].state
    async with somebody(postgres_url) as stranger:
        await lock(stranger, group[3])
        begun = time.monotonic()
        verdicts = await append(log, *(talk.customer_says() for talk in group))
        assert verdicts == [Verdict.CONFLICT if number == 3 else Verdict.WON for number in range(8)]
        assert time.monotonic() - begun < 2.0  # it waited for nothing
        group[3].state = before
        intervene = group[3].intervenes()
        waiting = asyncio.create_task(decide_locked(log, group[3].key, lambda _: intervene))
        await asyncio.sleep(FACTOR * 3.0)  # as long as he holds it
        assert not waiting.done()
        await win(log, group[0].customer_says("nobody else waits"))
        await stranger.execute("COMMIT")
        assert (await waiting)[1] is Verdict.WON
    assert (await read(log, group[3])).state == group[3].state


async def test_who_waits_for_a_lock_too_long_is_told_that_the_outcome_is_unknown(
    log: PostgresLog, postgres_url: str
) -> None:
    """[P7]"""
    talk = await Talk().opens_in(log)
    async with somebody(postgres_url) as stranger:
        await lock(stranger, talk)
        begun = time.monotonic()
        assert await decide_locked(log, talk.key, lambda _: talk.intervenes()) == (None, Verdict.UNKNOWN)
        assert TIMING.postgres_lock - 0.5 < time.monotonic() - begun < TIMING.postgres_lock + 3
    assert await log.versions([talk.key]) == {talk.key: 1}


async def test_a_node_that_freezes_inside_a_row_s_lock_loses_it(log: PostgresLog, postgres_url: str) -> None:
    """[P4] A slow one holds it, the next one in the queue freezes as soon as it has it, then somebody intervenes."""
    talk = await Talk().opens_in(log)
    async with (
        somebody(postgres_url, **session_settings(TIMING)) as slow,
        somebody(postgres_url, **session_settings(TIMING)) as frozen,
    ):
        await lock(slow, talk)
        freezing = asyncio.create_task(lock(frozen, talk))
        await asyncio.sleep(0.1)  # it is in the queue
        begun = time.monotonic()
        deciding = asyncio.create_task(decide_locked(log, talk.key, lambda _: talk.intervenes()))
        await asyncio.sleep(0.3)
        await slow.execute("COMMIT")
        assert (await deciding)[1] is Verdict.WON
        assert TIMING.postgres_frozen < time.monotonic() - begun < TIMING.postgres_frozen + 1.0
        await freezing
        await eventually(frozen.is_closed)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
            await frozen.execute("COMMIT")


async def test_a_node_that_freezes_where_it_asks_something_for_the_first_time_loses_the_row_s_lock_too(
    log: PostgresLog, postgres: Postgres, postgres_url: str
) -> None:
    """[P4] Between preparing a statement and executing it the server counts no time, so nothing is prepared there."""
    talk = await Talk().opens_in(log)
    async with Proxy(postgres.port) as line:
        url = postgres.url(postgres_url.rpartition("/")[2], line.port)
        database = await PostgresDatabase.start(url, upgrade_postgres)
        hold = line.hold_before(b"my-command")  # whether the log knows it is asked under the lock
        asked = [CommandKey("agent:ana", CommandId("my-command"))]
        freezing = asyncio.create_task(
            decide_locked(PostgresLog(database), talk.key, lambda _: talk.intervenes(), commands=asked)
        )
        await hold.happens()
        assert (await decide_locked(log, talk.key, lambda _: talk.intervenes()))[1] is Verdict.WON
        hold.heals()
        assert (await freezing)[1] is Verdict.UNKNOWN
        await database.close()


async def test_locked_rows_hold_up_neither_reads_nor_groups_nor_what_stands_beside_the_log(
    log: PostgresLog, postgres_url: str
) -> None:
    """[P4] The lock's path has its own few connections."""
    group = await talks(log, 12)
    positions = SqlReadPositions(log._database)
    async with somebody(postgres_url) as stranger:
        for talk in group[:10]:
            await lock(stranger, talk)
        waiting = [asyncio.create_task(decide_locked(log, talk.key, lambda _: None)) for talk in group[:10]]
        with anyio.fail_after(TIMING.postgres_lock / 2):
            await win(log, group[11].customer_says())
            await positions.keep(group[10].key, "agent:anna", 3)
            assert (await read(log, group[0])).state == group[0].state
            await Talk("somebody new").opens_in(log)
        await stranger.execute("COMMIT")
        assert {verdict for _, verdict in await asyncio.gather(*waiting)} == {Verdict.WON}
