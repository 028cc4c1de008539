"""What only the PostgreSQL adapter promises: two nodes on one database, rows locked by others, servers that end, hang
or come back."""

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import anyio
import asyncpg
import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from intervene.adapters.postgres import database as postgres_database
from intervene.adapters.postgres.append import APPEND, ARRAYS
from intervene.adapters.postgres.connections import session_settings
from intervene.adapters.postgres.database import APPENDING, PostgresDatabase
from intervene.adapters.postgres.log import PostgresLog
from intervene.adapters.sql.inbox import SqlInbox
from intervene.adapters.sql.read_positions import SqlReadPositions
from intervene.adapters.sql.schedule import SqlSchedule
from intervene.core.errors import Unavailable
from intervene.core.events import author_key
from intervene.core.ids import CommandId, EventId, Key, NodeId
from intervene.migrations import upgrade_postgres
from intervene.ports.log import CommandKey, Commit, Locked, Verdict
from tests.contract.build import ACME, NOON, STAFF, Talk, append, decide_locked, read, spoiled, talks, win
from tests.integration.adapters.rivals import contend
from tests.kit.limits import TIMING, eventually
from tests.kit.postgres import Postgres, postgres, postgres_url, programs
from tests.kit.proxy import Proxy
from tests.kit.server import until

__all__ = ["postgres", "postgres_url"]  # fixtures

Start = Callable[..., Awaitable[PostgresLog]]


@pytest.fixture
async def start(postgres_url: str) -> AsyncIterator[Start]:
    """One more node on the test's database; what a test leaves open is closed."""
    async with AsyncExitStack() as stack:

        async def start(**waits: float) -> PostgresLog:
            timing = replace(TIMING, **waits)
            database = await PostgresDatabase.start(postgres_url, upgrade_postgres, timing)
            stack.push_async_callback(database.close)
            return PostgresLog(database)

        yield start


@pytest.fixture
async def log(start: Start) -> PostgresLog:
    return await start()


@asynccontextmanager
async def somebody(url: str, **settings: str) -> AsyncIterator[Any]:
    """Another program's connection."""
    connection = await asyncpg.connect(url, server_settings=settings)
    try:
        yield connection
    finally:
        connection.terminate()


async def lock(connection: Any, talk: Talk) -> None:
    await connection.execute("BEGIN")
    await connection.execute("SELECT FROM conversation WHERE id = $1 FOR UPDATE", talk.key.conversation)


async def sql(url: str, statement: str) -> list[tuple[Any, ...]]:
    async with somebody(url) as connection:
        return [tuple(row) for row in await connection.fetch(statement)]


# -- two nodes ---------------------------------------------------------------------------------------------------------


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
    monkeypatch.setattr("intervene.adapters.postgres.log.APPEND", APPEND.replace(" SKIP LOCKED", ""))
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
        await asyncio.sleep(3.0)  # as long as he holds it
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


# -- trouble -----------------------------------------------------------------------------------------------------------


async def slow_down(url: str, seconds: float) -> None:
    """Each event takes that long to be inserted; each try is counted, also of what is rolled back."""
    async with somebody(url) as connection:
        await connection.execute(
            f"""
            CREATE SEQUENCE tries;
            CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                PERFORM nextval('tries'), pg_sleep({seconds});
                RETURN NEW;
            END $$;
            CREATE TRIGGER a_slow BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION slow();
            """
        )


async def test_a_statement_that_takes_too_long_does_not_split_its_group(start: Start, postgres_url: str) -> None:
    """[P7] A slow disk would be slower still if each commit came alone."""
    group = await talks(await start(), 8)
    log = await start(postgres_statement=0.5)
    await slow_down(postgres_url, seconds=0.2)
    assert await append(log, *(talk.customer_says() for talk in group)) == [Verdict.UNKNOWN] * 8
    [(tries,)] = await sql(postgres_url, "SELECT last_value FROM tries")
    assert tries <= 3
    assert set((await log.versions([talk.key for talk in group])).values()) == {1}


async def test_an_append_that_a_deadlock_ended_is_tried_again(log: PostgresLog, postgres_url: str) -> None:
    talk = await Talk().opens_in(log)
    async with somebody(postgres_url) as connection:
        await connection.execute(
            """
            CREATE SEQUENCE tries;
            CREATE FUNCTION deadlock() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF nextval('tries') < 3 THEN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER deadlock BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION deadlock();
            """
        )
    await win(log, talk.customer_says())
    assert await sql(postgres_url, "SELECT last_value FROM tries") == [(3,)]


