"""The statements that are SQLite's own, in a transaction that the caller has begun."""

from collections.abc import Iterable, Sequence
from sqlite3 import Connection
from typing import TypeVar

import msgspec

from intervene.adapters.sql import queries, values
from intervene.adapters.sql.queries import AskFitting, Each, Query
from intervene.core.conversation.packing import FORMAT
from intervene.core.events import Event
from intervene.core.ids import ChannelId, Key
from intervene.core.limits import EVENT_MARGIN
from intervene.ports.log import CommandKey, Commit, Verdict

T = TypeVar("T")

# -- reading -----------------------------------------------------------------------------------------------------------


def run(connection: Connection, query: Query[T]) -> T:
    """What the query answers."""
    try:
        ask = next(query)
        while True:
            if isinstance(ask, Each):
                connection.executemany(ask.sql, ask.rows)
                ask = query.send(())
            elif isinstance(ask, AskFitting):
                ask = query.send(_fitting(connection, ask))
            else:
                ask = query.send(connection.execute(ask.sql, ask.values).fetchall())
    except StopIteration as end:
        value: T = end.value
        return value


def _fitting(connection: Connection, ask: AskFitting) -> list[tuple[int, bytes]]:
    """SQLite finds a row when it is fetched: what does not fit is not read."""
    found: list[tuple[int, bytes]] = []
    room = ask.most_bytes
    cursor = connection.execute(ask.sql, ask.values)
    for row in cursor:
        room -= len(row[1]) + EVENT_MARGIN
        if room < 0 and found:
            break
        found.append(row)
    cursor.close()
    return found


def handle_of(connection: Connection, key: Key) -> int | None:
    found = connection.execute("SELECT handle FROM conversation WHERE organisation = ? AND id = ?", key).fetchone()
    return found and int(found[0])


def known(connection: Connection, handle: int, commands: Iterable[CommandKey]) -> dict[CommandKey, Event]:
    sql = "SELECT author, command, data FROM event WHERE conversation = ? AND author = ? AND command = ?"
    return queries.known([row for command in commands for row in connection.execute(sql, (handle, *command))])


def versions(connection: Connection, keys: Sequence[Key]) -> dict[Key, int]:
    rows = connection.execute(
        """
        SELECT row.organisation, row.id, row.version FROM json_each(?) AS wanted JOIN conversation AS row
        ON row.organisation = json_extract(wanted.value, '$[0]') AND row.id = json_extract(wanted.value, '$[1]')
        """,
        (msgspec.json.encode(keys).decode(),),
    )
    return queries.versions(rows.fetchall())


_NOW = "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"


def now(connection: Connection) -> int:
    milliseconds: int = connection.execute(f"SELECT {_NOW}").fetchone()[0]
    return milliseconds


# -- writing -----------------------------------------------------------------------------------------------------------

Handles = dict[Key, int]
"""Remembered from one transaction to the next. They may be wrong: each use compares organisation and id too."""

MOST_HANDLES = 100_000

_MOVE = """
    UPDATE conversation SET version = ?, seq = ?, pub = ?, epoch = ?, runner = ?, due = ?, format = ?, changed_at = ?,
    state = ? WHERE handle = ? AND organisation = ? AND id = ? AND version = ? AND format <= ?
"""
_ADD_CONVERSATION = """
    INSERT INTO conversation (version, seq, pub, epoch, runner, due, format, changed_at, state, organisation, id)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_ADD_EVENT = """
    INSERT INTO event
    (conversation, seq, pub, version, epoch, kind, id, author, command, turn, message, at, data)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_ADD_PIECE = "INSERT INTO piece (conversation, message, n, version, text) VALUES (?, ?, ?, ?, ?)"
_HAS_COMMAND = "SELECT 1 FROM event WHERE conversation = ? AND author = ? AND command = ?"


def write(connection: Connection, commits: Sequence[Commit], handles: Handles) -> list[Verdict]:
    """Each commit that wins is written whole, of the others nothing. Raises what the database makes of bad data; then
    the caller must roll back."""
    verdicts = []
    events: list[tuple[object, ...]] = []
    pieces: list[tuple[object, ...]] = []
    for commit in commits:
        handle = handles.pop(commit.key, None) or handle_of(connection, commit.key)
        verdict = _move(connection, handle, commit) if handle else Verdict.CONFLICT
        verdicts.append(verdict)
        if handle and verdict is Verdict.WON:
            handles[commit.key] = handle
            events += values.events(handle, commit)
            pieces += values.pieces(handle, commit)
    if len(handles) > MOST_HANDLES:
        handles.clear()
    _add(connection, events, pieces)
    return verdicts


def create(connection: Connection, commit: Commit) -> None:
    handle = connection.execute(_ADD_CONVERSATION, (*values.row(commit), *commit.key)).lastrowid
    assert handle, "a row that was inserted has a number"
    _add(connection, values.events(handle, commit), values.pieces(handle, commit))


def spend(connection: Connection, channel_id: ChannelId) -> None:
    connection.execute(
        f"""
        INSERT INTO channel_id (organisation, channel, address, conversation, spent) VALUES (?, ?, ?, '', {_NOW})
        ON CONFLICT (organisation, channel, address) DO UPDATE SET spent = excluded.spent WHERE channel_id.spent = 0
        """,
        channel_id,
    )


def _move(connection: Connection, handle: int, commit: Commit) -> Verdict:
    """The commands are looked up first: were they left to their unique index, one repeat would fail the group."""
    for command in commit.commands:
        if connection.execute(_HAS_COMMAND, (handle, *command)).fetchone():
            return Verdict.CONFLICT
    columns = values.row(commit)
    if connection.execute(_MOVE, (*columns, handle, *commit.key, commit.expected, FORMAT)).rowcount == 1:
        return Verdict.WON
    newer = connection.execute(
        "SELECT 1 FROM conversation WHERE organisation = ? AND id = ? AND format > ?", (*commit.key, FORMAT)
    )
    return Verdict.REFUSED if newer.fetchone() else Verdict.CONFLICT


def _add(connection: Connection, events: list[tuple[object, ...]], pieces: list[tuple[object, ...]]) -> None:
    """Events before pieces: a piece may come in one commit with the event that starts its message."""
    connection.executemany(_ADD_EVENT, events)
    if pieces:
        connection.executemany(_ADD_PIECE, pieces)
