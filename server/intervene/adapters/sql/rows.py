"""The statements of the log in SQLite: rows to values and back, in a transaction that the caller has begun."""

from collections.abc import Iterable, Sequence
from sqlite3 import Connection
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from intervene.core.conversation import FORMAT, Conversation, Running, unpack
from intervene.core.errors import Unavailable
from intervene.core.events import Event, Piece, author_key
from intervene.core.ids import ConversationId, Key, OrganisationId
from intervene.core.limits import PAGE_EVENTS
from intervene.ports import CommandKey, Item, Range, Receipt, Snapshot, Verdict, Work

MOST_WORK = 500

_decode_event = msgspec.json.Decoder(Event).decode


class Row(NamedTuple):
    handle: int
    state: Conversation
    """Without its `written` text."""


# -- reading -----------------------------------------------------------------------------------------------------------


def handle_of(connection: Connection, key: Key) -> int | None:
    found = connection.execute("SELECT handle FROM conversation WHERE organisation = ? AND id = ?", key).fetchone()
    return found and int(found[0])


def find(connection: Connection, key: Key) -> Row | None:
    """The row of a conversation. Raises `Unavailable` if a newer release has written it."""
    found = connection.execute(
        "SELECT handle, format, state FROM conversation WHERE organisation = ? AND id = ?", key
    ).fetchone()
    if found is None:
        return None
    handle, format, state = found
    if format > FORMAT:
        raise Unavailable("This conversation was written by a newer release.")
    return Row(handle, unpack(state))


def snapshot(connection: Connection, row: Row, range: Range, since: int | None) -> Snapshot:
    pieces = _pieces(connection, row)
    page = _page(connection, row, range)
    return Snapshot(
        state=_with_text(row.state, pieces),
        pieces=pieces,
        events=page.events,
        more=page.oldest > 1,
        reset=page.is_reset,
        missed=_missed(connection, row, since),
    )


class _Page(NamedTuple):
    events: tuple[Event, ...]
    oldest: int
    """The number with which it begins, also when it is empty."""
    is_reset: bool = False


def _page(connection: Connection, row: Row, range: Range) -> _Page:
    newest = row.state.seq if range.is_staff else row.state.pub
    if range.after is not None:
        first = range.after[0] + 1
        if newest - range.limit < first <= newest + 1 and _is_position(connection, row, range):
            return _Page(_numbered(connection, row, range.is_staff, first, newest + 1), first)
        is_reset, end = True, newest + 1
    else:
        is_reset, end = False, newest + 1 if range.before is None else min(range.before, newest + 1)
    first = max(end - range.limit, 1)
    return _Page(_numbered(connection, row, range.is_staff, first, end), first, is_reset)


def _is_position(connection: Connection, row: Row, range: Range) -> bool:
    """Whether the position is in this log. Number 0 is the beginning of any."""
    assert range.after is not None, "asked only of ranges that have one"
    number, id = range.after
    if number == 0:
        return True
    found = connection.execute(
        f"SELECT id FROM event WHERE conversation = ? AND seq >= ? AND {_number(range.is_staff)} = ? LIMIT 1",
        (row.handle, number, number),
    ).fetchone()
    return found is not None and found[0] == id


def _numbered(connection: Connection, row: Row, is_staff: bool, first: int, end: int) -> tuple[Event, ...]:
    """The events of an audience from number `first` up to, not including, `end`.

    Public numbers have no index: they never exceed `seq`, which has one, and are found a few rows after it.
    """
    if first >= end:
        return ()
    number = _number(is_staff)
    rows = connection.execute(
        f"SELECT data FROM event WHERE conversation = ? AND seq >= ? AND {number} >= ? AND {number} < ?"
        " ORDER BY seq LIMIT ?",
        (row.handle, first, first, end, end - first),
    )
    return tuple(_decode_event(data) for (data,) in rows)


def _number(is_staff: bool) -> str:
    return "seq" if is_staff else "pub"


def _missed(connection: Connection, row: Row, since: int | None) -> tuple[Event, ...] | None:
    if since is None:
        return ()
    if row.state.seq - since > PAGE_EVENTS:
        return None
    return _numbered(connection, row, True, since + 1, row.state.seq + 1)


def _pieces(connection: Connection, row: Row) -> tuple[Piece, ...]:
    stream = row.state.stream
    if stream is None:
        return ()
    rows = connection.execute(
        "SELECT n, text FROM piece WHERE conversation = ? AND message = ? ORDER BY n", (row.handle, stream.message)
    )
    return tuple(Piece(message=stream.message, n=n, text=text) for n, text in rows)


def _with_text(state: Conversation, pieces: Sequence[Piece]) -> Conversation:
    return replace(state, written="".join(piece.text for piece in pieces)) if pieces else state


def known(connection: Connection, handle: int, commands: Iterable[CommandKey]) -> dict[CommandKey, Receipt]:
    receipts = {}
    for command in commands:
        found = connection.execute(
            "SELECT seq, pub, epoch, at FROM event WHERE conversation = ? AND author = ? AND command = ?",
            (handle, *command),
        ).fetchone()
        if found:
            seq, pub, epoch, at = found
            receipts[command] = Receipt(seq=seq, pub=pub, epoch=epoch, at=at)
    return receipts