async def test_a_server_that_hangs_keeps_nobody_waiting_and_what_it_did_can_be_asked_for(
    start: Start, postgres: Postgres
) -> None:
    """[P7]"""
    log = await start(postgres_answer=1.0, postgres_connect=1.0)
    talk, other = await talks(log, 2)
    before = talk.state
    said = talk.customer_says(id="k")
    postgres.hang()
    try:
        with anyio.fail_after(5.0):
            answers = await asyncio.gather(
                append(log, said),
                decide_locked(log, other.key, lambda _: other.intervenes()),
                log.read(talk.key, STAFF),
                Talk("new").opens_in(log),
                return_exceptions=True,
            )
            appended, decided, *others = answers
            assert appended == [Verdict.UNKNOWN]
            assert decided == (None, Verdict.UNKNOWN)
            assert all(isinstance(answer, Unavailable) for answer in others)
            assert await append(log, said) == [Verdict.UNKNOWN]
    finally:
        postgres.resume()
    command = CommandKey(author_key(talk.contact), CommandId("k"))
    _, verdict = await decide_locked(log, talk.key, lambda _: None)  # behind whatever may still be under way
    assert verdict is Verdict.WON
    is_written = command in await log.known(talk.key, [command])
    talk.state = talk.state if is_written else before
    await win(log, talk.customer_says("the log goes on"))


async def test_a_server_that_does_not_answer_once_is_not_asked_again_on_the_other_connections(
    start: Start, postgres: Postgres
) -> None:
    """[P7] They may be as dead: each would take its own time to be found so."""
    log = await start(postgres_answer=0.5, postgres_last_look=0.2)
    talk = await Talk().opens_in(log)
    postgres.hang()
    try:
        assert await append(log, talk.customer_says()) == [Verdict.UNKNOWN]
    finally:
        postgres.resume()
    assert [pool._idle for pool in log._database._pools] == [[], [], [], []]


@pytest.mark.parametrize("how", ["kill", "stop"])
async def test_what_was_acknowledged_survives_the_server_s_end(log: PostgresLog, postgres: Postgres, how: str) -> None:
    """[P5]"""
    group = await talks(log, 10)
    acknowledged: dict[Key, int] = {}
    is_over = False

    async def write(talk: Talk) -> None:
        while not is_over:
            if await append(log, talk.customer_says()) != [Verdict.WON]:
                return
            acknowledged[talk.key] = talk.state.version

    async with anyio.create_task_group() as tasks:
        for talk in group:
            tasks.start_soon(write, talk)
        await anyio.sleep(0.5)
        await asyncio.to_thread(getattr(postgres, how))
    assert len(acknowledged) == 10
    await asyncio.to_thread(postgres.start)
    found = await log.versions([talk.key for talk in group])
    for key, version in acknowledged.items():
        assert version <= found[key] <= version + 1
    for talk in group:
        talk.state = (await read(log, talk)).state
        await win(log, talk.customer_says("the log goes on"))


async def test_an_outage_is_told_once_and_so_is_its_end(start: Start, postgres: Postgres) -> None:
    """Whatever is tried meanwhile, and however often."""
    log = await start(outage_calm=0.2)
    talk = await Talk().opens_in(log)
    before = talk.state
    with capture_logs() as lines:
        await asyncio.to_thread(postgres.stop)
        for _ in range(10):
            with pytest.raises(Unavailable):
                await log.read(talk.key, STAFF)
            assert await append(log, talk.customer_says()) == [Verdict.UNKNOWN]
            talk.state = before
            assert await decide_locked(log, talk.key, lambda _: None) == (None, Verdict.UNKNOWN)
        said = [(line["log_level"], line["event"]) for line in lines]
        await asyncio.to_thread(postgres.start)
        assert said == [
            ("error", "the database failed"),
            ("error", "an append failed"),
            ("error", "a decision failed"),
        ]
        await until(lambda: answers(log))
        await until(lambda: is_told(log, lines, "the database answers again"))
    assert [(line["log_level"], line["event"]) for line in lines[3:]] == [("info", "the database answers again")]
    assert lines[-1]["after_seconds"] > 0


async def answers(log: PostgresLog) -> bool:
    try:
        return bool(await SqlSchedule(log._database).now())
    except Unavailable:
        return False


async def is_told(log: PostgresLog, lines: list[Any], sentence: str) -> bool:
    """While somebody asks, as every node does."""
    await SqlSchedule(log._database).now()
    return any(line["event"] == sentence for line in lines)


