"""PostgreSQL that is slow, hangs, ends or goes away, and data that it does not take."""

import asyncio
from functools import partial
from typing import Any

import anyio
import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from intervene.adapters.postgres.database import PostgresDatabase
from intervene.adapters.postgres.log import PostgresLog
from intervene.adapters.sql.read_positions import SqlReadPositions
from intervene.adapters.sql.schedule import SqlSchedule
from intervene.adapters.sql.settings import SqlSettings
from intervene.core.errors import Unavailable
from intervene.core.events import author_key
from intervene.core.ids import AgentId, CommandId, EventId, Key
from intervene.core.settings import Kind, StatusSettings
from intervene.migrations import upgrade_postgres
from intervene.ports.log import CommandKey, Commit, Locked, Verdict
from intervene.ports.settings import By
from tests.contract.build import ACME, STAFF, Talk, append, decide_locked, read, spoiled, talks, win
from tests.integration.adapters.on_postgres import Start, lock, log, somebody, sql, start
from tests.kit.postgres import Postgres, postgres, postgres_url
from tests.kit.server import until

__all__ = ["log", "postgres", "postgres_url", "start"]  # fixtures


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


async def test_a_change_that_a_deadlock_ended_is_made_whole_or_not_at_all(postgres_url: str) -> None:
    """[P5] Its transaction is over, with what it had written: no second half is committed alone."""
    database = await PostgresDatabase.start(postgres_url, upgrade_postgres)
    settings = SqlSettings(database)
    await settings.create(ACME, Kind.STATUS, "s0", StatusSettings(name="Old"), "", By(AgentId("ana")))
    async with somebody(postgres_url) as connection:
        await connection.execute(
            """
            CREATE SEQUENCE tries;
            CREATE FUNCTION deadlock() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF nextval('tries') < 2 THEN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER deadlock BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION deadlock();
            """
        )
    create = partial(settings.create, ACME, Kind.STATUS, "s1", StatusSettings(name="New"), "", By(AgentId("ana")))
    with pytest.raises(Unavailable):
        await create()
    rows = "(SELECT count(*) FROM status), (SELECT count(*) FROM audit)"
    counts = f"SELECT {rows}, (SELECT settings_version FROM organisation)"
    assert await sql(postgres_url, counts) == [(1, 1, 1)]
    assert (await create()).settings_version == 2
    assert await sql(postgres_url, counts) == [(2, 2, 2)]
    await database.close()


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


async def test_a_server_that_hangs_while_a_node_starts_is_said_to_be_the_reason(
    start: Start, postgres: Postgres
) -> None:
    """It answered until then: what the node asks last is whether others use the database."""
    log = await start(postgres_connect=0.5)
    postgres.hang()
    try:
        with pytest.raises(Unavailable, match="database cannot be used: TimeoutError"):
            await log._database.reserve(is_alone=True)
    finally:
        postgres.resume()


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
