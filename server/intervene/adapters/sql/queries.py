"""What the log asks on either engine: the row, and its lock where there is one, pages bounded in bytes, pieces.

Text and no expressions: it decides which rows are locked, and which bytes are loaded (docs/decisions/0005).
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from intervene.adapters.sql import amendments
from intervene.adapters.sql.database import AskFitting, AskText, Query
from intervene.adapters.sql.keys import key_of
from intervene.core.conversation import packing
from intervene.core.conversation.packing import COLUMNS, FORMAT, unpack
from intervene.core.conversation.state import Conversation
from intervene.core.errors import NewerRelease
from intervene.core.events import Event, Piece
from intervene.core.ids import Key
from intervene.core.limits import ANSWER_BYTES, PAGE_EVENTS
from intervene.ports.log import CommandKey, Range, Snapshot

NOTHING = Range(is_staff=True, limit=0)
"""For a snapshot without a page."""

_BESIDE_KEY = COLUMNS[len(Key._fields) :]
_ROW = f"SELECT handle, {', '.join(_BESIDE_KEY)} FROM conversation WHERE organisation = ? AND id = ?"
_LOCKED_ROW = f"{_ROW} FOR UPDATE"
_POSITIONS = "SELECT reader, n FROM read_position WHERE conversation = ? AND (reader = ? OR reader LIKE 'contact:%')"
_PIECES = "SELECT n, text FROM piece WHERE conversation = ? AND message = ? ORDER BY n"

_decode_event = msgspec.json.Decoder(Event).decode  # as it stands, for no screen: what is shown comes of `amendments`


class Row(NamedTuple):
    handle: int
    state: Conversation


def find(key: Key, *, lock: bool = False) -> Query[Row | None]:
    """The row of a conversation. Raises `Unavailable` if a newer release has written it."""
    for handle, *columns in (yield AskText(_LOCKED_ROW if lock else _ROW, key)):
        row = packing.Row(*key, *columns)  # its words: they are kept anyhow
        if row.format > FORMAT:
            raise NewerRelease("This conversation was written by a newer release.")
        return Row(handle, unpack(row))
    return None


def read(key: Key, range: Range, since: int | None) -> Query[Snapshot | None]:
    row = yield from find(key)
    if row is None:
        return None
    positions = dict((yield AskText(_POSITIONS, (row.handle, range.reader))) if range.reader else ())
    found = yield from snapshot(row, range, since)
    read = positions.pop(range.reader, 0)
    by_contact = max(positions.values(), default=0) if range.is_staff else 0
    return replace(found, read=read, contact_read=by_contact) if read or by_contact else found


def rehearse() -> Query[None]:
    """All that `find` and `snapshot` ask while a row is locked, of a conversation that there is not."""
    yield from find(key_of("", ""), lock=True)
    yield AskText(_PIECES, (0, ""))
    for is_amended in (False, True):
        yield AskFitting(_STAFF_EVENTS[is_amended], (0, 0, 0, 0), ANSWER_BYTES)
        yield AskText(_NAMED[is_amended], (0, 0))


def snapshot(row: Row, range: Range, since: int | None) -> Query[Snapshot]:
    pieces = yield from _pieces(row)
    page = yield from _page(row, range)
    return Snapshot(
        state=row.state,
        pieces=pieces,
        events=page.events,
        more=page.oldest > 1,
        reset=page.is_reset,
        missed=(yield from _missed(row, since)),
    )


class _Page(NamedTuple):
    events: tuple[Event, ...]
    oldest: int
    """The number with which it begins, also when it is empty."""
    is_reset: bool = False


def _page(row: Row, range: Range) -> Query[_Page]:
    newest = row.state.seq if range.is_staff else row.state.pub
    if range.after is not None:
        first, end = range.after[0] + 1, newest + 1
        if newest - range.limit < first <= end and (yield from _is_position(row, range)):
            page = yield from _newest(row, range, first, end)
            return page._replace(is_reset=page.oldest > first)
        return (yield from _newest(row, range, end - range.limit, end))._replace(is_reset=True)
    end = newest + 1 if range.before is None else min(range.before, newest + 1)
    return (yield from _newest(row, range, end - range.limit, end))


def _is_position(row: Row, range: Range) -> Query[bool]:
    """Whether the position is in this log. Number 0 is the beginning of any."""
    assert range.after is not None, "asked only of ranges that have one"
    number, id = range.after
    if number == 0:
        return True
    found = yield AskText(
        f"SELECT id FROM event WHERE conversation = ? AND seq >= ? AND {_number(range.is_staff)} = ? LIMIT 1",
        (row.handle, number, number),
    )
    return [found_id for (found_id,) in found] == [id]


def _newest(row: Row, range: Range, first: int, end: int) -> Query[_Page]:
    """The newest events of an audience that fit, of those from number `first` up to, not including, `end`."""
    first, is_amended = max(first, 1), row.state.counters.amended > 0
    if first >= end:
        return _Page((), end)
    if range.is_staff:
        ask = AskFitting(_STAFF_EVENTS[is_amended], (row.handle, first, end, end - first), range.most_bytes)
    else:
        # Where public events end with the log, nothing has to be looked for: no row has such a `seq`.
        beyond = end if end <= row.state.pub else row.state.seq + 1
        values = (row.handle, first, first, end, row.handle, beyond, end, row.state.seq + 1, end - first)
        ask = AskFitting(_PUBLIC_EVENTS[is_amended], values, range.most_bytes)
    events = tuple(amendments.decode(data, later) for _, data, later in reversed((yield ask)))
    return _Page(events, (events[0].seq if range.is_staff else events[0].pub) if events else end)


def named(row: Row, numbers: Iterable[int]) -> Query[dict[int, Event]]:
    """Those events by their numbers; what there is not is left out."""
    sql, found = _NAMED[row.state.counters.amended > 0], {}
    for number in set(numbers):
        for data, later in (yield AskText(sql, (row.handle, number))):
            found[number] = amendments.decode(data, later)
    return found


_LATEST = [f"{amendments.latest(is_amended)} AS latest" for is_amended in (False, True)]
_NAMED = [f"SELECT data, {latest} FROM event WHERE conversation = ? AND seq = ?" for latest in _LATEST]

_STAFF_EVENTS = [
    f"SELECT seq, data, {latest} FROM event WHERE conversation = ? AND seq >= ? AND seq < ? ORDER BY seq DESC LIMIT ?"
    for latest in _LATEST
]

_PUBLIC_EVENTS = [
    f"""
    SELECT seq, data, {latest} FROM event
    WHERE conversation = ? AND seq >= ? AND pub >= ? AND pub < ? AND seq < coalesce(
        (SELECT seq FROM event WHERE conversation = ? AND seq >= ? AND pub >= ? ORDER BY seq LIMIT 1), ?
    ) ORDER BY seq DESC LIMIT ?
    """
    for latest in _LATEST
]
"""Public numbers have no index: they never exceed `seq`, which has one, and are found a few rows after it."""


def _number(is_staff: bool) -> str:
    return "seq" if is_staff else "pub"


def _missed(row: Row, since: int | None) -> Query[tuple[Event, ...] | None]:
    if since is None:
        return ()
    if row.state.seq - since > PAGE_EVENTS:
        return None
    page = yield from _newest(row, NOTHING, since + 1, row.state.seq + 1)
    return page.events if page.oldest <= since + 1 else None


def _pieces(row: Row) -> Query[tuple[Piece, ...]]:
    stream = row.state.stream
    if stream is None:
        return ()
    rows = yield AskText(_PIECES, (row.handle, stream.message))
    return tuple(Piece(message=stream.message, n=n, text=text) for n, text in rows)


def known(rows: Sequence[Any]) -> dict[CommandKey, Event]:
    """Rows of author, command, data."""
    return {CommandKey(author, id): _decode_event(data) for author, id, data in rows}


def versions(rows: Sequence[Any]) -> dict[Key, int]:
    """Rows of organisation, id, version."""
    return {key_of(organisation, id): version for organisation, id, version in rows}
