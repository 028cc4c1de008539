"""The append on SQLite, and what else is asked in SQLite's own words, in a transaction that the caller has begun."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from sqlite3 import Connection, IntegrityError

import msgspec

from intervene.adapters.sql import queries, values
from intervene.core.conversation.columns import Columns
from intervene.core.conversation.packing import FORMAT
from intervene.core.events import Event
from intervene.core.ids import Key
from intervene.ports.log import CommandKey, Commit, Verdict

# -- reading -----------------------------------------------------------------------------------------------------------


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


# -- writing -----------------------------------------------------------------------------------------------------------

Handles = dict[Key, int]
"""Remembered from one transaction to the next. They may be wrong: each use compares organisation and id too."""

MOST_HANDLES = 100_000

_UPDATE = """
    UPDATE conversation SET version = ?, seq = ?, pub = ?, epoch = ?, runner = ?, due = ?, format = ?, changed_at = ?,
    state = ?, base = coalesce(?, base), card = coalesce(?, card){columns}
    WHERE handle = ? AND organisation = ? AND id = ? AND version = ? AND format <= ?
"""
_MOVE = _UPDATE.format(columns="")
_TALK = """
    UPDATE conversation SET version = ?, seq = ?, pub = ?, changed_at = ?, state = ?
    WHERE handle = ? AND organisation = ? AND id = ? AND version = ? AND format <= ?
"""
_MOVE_IN_LISTS = _UPDATE.format(columns="".join(f", {name} = ?" for name in Columns._fields if name != "contact"))
_MOVE_TO_CONTACT = _UPDATE.format(columns="".join(f", {name} = ?" for name in Columns._fields))
"""SQLite writes the index anew for each column that is named, also where its value stays. `_TALK` names the fewest."""
_ADD_CONVERSATION = f"""
    INSERT INTO conversation (
        version, seq, pub, epoch, runner, due, format, changed_at, state, base, card,
        {", ".join(Columns._fields)}, organisation, id
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_ADD_EVENT = """
    INSERT INTO event
    (conversation, seq, pub, version, epoch, kind, id, author, command, turn, message, at, data)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_ADD_PIECE = "INSERT INTO piece (conversation, message, n, version, text) VALUES (?, ?, ?, ?, ?)"
_SET_TIMER = """
    INSERT INTO timer (conversation, kind, due, epoch) VALUES (?, ?, ?, ?)
    ON CONFLICT (conversation, kind) DO UPDATE SET due = excluded.due, epoch = excluded.epoch
"""
_END_TIMER = "DELETE FROM timer WHERE conversation = ? AND kind = ?"
_HAS_COMMAND = "SELECT 1 FROM event WHERE conversation = ? AND author = ? AND command = ?"

_blob = bytearray
"""`sqlite3` asks of every value that is no number, text or `bytearray` how to adapt it, for a microsecond each."""


def append_all(connection: Connection, commits: Sequence[Commit], handles: Handles) -> bool:
    """Write them if all win, as nearly always: then each step is one statement for the whole group, and a command that
    is in the log already fails at the unique index, so it is not looked for. False: one does not win, or has bad data;
    the caller must roll back, and may try `append`."""
    moves: defaultdict[str, list[tuple[object, ...]]] = defaultdict(list)
    events: list[tuple[object, ...]] = []
    pieces: list[tuple[object, ...]] = []
    timers: list[tuple[object, ...]] = []
    for commit in commits:
        handle = handles.get(commit.key)
        if not handle and (handle := handle_of(connection, commit.key)):
            handles[commit.key] = handle
        if not handle or (len(commit.commands) > 1 and _knows_one(connection, handle, commit)):
            return False
        statement, row = _row_of(handle, commit)
        moves[statement].append(row)
        if commit.events:
            events += values.events(handle, commit, _blob)
        if commit.pieces:
            pieces += values.pieces(handle, commit)
        if commit.timers:
            timers += values.timers(handle, commit)
    try:
        for statement, rows in moves.items():
            if connection.executemany(statement, rows).rowcount != len(rows):
                return False
        _add(connection, events, pieces, timers)
    except IntegrityError:
        return False
    return True


def append(connection: Connection, commits: Sequence[Commit], handles: Handles) -> list[Verdict]:
    """Each commit that wins is written whole, of the others nothing. Raises what the database makes of bad data; then
    the caller must roll back."""
    verdicts = []
    events: list[tuple[object, ...]] = []
    pieces: list[tuple[object, ...]] = []
    timers: list[tuple[object, ...]] = []
    for commit in commits:
        handle = handles.pop(commit.key, None) or handle_of(connection, commit.key)
        verdict = _move(connection, handle, commit) if handle else Verdict.CONFLICT
        verdicts.append(verdict)
        if handle and verdict is Verdict.WON:
            handles[commit.key] = handle
            events += values.events(handle, commit, _blob)
            pieces += values.pieces(handle, commit)
            if commit.timers:
                timers += values.timers(handle, commit)
    _add(connection, events, pieces, timers)
    return verdicts


def create(connection: Connection, commit: Commit) -> None:
    row = (*values.row(commit), *values.columns(commit), *commit.key)
    handle = connection.execute(_ADD_CONVERSATION, row).lastrowid
    assert handle, "a row that was inserted has a number"
    _add(connection, values.events(handle, commit, _blob), values.pieces(handle, commit), values.timers(handle, commit))


def _move(connection: Connection, handle: int, commit: Commit) -> Verdict:
    """The commands are looked up first: were they left to their unique index, one repeat would fail the group."""
    if _knows_one(connection, handle, commit):
        return Verdict.CONFLICT
    statement, row = _row_of(handle, commit)
    if connection.execute(statement, row).rowcount == 1:
        return Verdict.WON
    newer = connection.execute(
        "SELECT 1 FROM conversation WHERE organisation = ? AND id = ? AND format > ?", (*commit.key, FORMAT)
    )
    return Verdict.REFUSED if newer.fetchone() else Verdict.CONFLICT


def _knows_one(connection: Connection, handle: int, commit: Commit) -> bool:
    """Whether one of its commands is in the log."""
    return any(connection.execute(_HAS_COMMAND, (handle, *command)).fetchone() for command in commit.commands)


def _row_of(handle: int, commit: Commit) -> tuple[str, tuple[object, ...]]:
    """The statement that moves the row, and its values."""
    if values.is_talk(commit):
        state = _blob(commit.row.state)
        return _TALK, (*values.talk(commit), state, handle, *commit.key, commit.expected, FORMAT)
    listed: Sequence[object] = ()
    statement = _MOVE
    if columns := commit.row.columns:
        statement = _MOVE_IN_LISTS if columns.contact is None else _MOVE_TO_CONTACT
        listed = [value for value in columns if value is not None]
    return statement, (*values.row(commit), *listed, handle, *commit.key, commit.expected, FORMAT)


def _add(
    connection: Connection,
    events: list[tuple[object, ...]],
    pieces: list[tuple[object, ...]],
    timers: list[tuple[object, ...]],
) -> None:
    """Events before pieces: a piece may come in one commit with the event that starts its message."""
    connection.executemany(_ADD_EVENT, events)
    if pieces:
        connection.executemany(_ADD_PIECE, pieces)
    for timer in timers:
        _, _, due, _ = timer
        connection.execute(_SET_TIMER if due else _END_TIMER, timer if due else timer[:2])