async def test_a_row_that_is_locked_for_long_is_no_outage(start: Start, postgres_url: str) -> None:
    """Each who waited in vain is told of."""
    log = await start(postgres_lock=0.05)
    talk = await Talk().opens_in(log)
    with capture_logs() as lines:
        async with somebody(postgres_url) as stranger:
            await lock(stranger, talk)
            for _ in range(3):
                assert await decide_locked(log, talk.key, lambda _: None) == (None, Verdict.UNKNOWN)
    assert [(line["event"], line["conversation"]) for line in lines] == [("a decision failed", "c1")] * 3


async def test_after_a_restart_of_an_idle_server_nothing_is_lost(log: PostgresLog, postgres: Postgres) -> None:
    talk = await Talk().opens_in(log)
    await asyncio.to_thread(postgres.restart)
    await win(log, talk.customer_says())
    assert (await decide_locked(log, talk.key, lambda _: None))[1] is Verdict.WON
    assert (await read(log, talk)).state == talk.state


async def test_after_the_end_every_question_is_answered_all_the_same(postgres_url: str) -> None:
    database = await PostgresDatabase.start(postgres_url, upgrade_postgres)
    log, positions = PostgresLog(database), SqlReadPositions(database)
    talk = await Talk().opens_in(log)
    await database.close()
    assert await append(log, talk.customer_says()) == [Verdict.UNKNOWN]
    assert await decide_locked(log, talk.key, lambda _: None) == (None, Verdict.UNKNOWN)
    for question in (SqlSchedule(database).now(), log.read(talk.key, STAFF), positions.keep(talk.key, "agent:anna", 1)):
        with pytest.raises(Unavailable):
            await question


async def test_what_was_put_before_the_end_is_written(postgres_url: str, start: Start) -> None:
    database = await PostgresDatabase.start(postgres_url, upgrade_postgres)
    log = PostgresLog(database)
    group = await talks(log, 20)
    verdicts: list[Verdict] = []
    for talk in group:
        log.append([talk.customer_says()], verdicts.extend)
    await database.close()
    assert verdicts == [Verdict.WON] * 20
    versions = await (await start()).versions([talk.key for talk in group])
    assert set(versions.values()) == {2}


async def test_words_never_get_into_the_program_s_own_log(log: PostgresLog, capsys: pytest.CaptureFixture[str]) -> None:
    """[P6] The server's details, and the driver's message about a value, have them."""
    talk = await Talk().opens_in(log)
    before = talk.state
    for commit in (
        spoiled(talk.customer_says("HIDDEN"), "HIDDEN"),
        spoiled_by_nul(talk.customer_says("HIDDEN"), "HIDDEN"),
    ):
        assert await append(log, commit) == [Verdict.REFUSED]
        assert await decide_locked(log, talk.key, partial(_decided, commit)) == (None, Verdict.REFUSED)
        talk.state = before
    await win(log, talk.customer_says(id="HIDDEN"))
    said = capsys.readouterr().out
    assert said.count("a commit was refused") == 2
    assert "HIDDEN" not in said


def _decided(commit: Commit, _: Locked) -> Commit:
    return commit


def spoiled_by_nul(commit: Commit, id: str) -> Commit:
    """What only the server refuses."""
    (event, data), *rest = commit.events
    return replace(commit, events=((replace(event, id=EventId(f"{id}\0")), data), *rest))


# -- what the schema does not let happen -------------------------------------------------------------------------------


async def test_a_newer_release_s_row_is_neither_written_nor_read(log: PostgresLog, postgres_url: str) -> None:
    newer, ours = await talks(log, 2)
    await sql(postgres_url, "UPDATE conversation SET format = 2 WHERE id = 'c0'")
    assert await append(log, newer.customer_says(), ours.customer_says()) == [Verdict.REFUSED, Verdict.WON]
    assert await decide_locked(log, newer.key, lambda _: None) == (None, Verdict.REFUSED)
    with pytest.raises(Unavailable, match="newer release"):
        await log.read(newer.key, STAFF)
    assert [work.key for work in await SqlSchedule(log._database).work(NOON, NodeId("other"), [])] == [ours.key]
    assert [state.key for state in await SqlInbox(log._database).recent(ACME, 10)] == [ours.key]
    assert await sql(postgres_url, "SELECT version, format FROM conversation ORDER BY id") == [(1, 2), (2, 1)]


@pytest.mark.parametrize("change", ["data = '{}'", "seq = 99", "author = 'agent:eve', data = ''", "at = 1, data = ''"])
async def test_an_event_is_never_changed(log: PostgresLog, postgres_url: str, change: str) -> None:
    """[P5]"""
    talk = await Talk().opens_in(log)
    await win(log, talk.customer_says())
    with pytest.raises(asyncpg.RaiseError, match="never changed"):
        await sql(postgres_url, f"UPDATE event SET {change} WHERE seq = 3")
    assert (await read(log, talk)).events[-1].at == talk.state.last_at