def versions(connection: Connection, keys: Sequence[Key]) -> dict[Key, int]:
    rows = connection.execute(
        """
        SELECT row.organisation, row.id, row.version FROM json_each(?) AS wanted JOIN conversation AS row
        ON row.organisation = json_extract(wanted.value, '$[0]') AND row.id = json_extract(wanted.value, '$[1]')
        """,
        (msgspec.json.encode(keys).decode(),),
    )
    return {_key(organisation, id): version for organisation, id, version in rows}


def work(connection: Connection, now: int) -> list[Work]:
    rows = connection.execute(
        """
        SELECT organisation, id, runner, epoch, due, state, changed_at AS since FROM conversation
        WHERE runner <> '' AND format <= :format
        UNION ALL
        SELECT organisation, id, runner, epoch, due, state, due AS since FROM conversation
        WHERE due > 0 AND due <= :now AND runner = '' AND format <= :format
        ORDER BY since LIMIT :most
        """,
        {"format": FORMAT, "now": now, "most": MOST_WORK},
    )
    return [
        Work(key=_key(organisation, id), runner=runner, epoch=epoch, turn=_turn(state), due=due)
        for organisation, id, runner, epoch, due, state, _ in rows
    ]


def _turn(state: bytes) -> int:
    turn = unpack(state).turn
    return turn.number if isinstance(turn, Running) else 0


def next_due(connection: Connection) -> int | None:
    due: int | None = connection.execute("SELECT min(due) FROM conversation WHERE due > 0").fetchone()[0]
    return due


def now(connection: Connection) -> int:
    milliseconds: int = connection.execute(
        "SELECT CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"
    ).fetchone()[0]
    return milliseconds


def recent(connection: Connection, organisation: OrganisationId, limit: int) -> list[Conversation]:
    found = connection.execute(
        "SELECT handle, state FROM conversation WHERE organisation = ? AND format <= ?"
        " ORDER BY changed_at DESC LIMIT ?",
        (organisation, FORMAT, limit),
    )
    rows = [Row(handle, unpack(state)) for handle, state in found]
    return [_with_text(row.state, _pieces(connection, row)) for row in rows]


def _key(organisation: str, id: str) -> Key:
    return Key(OrganisationId(organisation), ConversationId(id))


# -- writing -----------------------------------------------------------------------------------------------------------

Handles = dict[Key, int]
"""Remembered from one transaction to the next. They may be wrong: whoever uses one compares organisation and id too."""

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


def write(connection: Connection, items: Sequence[Item], handles: Handles) -> list[Verdict]:
    """Each item that wins is written whole, of the others nothing. Raises what the database makes of bad data; then
    the caller must roll back."""
    verdicts = []
    events: list[tuple[object, ...]] = []
    pieces: list[tuple[object, ...]] = []
    for item in items:
        handle = handles.pop(item.key, None) or handle_of(connection, item.key)
        verdict = _move(connection, handle, item) if handle else Verdict.CONFLICT
        verdicts.append(verdict)
        if handle and verdict is Verdict.WON:
            handles[item.key] = handle
            events += _event_rows(handle, item)
            pieces += _piece_rows(handle, item)
    if len(handles) > MOST_HANDLES:
        handles.clear()
    _add(connection, events, pieces)
    return verdicts


def create(connection: Connection, item: Item) -> None:
    handle = connection.execute(_ADD_CONVERSATION, (*_columns(item.after, item.state), *item.key)).lastrowid
    assert handle, "a row that was inserted has a number"
    _add(connection, _event_rows(handle, item), _piece_rows(handle, item))


def _move(connection: Connection, handle: int, item: Item) -> Verdict:
    """The commands are looked up first: were they left to their unique index, one repeat would fail the group."""
    for command in item.commands:
        if connection.execute(_HAS_COMMAND, (handle, *command)).fetchone():
            return Verdict.CONFLICT
    columns = _columns(item.after, item.state)
    if connection.execute(_MOVE, (*columns, handle, *item.key, item.expected, FORMAT)).rowcount == 1:
        return Verdict.WON
    newer = connection.execute(
        "SELECT 1 FROM conversation WHERE organisation = ? AND id = ? AND format > ?", (*item.key, FORMAT)
    )
    return Verdict.REFUSED if newer.fetchone() else Verdict.CONFLICT


def _add(connection: Connection, events: list[tuple[object, ...]], pieces: list[tuple[object, ...]]) -> None:
    """Events before pieces: a piece may come in one commit with the event that starts its message."""
    connection.executemany(_ADD_EVENT, events)
    if pieces:
        connection.executemany(_ADD_PIECE, pieces)


def _columns(state: Conversation, packed: bytes) -> tuple[object, ...]:
    due = state.run.due if state.run else 0
    return state.version, state.seq, state.pub, state.epoch, state.runner, due, FORMAT, state.last_at, packed


def _event_rows(handle: int, item: Item) -> list[tuple[object, ...]]:
    version = item.after.version
    return [
        (
            handle,
            event.seq,
            event.pub,
            version,
            event.epoch,
            event.body.__struct_config__.tag,
            event.id,
            author_key(event.author),
            event.command or None,
            event.turn,
            getattr(event.body, "message", None),
            event.at,
            data,
        )
        for event, data in item.events
    ]


def _piece_rows(handle: int, item: Item) -> list[tuple[object, ...]]:
    return [(handle, piece.message, piece.n, item.after.version, piece.text) for piece in item.pieces]
