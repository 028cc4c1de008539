"""How due work, lists of conversations, amendments, and what the log has after takeovers are found: by indexes, however
long the log is."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from intervene.adapters.postgres import database
from intervene.adapters.postgres.database import _numbered
from intervene.adapters.sql import attendance, history, inbox, queries, schedule
from intervene.core.conversation.packing import FORMAT
from intervene.core.conversation.timers import Kind
from intervene.core.limits import ANSWER_BYTES
from intervene.migrations import upgrade, upgrade_postgres
from tests.integration.adapters.on_postgres import somebody
from tests.integration.adapters.on_sqlite import path

__all__ = ["path"]  # a fixture

CONVERSATIONS = 20_000
OWED = 200  # one of so many has a turn that is owed
WAITING = 4  # and one of so many a timer: few are due
VALUES: dict[str, object] = {
    "format": FORMAT, "limit": 100, "kind": Kind.WAIT, "now": 100, "after": 100, "node": "n1", "node_0": "n1",
    "organisation": "acme", "place": 2, "since": 19_000, "holder": "ana", "handle": 0, "id": "c19000",
    **{f"id_{n}": f"c{n}" for n in range(inbox.IDS)},
}  # fmt: skip

TURNS, TIMERS, LISTED = "conversation_runner", "timer_due", "conversation_place"
QUERIES = {
    "owed turns, and those of other nodes": (schedule._stranded(1), TURNS),
    "a node's own turns": (schedule._CLAIMED, TURNS),
    "timers that are due": (schedule._DUE, TIMERS),
    "the next timers": (schedule._NEXT, TIMERS),
    "what waits": (inbox._PAGE[True], LISTED),
    "what is held, or closed": (inbox._PAGE[False], LISTED),
    "versions of what waits": (inbox._VERSIONS[True], LISTED),
    "versions of what is held": (inbox._VERSIONS[False], LISTED),
    "whether all is listed": (inbox._UNLISTED, LISTED),
    "what agents hold": (attendance._HOLDINGS, "conversation_holder"),
    "conversations by id": (inbox._FIND, "conversation_id"),
}

_USED = re.compile(r"Index.* Scan (?:Backward )?(?:using|on) (\w+)").search
ROWS = f"""
    INSERT INTO conversation
        (organisation, id, version, seq, pub, format, changed_at, epoch, runner, due, state, place, since, holder)
    SELECT 'acme', 'c' || n, 1, 0, 0, 1, n, 1, CASE n % {OWED} WHEN 0 THEN 'owed' ELSE '' END, 0, NUMBERED, n % 4, n,
        CASE n % {OWED} WHEN 1 THEN 'ana' ELSE '' END
    FROM numbers
"""
DUE = (
    f"INSERT INTO timer SELECT handle, '{Kind.WAIT}', changed_at, 1 FROM conversation WHERE changed_at % {WAITING} = 1"
)
PEOPLE = """
    INSERT INTO person
        (id, organisation, role, name, email, password, version, tokens_from, available, disabled, created_at)
    SELECT 'p' || n, 'acme', 'agent', '', '', '', 1, 0, 1, 0, 0 FROM numbers
"""


def test_sqlite_finds_due_work_and_lists_by_index(path: Path) -> None:
    """[P5] Each heartbeat asks."""
    path.parent.mkdir()
    upgrade(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        following = f"SELECT n + 1 FROM numbers WHERE n < {CONVERSATIONS}"
        numbers = f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL {following}) "
        connection.execute(numbers + ROWS.replace("NUMBERED", "x''"))
        connection.execute(DUE)
        for kind, (statement, index) in QUERIES.items():
            compiled = statement.sqlite
            rows = connection.execute("EXPLAIN QUERY PLAN " + compiled.sql, compiled.values(VALUES)).fetchall()
            plan = [line for *_, line in rows]
            scans = [line for line in plan if line.startswith("SCAN") and line != "SCAN CONSTANT ROW"]
            assert not [line for line in scans if index not in line], (kind, plan)
            assert [line for line in plan if index in line], (kind, plan)


async def test_postgres_finds_due_work_and_lists_by_index(postgres_url: str) -> None:
    """[P5] Each heartbeat asks. A prepared statement is planned for its values at first, later for any."""
    await upgrade_postgres(postgres_url)
    async with somebody(postgres_url) as connection:
        series = f"WITH numbers AS (SELECT generate_series(1, {CONVERSATIONS}) AS n) "
        await connection.execute(series + ROWS.replace("NUMBERED", "''::bytea"))
        await connection.execute(series + PEOPLE)
        await connection.execute(DUE)
        await connection.execute("ANALYZE")
        for number, (kind, (statement, index)) in enumerate(QUERIES.items()):
            compiled = statement.postgres
            values = ", ".join(repr(str(value)) for value in compiled.values(VALUES))
            for mode in ("force_custom_plan", "force_generic_plan"):
                await connection.execute(f"SET plan_cache_mode = {mode}")
                asked = f"asked_{number}_{mode}"
                await connection.execute(f"PREPARE {asked} AS {compiled.sql}")
                plan = [line for (line,) in await connection.fetch(f"EXPLAIN EXECUTE {asked} ({values})")]
                assert not [line for line in plan if "Seq Scan" in line], (kind, mode, plan)
                assert index in [match[1] for line in plan if (match := _USED(line))], (kind, mode, plan)


EVENTS = 20  # of each conversation
PAST = CONVERSATIONS - 50  # so few of them have changed since
PAGE = (PAST, 10**15, 0, 0, 0)
EVENT_ROWS = f"""
    INSERT INTO event (conversation, seq, pub, version, epoch, kind, id, author, command, turn, message, at, data)
    SELECT handle, s.n, 0, 1, CASE WHEN s.n > 10 THEN 2 ELSE 1 END,
        CASE WHEN s.n IN (1, 11) THEN 'control' ELSE 'note' END, handle || '-' || s.n, 'system:', NULL, 0, NULL,
        changed_at, NUMBERED
    FROM conversation JOIN numbers AS s ON s.n <= {EVENTS}