async def test_an_event_may_be_emptied(log: PostgresLog, postgres_url: str) -> None:
    talk = await Talk().opens_in(log)
    await win(log, talk.customer_says())
    await sql(postgres_url, "UPDATE event SET data = '' WHERE seq = 3")
    assert await sql(postgres_url, "SELECT length(data) FROM event WHERE seq = 3") == [(0,)]


# -- the start, and how it is set up -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://postgres@127.0.0.1:{port}/nowhere", 'database "nowhere" does not exist'),
        ("postgresql://postgres:SECRET@127.0.0.1:1/any", "Connect call failed"),
        ("postgresql://127.0.0.1:not a port/", "cannot be used"),
    ],
)
async def test_what_cannot_be_used_stops_the_start_with_a_sentence(postgres: Postgres, url: str, sentence: str) -> None:
    with pytest.raises(Unavailable, match=sentence) as caught:
        await PostgresDatabase.start(url.format(port=postgres.port), upgrade_postgres)
    assert "SECRET" not in str(caught.value)


async def stops_the_start(url: str, reason: str) -> None:
    """With this sentence, and before anything was done to the database."""
    with pytest.raises(Unavailable) as caught:
        await PostgresDatabase.start(url, upgrade_postgres)
    assert str(caught.value) == reason
    assert await sql(url, "SELECT to_regclass('alembic_version')") == [(None,)]


async def test_a_database_that_is_not_in_utf_8_stops_the_start(postgres: Postgres) -> None:
    await postgres.sql("CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII'")
    await stops_the_start(
        postgres.url("ascii"), "The database's encoding is SQL_ASCII: create it with ENCODING 'UTF8'."
    )
    await postgres.sql("DROP DATABASE ascii WITH (FORCE)")


async def test_a_server_that_is_too_old_stops_the_start(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_database, "OLDEST", 99)
    [(version,)] = await postgres.sql("SELECT current_setting('server_version_num')::int / 10000")
    await stops_the_start(postgres.url(), f"The server is PostgreSQL {version}; 99 or newer is needed.")


async def test_a_standby_stops_the_start() -> None:
    """[P5] What it has may be old."""
    bin = programs()
    assert bin is not None, "the fixture of PostgreSQL skips where there is none"
    server = Postgres.create(bin)
    try:
        server.stop()
        (server.data / "standby.signal").touch()
        server.start()
        reason = "The PostgreSQL database cannot be used: the server is a standby, which must not be asked"
        await stops_the_start(server.url(), reason)
    finally:
        server.close()


async def test_a_database_of_a_newer_release_stops_the_start(postgres_url: str, start: Start) -> None:
    await sql(postgres_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Unavailable) as caught:
        await start()
    reason = "The PostgreSQL database cannot be used: a newer release has brought it to version 9999, and this one "
    assert str(caught.value).startswith(reason)


async def test_an_append_reads_nothing_but_what_an_index_finds(log: PostgresLog, postgres_url: str) -> None:
    """However small the tables were when it was planned."""
    await talks(log, 2)
    async with somebody(postgres_url, **{**session_settings(TIMING), **APPENDING}) as connection:
        await connection.execute("ANALYZE")
        await connection.execute(f"PREPARE append AS {APPEND}")
        plan = [line for (line,) in await connection.fetch(f"EXPLAIN EXECUTE append ({', '.join(['NULL'] * ARRAYS)})")]
    assert not [line for line in plan if "Seq Scan" in line]
    found = [re.search(r"Index.* Scan (?:using|on) (\w+)", line) for line in plan]
    assert sorted({match[1] for match in found if match}) == [
        "conversation_id", "conversation_pkey", "event_command", "timer_pkey"
    ]  # fmt: skip

    assert len([line for line in plan if "Index Cond" in line]) == len([match for match in found if match])


async def test_a_write_is_durable_on_every_connection(start: Start, postgres_url: str) -> None:
    """[P5]"""
    await sql(
        postgres_url,
        "ALTER ROLE postgres IN DATABASE " + postgres_url.rpartition("/")[2] + " SET synchronous_commit = off",
    )
    log = await start()
    talk = await Talk().opens_in(log)
    await win(log, talk.customer_says())
    async with somebody(postgres_url) as connection:
        assert await connection.fetchval("SHOW synchronous_commit") == "off"
    database = (await start())._database
    assert [tuple(row) for row in await database.fetch("SHOW synchronous_commit")] == [("on",)]
