"""Whatever it waits for, and however waits add up: who asks is answered within the bound, and nothing is lost by it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import anyio
import asyncpg
import pytest
from msgspec.structs import replace

from intervene.adapters.postgres import database as postgres_database
from intervene.adapters.postgres.database import PostgresDatabase
from intervene.adapters.postgres.log import PostgresLog
from intervene.adapters.sql.schedule import SqlSchedule
from intervene.adapters.sql.store import Store
from intervene.core.access import Person as Who
from intervene.core.control import Place
from intervene.core.errors import Unavailable
from intervene.core.fair import Owner
from intervene.core.timing import PRODUCTION, Timing
from intervene.feed.reading import Readers, Sources
from intervene.migrations import upgrade_postgres
from intervene.ports.log import Range
from tests.integration.engine.actors import Customer, Person
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.room import Room
from tests.kit.limits import LONG_WAIT, TIMING, TOLD, WAIT, eventually
from tests.kit.postgres import Postgres, postgres, postgres_url
from tests.unit.core.cast import ACME

__all__ = ["postgres", "postgres_url"]  # fixtures


@pytest.fixture
def soon(cluster: Cluster) -> Timing:
    """Answers are due soon. To be asked for before the nodes."""
    cluster.timing = replace(TIMING, answered=0.3, answered_check=0.05)
    return cluster.timing


async def test_a_command_whose_commit_hangs_is_answered_and_its_repeat_gets_the_result(
    soon: Timing, n1: Node, room: Room, clara: Customer
) -> None:
    """[P3, P5, P7] Unavailable is not refused: it is committed once, and the same id is told so."""
    n1.log.holds_writes()
    with anyio.fail_after(WAIT), pytest.raises(Unavailable, match="same id"):
        await clara.says("hi", id="k")
    again = asyncio.ensure_future(clara.says("hi", id="k"))
    await n1.log.write_waits()
    n1.log.releases_writes()
    await again
    assert await room.messages() == ["Clara: hi"]


async def test_what_waits_behind_a_batch_that_hangs_is_answered_in_time_too(
    soon: Timing, cluster: Cluster, n1: Node, room: Room, clara: Customer, anna: Person
) -> None:
    """[P7] And who queued two messages finds neither, or both in order."""
    n1.log.holds_writes()
    first = asyncio.ensure_future(clara.says("1"))
    await n1.log.write_waits()
    behind = [asyncio.ensure_future(anna.notes("2")), asyncio.ensure_future(anna.notes("3"))]
    taken = asyncio.ensure_future(anna.intervenes())
    with anyio.fail_after(WAIT):
        answers = await asyncio.gather(first, *behind, taken, return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable] * 4
    n1.log.releases_writes()
    await cluster.settles()
    assert await room.messages() == ["Clara: 1"], "what had not begun was given up"


async def test_reads_that_queue_before_a_log_that_hangs_are_answered_in_time(
    soon: Timing, n1: Node, room: Room
) -> None:
    """[P7] Places are few; nobody waits for one any longer than for an answer."""
    readers = Readers(Sources(n1.log, n1.cluster.store.inbox, n1.log), 2, soon)
    n1.log.delays_reads()
    owners = [Owner(f"of {name}", Who(ACME, False, f"{name}"), 0) for name in range(10)]
    reads = [
        asyncio.ensure_future(readers.answer(owner, lambda log: log.read(room.key, Range(is_staff=True, limit=1))))
        for owner in owners
    ]
    with anyio.fail_after(WAIT):
        answers = await asyncio.gather(*reads, return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable] * 10
    n1.log.releases_reads()


@pytest.fixture
async def shared(postgres_url: str) -> AsyncIterator[PostgresDatabase]:
    database = await PostgresDatabase.start(postgres_url, upgrade_postgres)
    yield database
    await database.close()


async def test_a_stranger_who_locks_whole_tables_keeps_nobody_longer_than_the_bound(
    cluster: Cluster, shared: PostgresDatabase, postgres_url: str
) -> None:
    """[P7] Opens, commands, takeovers, reads and lists at once: more than there are connections for."""
    local = cluster.stands_on(Store.of(PostgresLog(shared), shared), postgres_url)
    n1 = cluster.node("n1")
    rooms = [await cluster.opens(n1) for _ in range(8)]
    stranger = await asyncpg.connect(postgres_url)
    lock = stranger.transaction()
    await lock.start()
    await stranger.execute("LOCK TABLE conversation, event, channel_id IN ACCESS EXCLUSIVE MODE")
    asked: list[Awaitable[object]] = [
        *(room.customer(n1).says(f"{n}") for room in rooms for n in range(2)),
        *(room.agent("Anna", n1).intervenes() for room in rooms),
        *(cluster.log.read(room.key, Range(is_staff=True, limit=10)) for room in rooms),
        *(cluster.store.inbox.page(ACME, Place.BOT, None, 10) for _ in range(4)),
        *(n1.engine.open(room.visitor) for room in rooms),
    ]
    with anyio.fail_after(TOLD):
        answers = await asyncio.gather(*map(asyncio.ensure_future, asked), return_exceptions=True)
    assert {type(answer) for answer in answers} == {Unavailable}
    await lock.rollback()
    await stranger.close()
    with anyio.fail_after(LONG_WAIT):
        await rooms[0].customer(n1).says("at last")
    await cluster.settles()
    cluster.rooms.clear()
    n1.dies()
    cluster.stands_on(local)


async def test_a_server_that_is_gone_is_dialled_seldom_and_answers_at_once_when_it_is_back(
    postgres: Postgres, shared: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7] One attempt at a time for each pool, and a rest between two: however many ask, also when it comes back."""
    attempts, at_once, most = 0, 0, 0
    connect = asyncpg.connect

    async def counted(*args: Any, **options: Any) -> Any:
        nonlocal attempts, at_once, most
        attempts += 1
        at_once += 1
        most = max(most, at_once)
        try:
            return await connect(*args, **options)
        finally:
            at_once -= 1

    monkeypatch.setattr(asyncpg, "connect", counted)
    schedule = SqlSchedule(shared)
    postgres.stop()
    try:
        loop = asyncio.get_running_loop()
        until, asked = loop.time() + 3.0, 0
        while loop.time() < until:
            found = await asyncio.gather(*(schedule.now() for _ in range(20)), return_exceptions=True)
            asked += len(found)
            assert {type(answer) for answer in found} == {Unavailable}
        assert asked >= 40
        assert attempts <= 12, f"{attempts} attempts of one pool in three seconds"
        assert most == 1
    finally:
        postgres.start()
    attempts = 0

    async def answered() -> None:
        while isinstance((await asyncio.gather(schedule.now(), return_exceptions=True))[0], Unavailable):
            pass

    with anyio.fail_after(WAIT):
        await asyncio.gather(*(answered() for _ in range(50)))
    assert attempts <= postgres_database.READERS + 3
    assert PRODUCTION.postgres_retry_longest <= 2.0
    await eventually(lambda: shared.history == 0)