"""
TAKEN_ROWS = """
    INSERT INTO takeover SELECT handle, 2, 'anna', 'Anna', changed_at, 1.0, 0, -1.0, 0, -1.0, -1.0 FROM conversation
"""
TAKEOVERS = (*PAGE, 2000, "acme", 200)


def test_sqlite_counts_what_follows_a_takeover_by_index(path: Path) -> None:
    """[P7] [P8]"""
    path.parent.mkdir()
    upgrade(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        following = f"SELECT n + 1 FROM numbers WHERE n < {CONVERSATIONS}"
        numbers = f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL {following}) "
        connection.execute(numbers + ROWS.replace("NUMBERED", "x''"))
        connection.execute(TAKEN_ROWS)
        rows = connection.execute("EXPLAIN QUERY PLAN " + history.TAKEOVERS, TAKEOVERS).fetchall()
        rows += connection.execute("EXPLAIN QUERY PLAN " + history.LAST, (*PAGE, 1999)).fetchall()
    plan = [line for *_, line in rows]
    assert not [line for line in plan if line.startswith("SCAN") and line != "SCAN it"], plan
    assert [line for line in plan if "SEARCH late" in line and "seq>?" in line], plan
    assert [line for line in plan if "event_control" in line], plan


async def test_postgres_counts_what_follows_a_takeover_by_index(postgres_url: str) -> None:
    """[P7] [P8]"""
    await upgrade_postgres(postgres_url)
    async with somebody(postgres_url) as connection:
        series = f"WITH numbers AS (SELECT generate_series(1, {CONVERSATIONS}) AS n) "
        await connection.execute(series + ROWS.replace("NUMBERED", "''::bytea"))
        await connection.execute("ALTER TABLE event DISABLE TRIGGER USER")
        await connection.execute(series + EVENT_ROWS.replace("NUMBERED", "''::bytea"))
        await connection.execute(TAKEN_ROWS)
        await connection.execute("ANALYZE")
        plan = [line for (line,) in await connection.fetch("EXPLAIN " + _numbered(history.TAKEOVERS), *TAKEOVERS)]
        plan += [line for (line,) in await connection.fetch("EXPLAIN " + _numbered(history.LAST), *PAGE, 1999)]
    assert not [line for line in plan if "Seq Scan" in line], plan
    used = {match[1] for line in plan if (match := _USED(line))}
    assert {"takeover_at", "event_control", "event_pkey"} <= used, plan


LONG_LOG = f"""
    INSERT INTO event (conversation, seq, pub, version, epoch, kind, id, author, command, turn, message, at, data)
    SELECT 1, n, 0, 1, 1, CASE n % 1000 WHEN 0 THEN 'edited' ELSE 'message' END, 'e' || n, 'agent:anna', NULL, 0,
        'm' || (n - 7), 1, NUMBERED FROM numbers WHERE n <= {CONVERSATIONS}
"""
AMENDED = queries._STAFF_EVENTS[True]
LAST_PAGE = (1, CONVERSATIONS - 499, CONVERSATIONS + 1, 500)


def test_sqlite_finds_amendments_by_their_index(path: Path) -> None:
    """[P7] However long the log of the conversation is."""
    path.parent.mkdir()
    upgrade(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        rows = connection.execute("EXPLAIN QUERY PLAN " + AMENDED, LAST_PAGE).fetchall()
    plan = [line for *_, line in rows]
    assert not [line for line in plan if line.startswith("SCAN") or "TEMP" in line], plan
    assert [line for line in plan if "SEARCH later" in line and "event_amendment" in line], plan


@pytest.mark.parametrize("is_analysed", [True, False])
async def test_postgres_finds_amendments_by_their_index(postgres_url: str, is_analysed: bool) -> None:
    """[P7] However long the log of the conversation is, and also before the statistics have it."""
    await upgrade_postgres(postgres_url)
    async with somebody(postgres_url) as connection:
        series = f"WITH numbers AS (SELECT generate_series(1, {CONVERSATIONS}) AS n) "
        await connection.execute("ALTER TABLE event DISABLE TRIGGER USER")
        await connection.execute(series + LONG_LOG.replace("NUMBERED", "''::bytea"))
        if is_analysed:
            await connection.execute("ANALYZE")
        fitting = _numbered(database._FITTING.format(AMENDED))
        plan = [line for (line,) in await connection.fetch("EXPLAIN " + fitting, *LAST_PAGE, ANSWER_BYTES)]
    assert not [line for line in plan if "Seq Scan" in line], plan
    used = [match[1] for line in plan if (match := re.search(r"Index.* Scan (?:\w+ )?(?:using|on) (\w+)", line))]
    assert sorted(set(used)) == ["event_amendment", "event_pkey"], plan
