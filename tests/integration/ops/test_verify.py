"""`verify`: it is silent about a database that kept the promises, and finds what was planted into one."""

import asyncio
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest

from intervene.adapters.sql.retention import SqlRetention
from intervene.adapters.sqlite.database import SqliteDatabase
from intervene.adapters.sqlite.log import SqliteLog
from intervene.core.conversation.packing import FIRST_FORMAT, FORMAT
from intervene.ops import verify
from intervene.ops.verify_sql import ABOUT_EVENTS, ABOUT_PIECES
from tests.contract.build import Talk, append, talks
from tests.integration.ops.filled import CONVERSATIONS, EVENTS, PIECES, fill
from tests.integration.ops.given import PLANTED_IN_GIVEN
from tests.kit import sqlite


async def fill_sqlite(path: Path) -> None:
    database = await SqliteDatabase.start(path, sqlite.migrate, durability="normal")
    await fill(SqliteLog(database), SqlRetention(database))
    await database.close()


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("healthy") / "intervene.db"
    asyncio.run(fill_sqlite(path))
    return path


@pytest.fixture(scope="module")
def former(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As healthy, in format 1."""
    path = tmp_path_factory.mktemp("former") / "intervene.db"
    with patch.object(Talk, "format", FIRST_FORMAT):
        asyncio.run(fill_sqlite(path))
    return path


def spoil(path: Path, sql: str) -> None:
    """Change what the walls of the schema would not let anybody change."""
    with closing(sqlite3.connect(path)) as connection:
        walls = "SELECT type, name FROM sqlite_master WHERE type = 'trigger' OR name LIKE 'event!_%' ESCAPE '!'"
        for kind, name in connection.execute(walls).fetchall():
            connection.execute(f"DROP {kind} {name}")
        connection.executescript(sql)


def edited(seq: int, before: str, after: str) -> str:
    """SQL that edits the body of an event of c1."""
    return (
        f"UPDATE event SET data = CAST(replace(CAST(data AS TEXT), '{before}', '{after}') AS BLOB)"
        f" WHERE conversation = 1 AND seq = {seq}"
    )


def rewritten(before: str, after: str, id: str = "c1", column: str = "state") -> str:
    """SQL that edits the state of a conversation."""
    text = f"CAST(replace(CAST({column} AS TEXT), '{before}', '{after}') AS BLOB)"
    return f"UPDATE conversation SET {column} = {text} WHERE id = '{id}'"


PLANTED = {
    "an event is gone": ("P5", 7, "stands where number", "DELETE FROM event WHERE conversation = 1 AND seq = 6"),
    "the last event is gone": ("P5", 0, "is not the fold", "DELETE FROM event WHERE conversation = 1 AND seq = 13"),
    "a public number is missing": (
        "P5", 5, "has the public number 9 where 4", "UPDATE event SET pub = 9 WHERE conversation = 1 AND seq = 5",
    ),
    "a note has a public number": (
        "P6", 6, "is private", "UPDATE event SET pub = 5 WHERE conversation = 1 AND seq = 6",
    ),
    "a message has no public number": (
        "P5", 7, "has no public number", "UPDATE event SET pub = 0 WHERE conversation = 1 AND seq = 7",
    ),
    "time falls": ("P5", 7, "is older", "UPDATE event SET at = 1 WHERE conversation = 1 AND seq = 7"),
    "commits are out of order": (
        "P5", 7, "is of version 1", "UPDATE event SET version = 1 WHERE conversation = 1 AND seq = 7",
    ),
    "an event is of a commit to come": (
        "P5", 13, "its row has not reached", "UPDATE event SET version = 99 WHERE conversation = 1 AND seq = 13",
    ),
    "two events have one id": (
        "P5", 7, "the same id as event 3",
        "UPDATE event SET id = (SELECT id FROM event WHERE conversation = 1 AND seq = 3)"
        " WHERE conversation = 1 AND seq = 7",
    ),
    "a command was done twice": (
        "P3", 11, "does again what command k9",
        "UPDATE event SET command = 'k9', author = 'agent:anna' WHERE conversation = 1 AND seq IN (6, 11)",
    ),
    "two takeovers in one epoch": (
        "P3", 12, "begins epoch 2 where epoch 3", "UPDATE event SET epoch = 2 WHERE conversation = 1 AND seq = 12",
    ),
    "a bot's words after a takeover": (
        "P1", 11, "was made in epoch 1 and stands in epoch 2",
        "UPDATE event SET epoch = 1, author = 'bot:echo', turn = 1 WHERE conversation = 1 AND seq = 11",
    ),
    "an agent's words from before a takeover": (
        "P1", 11, "was made in epoch 1 and stands in epoch 2",
        "UPDATE event SET epoch = 1 WHERE conversation = 1 AND seq = 11",
    ),
    "a bot speaks in no turn": (
        "P1", 7, "is a bot's and of no turn", "UPDATE event SET turn = 0 WHERE conversation = 1 AND seq = 7",
    ),
    "a person speaks in a turn": (
        "P1", 11, "is of a turn and not a bot's", "UPDATE event SET turn = 3 WHERE conversation = 1 AND seq = 11",
    ),
    "a turn of another epoch speaks": (
        "P1", 13, "is of turn 1, which is none", "UPDATE event SET turn = 1 WHERE conversation = 1 AND seq = 13",
    ),
    "a turn speaks after the one that replaced it": (
        "P1", 8, "is of turn 2 and comes after turn 3",
        "UPDATE event SET turn = 3 WHERE conversation = 1 AND seq = 7",
    ),
    "a bot speaks while an agent holds control": (
        "P1", 11, "is of bot:echo, while anna held",
        edited(11, '"type":"agent","id":"anna"', '"type":"bot","id":"echo"'),
    ),
    "another agent speaks": ("P1", 11, "is of agent:ben, while anna held", edited(11, '"anna"', '"ben"')),
    "another bot speaks": ("P1", 7, "is of bot:other, while echo held", edited(7, '"echo"', '"other"')),
    "the product speaks": (
        "P1", 11, "is of system:", edited(11, '"type":"agent","id":"anna","name":"Anna"', '"type":"system"'),
    ),
    "control changes against the table": ("P3", 10, "no legal change", edited(10, '"intervene"', '"release"')),
    "it lapses from an agent who owes nothing": (
        "P5", 7, "nothing was owed",
        "UPDATE event SET data = CAST(replace(CAST(data AS TEXT), 'disabled', 'absent') AS BLOB)"
        " WHERE conversation = 5 AND seq = 7",
    ),
    "it lapses for no reason that there is": (
        "P5", 4, "nothing was owed",
        "UPDATE event SET data = CAST(replace(CAST(data AS TEXT), 'absent', 'tired') AS BLOB)"
        " WHERE conversation = 5 AND seq = 4",
    ),
    "replies are said to be enabled": (
        "P3", 12, "says that replies are enabled", edited(12, '"move"', '"reply_enabled":true,"move"'),
    ),
    "a message begins twice": (
        "P2", 8, "begins a message that event 4 began",
        "UPDATE event SET message = (SELECT message FROM event WHERE conversation = 1 AND seq = 4)"
        " WHERE conversation = 1 AND seq = 8",
    ),
    "a message ends twice": (
        "P2", 7, "ends a message that event 5 ended",
        "UPDATE event SET message = (SELECT message FROM event WHERE conversation = 1 AND seq = 5)"
        " WHERE conversation = 1 AND seq = 7",
    ),
    "a message ends before it begins": (
        "P2", 3, "event 4 begins later",
        "UPDATE event SET message = (SELECT message FROM event WHERE conversation = 1 AND seq = 4)"
        " WHERE conversation = 1 AND seq = 3",
    ),
    "a stream is never ended": (
        "P2", 4, "never ended", "UPDATE event SET message = 'other' WHERE conversation = 1 AND seq = 5",
    ),
    "control is taken over an open stream": (
        "P1", 10, "ends in epoch 2 what event 8 began in epoch 1",
        "UPDATE event SET seq = 99 WHERE conversation = 1 AND seq = 9;"
        "UPDATE event SET seq = 9 WHERE conversation = 1 AND seq = 10;"
        "UPDATE event SET seq = 10 WHERE conversation = 1 AND seq = 99",
    ),
    "a piece comes after a takeover": (
        "P1", 10, "was followed by piece 2",
        "UPDATE piece SET version = (SELECT version + 1 FROM event WHERE conversation = 1 AND seq = 10)"
        " WHERE text = 't'",
    ),
    "a piece comes after its message": (
        "P2", 5, "was followed by piece 2",
        "UPDATE piece SET version = (SELECT version + 1 FROM event WHERE conversation = 1 AND seq = 5)"
        " WHERE text = 'lo'",
    ),
    "a piece comes before its message began": (
        "P2", 8, "was preceded by piece 1", "UPDATE piece SET version = 2 WHERE text = 'Wha'",
    ),
    "a piece of nothing": (
        "P2", 0, "has piece 1 of message stray",
        "INSERT INTO piece (conversation, message, n, version, text) VALUES (1, 'stray', 1, 3, 'x')",
    ),
    "a piece is missing": ("P5", 0, "where piece 2 should be", "DELETE FROM piece WHERE text = 'lo'"),
    "the first piece is missing": ("P5", 0, "where piece 1 should be", "DELETE FROM piece WHERE text = 'Hel'"),
    "the last piece is missing": ("P2", 5, "not the join of its pieces", "DELETE FROM piece WHERE text = '!'"),
    "a piece was changed": ("P2", 5, "not the join of its pieces", "UPDATE piece SET text = 'LO' WHERE text = 'lo'"),
    "a message was cut": ("P2", 9, "not the join of its pieces", edited(9, '"What"', '"Wha"')),
    "a piece of the open stream is gone": ("P2", 0, "streams 2 pieces", "DELETE FROM piece WHERE text = ' again'"),
    "a piece of the open stream was changed": (
        "P2", 0, "streams 2 pieces", "UPDATE piece SET text = 'Ba' WHERE text = 'Back'",
    ),
    "a piece of a commit to come": (
        "P5", 0, "version 99, which its row has not reached", "UPDATE piece SET version = 99 WHERE text = ' again'",
    ),
    "a timer beside its state": ("P5", 0, "has due 0 in its row", "UPDATE conversation SET due = 0 WHERE id = 'c2'"),
    "a timer that is missing": ("P5", 0, "has the timers [] and its state says [('wait'", "DELETE FROM timer"),
    "a timer of another epoch": (
        "P5", 0, "2)] and its state says [('wait'", "UPDATE timer SET epoch = 2 WHERE conversation = 2",
    ),
    "a timer of nobody": (
        "P5", 0, "is no conversation and has timers", "UPDATE timer SET conversation = 99 WHERE conversation = 2",
    ),
    "a column beside its event": (
        "P5", 3, "has message 'other' in its row",
        "UPDATE event SET message = 'other' WHERE conversation = 1 AND seq = 3",
    ),
    "an event that is no event": (
        "P5", 3, "cannot be decoded", "UPDATE event SET data = x'7b' WHERE conversation = 1 AND seq = 3",
    ),
    "a state that is no state": ("P5", 0, "cannot be decoded", "UPDATE conversation SET state = x'7b' WHERE id = 'c1'"),
    "events of nobody": ("P5", 0, "is no conversation and has events", "DELETE FROM conversation WHERE id = 'c4'"),
    "pieces of nobody": (
        "P5", 0, "is no conversation and has pieces",
        "INSERT INTO piece (conversation, message, n, version, text) VALUES (99, 'm', 1, 1, 'x')",
    ),
    "a channel id that leads nowhere": (
        "P5", 0, "and has a channel id", "UPDATE channel_id SET conversation = 'nowhere' WHERE conversation = 'c4'",
    ),
}  # fmt: skip


FORMER = {
    "an open stream that is not in the log": (
        "P2", 0, "streams message 'other' and its log says",
        rewritten('"stream":{"message":"', '"stream":{"message":"other","was":"'),
    ),
    "a state of another moment": ("P5", 0, "look at held_since", rewritten('"held_since":17', '"held_since":16')),
    "a holder that the log does not know": ("P5", 0, "look at holder", rewritten('"name":"Echo"', '"name":"Eve"')),
    "a row beside its state": ("P5", 0, "has seq 12 in its row", "UPDATE conversation SET seq = 12 WHERE id = 'c1'"),
    "a runner beside its state": ("P5", 0, "has runner ''", "UPDATE conversation SET runner = '' WHERE id = 'c1'"),
    "a row of another organisation": (
        "P5", 0, "has organisation 'other'", "UPDATE conversation SET organisation = 'other' WHERE id = 'c4'",
    ),
    "a bot without a run": ("P1", 0, "has a run exactly while no bot", rewritten('"run":', '"was":')),
    "a customer whom nobody answers": ("P5", 3, "nobody answers", rewritten('"answered":5', '"answered":0', "c2")),
}  # fmt: skip
"""In format 1, where the state has all that the row has."""

PACKED = {
    "an open stream that is not in the log": ("P2", 0, "and its log says", rewritten('true,["', 'true,["other')),
    "a state of another moment": (
        "P5", 0, "look at held_since", rewritten('"held_since":17', '"held_since":16', column="base"),
    ),
    "a holder that the log does not know": (
        "P5", 0, "look at holder", rewritten('"name":"Echo"', '"name":"Eve"', column="base"),
    ),
    "a row beside its log": ("P5", 0, "look at seq", "UPDATE conversation SET seq = 12 WHERE id = 'c1'"),
    "a turn without a node": (
        "P5", 0, "has a turn that no node runs", "UPDATE conversation SET runner = '' WHERE id = 'c1'",
    ),
    "a row of another organisation": (
        "P5", 0, "and has a channel id", "UPDATE conversation SET organisation = 'other' WHERE id = 'c4'",
    ),
    "a bot without a run": ("P1", 0, "has a run exactly while no bot", rewritten(",[[", ",null,[[")),
    "a customer whom nobody answers": ("P5", 3, "nobody answers", rewritten('["idle"],5', '["idle"],0', "c2")),
    "a place in lists that it has not": ("P5", 0, "has place 3", "UPDATE conversation SET place = 3 WHERE id = 'c1'"),
    "a last line that nobody wrote": ("P5", 0, "look at last", rewritten('"I am here', '"I am Eve')),
    "a card that its log does not know": (
        "P5", 0, "look at card", "UPDATE conversation SET card = CAST('{\"queue\":\"sales\"}' AS BLOB) WHERE id = 'c1'",
    ),
    "a base that is none": ("P5", 0, "cannot be decoded", "UPDATE conversation SET base = NULL WHERE id = 'c1'"),
}  # fmt: skip
"""In format 2, where columns are a part of the state."""


@pytest.mark.parametrize("format", [FIRST_FORMAT, FORMAT])
def test_nothing_is_wrong_where_everything_has_happened(healthy: Path, former: Path, format: int) -> None:
    report = verify.check(former if format == FIRST_FORMAT else healthy)
    assert report.problems == []
    assert (report.conversations, report.events, report.pieces) == (CONVERSATIONS, EVENTS, PIECES)


@pytest.mark.parametrize("planted", PLANTED | PLANTED_IN_GIVEN | PACKED)
def test_what_was_planted_is_found_and_named(healthy: Path, tmp_path: Path, planted: str) -> None:
    finds(healthy, tmp_path / "spoiled.db", (PLANTED | PLANTED_IN_GIVEN | PACKED)[planted])


@pytest.mark.parametrize("planted", FORMER)
def test_what_was_planted_in_the_first_format_is_found_and_named(former: Path, tmp_path: Path, planted: str) -> None:
    finds(former, tmp_path / "spoiled.db", FORMER[planted])


def finds(sound: Path, spoiled: Path, planted: tuple[str, int, str, str]) -> None:
    promise, seq, sentence, sql = planted
    shutil.copy(sound, spoiled)
    spoil(spoiled, sql)
    problems = verify.check(spoiled).problems
    found = [problem for problem in problems if (problem.promise, problem.seq) == (promise, seq)]
    assert any(sentence in problem.sentence for problem in found), "\n".join(map(str, problems))


def test_a_beginning_that_an_earlier_release_did_not_keep_is_no_fault(former: Path, tmp_path: Path) -> None:
    """[P5] It wrote since when the holder holds only with a change of control."""
    older = tmp_path / "older.db"
    shutil.copy(former, older)
    without = "CAST(json_remove(CAST(state AS TEXT), '$.held_since') AS BLOB)"
    spoil(older, f"UPDATE conversation SET state = {without} WHERE id = 'c4'")
    assert verify.check(older).problems == []
    spoil(older, f"UPDATE conversation SET state = {without} WHERE id = 'c1'")
    assert [problem.promise for problem in verify.check(older).problems] == ["P5"]


def test_a_database_of_a_release_without_rows_for_timers_is_checked_too(healthy: Path, tmp_path: Path) -> None:
    older = tmp_path / "older.db"
    shutil.copy(healthy, older)
    spoil(older, "DROP TABLE timer")
    assert verify.check(older).problems == []


def test_every_kind_of_check_has_been_seen_to_fail(healthy: Path, tmp_path: Path) -> None:
    """A check that nothing can fail checks nothing."""
    said = []
    for name, (_, _, _, sql) in (PLANTED | PLANTED_IN_GIVEN | PACKED).items():
        spoiled = tmp_path / f"{name}.db"
        shutil.copy(healthy, spoiled)
        spoil(spoiled, sql)
        said += [problem.sentence for problem in verify.check(spoiled).problems]
    for check in ABOUT_EVENTS + ABOUT_PIECES:
        words = check.sentence.split("{}")
        assert any(all(word in sentence for word in words) for sentence in said), check.sentence


def test_a_checked_database_is_answered_with_zero(healthy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counts = {"conversations": CONVERSATIONS, "events": EVENTS, "pieces": PIECES}
    assert verify.run(healthy, as_json=False) == 0
    said = ", ".join(f"{count} {name}" for name, count in counts.items())
    assert capsys.readouterr().out == f"{said}: nothing is wrong.\n"
    assert verify.run(healthy, as_json=True) == 0
    assert json.loads(capsys.readouterr().out) == {**counts, "problems": []}


def test_a_broken_promise_is_answered_with_one_and_where_it_was(
    healthy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoiled = tmp_path / "spoiled.db"
    shutil.copy(healthy, spoiled)
    spoil(spoiled, "UPDATE event SET epoch = 1 WHERE conversation = 1 AND seq = 11")
    assert verify.run(spoiled, as_json=False) == 1
    assert "[P1] acme: event 11 of c1 was made in epoch 1 and stands in epoch 2\n" in capsys.readouterr().out
    assert verify.run(spoiled, as_json=True) == 1
    [first, *_] = json.loads(capsys.readouterr().out)["problems"]
    assert first == {
        "promise": "P1",
        "organisation": "acme",
        "conversation": "c1",
        "seq": 11,
        "sentence": "was made in epoch 1 and stands in epoch 2",
    }


@pytest.mark.parametrize("content", [b"", b"no database at all, but long enough to look like one" * 20])
def test_what_is_no_database_of_ours_is_answered_with_two(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "other.db"
    path.write_bytes(content)
    assert verify.run(path, as_json=True) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_what_a_newer_release_wrote_is_left_to_it(healthy: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer.db"
    shutil.copy(healthy, newer)
    spoil(newer, f"UPDATE conversation SET format = {FORMAT + 1} WHERE id = 'c3'")
    with pytest.raises(verify.Unreadable, match="newer release"):
        verify.check(newer)


def test_a_report_is_bounded(healthy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """[P7]"""
    spoiled = tmp_path / "spoiled.db"
    shutil.copy(healthy, spoiled)
    spoil(spoiled, "UPDATE event SET seq = seq + 100")
    monkeypatch.setattr(verify, "MOST_PROBLEMS", 7)
    assert len(verify.check(spoiled).problems) == 7


async def test_a_running_server_s_database_can_be_checked(tmp_path: Path) -> None:
    database = await SqliteDatabase.start(tmp_path / "intervene.db", sqlite.migrate)
    log = SqliteLog(database)
    group = await talks(log, 250)
    writing = True

    async def write() -> None:
        while writing:
            await append(log, *(talk.bot_streams("word ") for talk in group))
            await append(log, *(talk.bot_finishes() for talk in group))
            await append(log, *(talk.customer_says() for talk in group))

    task = asyncio.create_task(write())
    for _ in range(3):
        report = await asyncio.to_thread(verify.check, tmp_path / "intervene.db")
        assert (report.conversations, report.problems) == (250, [])
    writing = False
    await task
    await database.close()
