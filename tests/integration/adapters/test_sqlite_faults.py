"""SQLite whose disk fails or is full, and data that it does not take."""

import sqlite3
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from intervene.adapters.sql.schedule import SqlSchedule
from intervene.adapters.sqlite.log import SqliteLog
from intervene.core.errors import Unavailable
from intervene.core.events import author_key
from intervene.core.ids import CommandId, NodeId
from intervene.ops import verify
from intervene.ports.log import CommandKey, Range, Verdict
from tests.contract.build import NOON, Talk, append, decide_locked, spoiled, talks, win
from tests.integration.adapters.on_sqlite import Start, path, start

__all__ = ["path", "start"]  # fixtures

STAFF = Range(is_staff=True, limit=500)
ROOT = Path(__file__).parents[3]


class Faults(NamedTuple):
    """Statements that fail, and when: before or after they were carried out."""

    before: set[str]
    after: set[str]


@pytest.fixture
def faults() -> Faults:
    return Faults(set(), set())


@pytest.fixture
async def faulty(start: Start, faults: Faults) -> SqliteLog:
    class Faulty(sqlite3.Connection):
        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            if sql in faults.before:
                raise sqlite3.OperationalError("disk I/O error")
            cursor = super().execute(sql, *values)
            if sql in faults.after:
                raise sqlite3.OperationalError("disk I/O error")
            return cursor

    return SqliteLog(
        await start(
            connect=lambda path: sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=Faulty)
        )
    )


@pytest.mark.parametrize("statement", ["BEGIN IMMEDIATE", "COMMIT"])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_commit_of_unknown_outcome_is_said_to_be_unknown_and_can_be_asked_for(
    faulty: SqliteLog, faults: Faults, statement: str, when: str
) -> None:
    """[P5]"""
    group = await talks(faulty, 3)
    states = [talk.state for talk in group]
    items = [talk.customer_says(id="k") for talk in group]
    getattr(faults, when).add(statement)
    assert await append(faulty, *items) == [Verdict.UNKNOWN] * 3
    assert await decide_locked(faulty, group[0].key, lambda _: None) == (None, Verdict.UNKNOWN)
    getattr(faults, when).clear()
    is_written = (statement, when) == ("COMMIT", "after")
    for talk, state in zip(group, states, strict=True):
        command = CommandKey(author_key(talk.contact), CommandId("k"))
        assert (command in await faulty.known(talk.key, [command])) == is_written
        talk.state = talk.state if is_written else state
        await win(faulty, talk.customer_says("the log goes on"))


async def test_who_awaits_a_write_of_unknown_outcome_is_told_that_the_log_is_away(
    faulty: SqliteLog, faults: Faults
) -> None:
    faults.before.add("COMMIT")
    talk = Talk()
    with pytest.raises(Unavailable):
        await talk.asks_to_open(faulty)
    faults.before.clear()
    await talk.opens_in(faulty)


async def test_a_full_disk_loses_nothing_that_was_acknowledged_and_the_log_goes_on(path: Path, start: Start) -> None:
    """[P5]"""
    limit = "PRAGMA max_page_count = 200"

    def connect(path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute(limit)
        return connection

    log = SqliteLog(await start(connect=connect))
    talk = await Talk().opens_in(log)
    verdict, before = Verdict.WON, talk.state
    while verdict is Verdict.WON:
        before = talk.state
        [verdict] = await append(log, talk.customer_says("x" * 16_000))
    assert verdict is Verdict.UNKNOWN
    assert before.version > 5
    limit = "PRAGMA max_page_count = 1000000"
    talk.state = before
    await win(log, talk.customer_says("there is room again"))
    assert verify.check(path).problems == []


async def test_a_read_that_fails_is_told_as_unavailable_and_the_next_one_works(
    faulty: SqliteLog, faults: Faults
) -> None:
    talk = await Talk().opens_in(faulty)
    faults.before.add("BEGIN")
    for question in (
        faulty.read(talk.key, STAFF),
        faulty.versions([talk.key]),
        SqlSchedule(faulty._database).work(NOON, NodeId("other"), []),
        SqlSchedule(faulty._database).now(),
    ):
        with pytest.raises(Unavailable):
            await question
    faults.before.clear()
    assert await faulty.versions([talk.key]) == {talk.key: 1}


async def test_words_never_get_into_the_program_s_own_log(
    faulty: SqliteLog, capsys: pytest.CaptureFixture[str]
) -> None:
    """[P6] With tracebacks as `logs.configure` has them: others print the values of local variables."""
    talk = await Talk().opens_in(faulty)
    assert await append(faulty, spoiled(talk.customer_says("HIDDEN"), "HIDDEN")) == [Verdict.REFUSED]
    said = capsys.readouterr().out
    assert "a commit was refused" in said
    assert "HIDDEN" not in said
