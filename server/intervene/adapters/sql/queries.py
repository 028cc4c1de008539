"""What is asked in SQL, said once for both engines: a query is a generator that yields statements, is sent their rows
and returns a value. It knows of no connection; who runs it begins the transaction. Values stand in for `?`.
"""

from collections.abc import Collection, Generator, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

import msgspec
from msgspec.structs import replace

from intervene.core.conversation import FORMAT, Conversation, Running, unpack
from intervene.core.errors import NewerRelease
from intervene.core.events import Event, Piece
from intervene.core.ids import ConversationId, Key, NodeId, OrganisationId
from intervene.core.limits import PAGE_EVENTS
from intervene.ports import CommandKey, Range, Receipt, Snapshot, Work

T = TypeVar("T")

MOST_WORK = 500
MOST_CLAIMS = 5000
NOTHING = Range(is_staff=True, limit=0)
"""For a snapshot without a page."""

_PIECES = "SELECT n, text FROM piece WHERE conversation = ? AND message = ? ORDER BY n"

_decode_event = msgspec.json.Decoder(Event).decode


class Ask(NamedTuple):
    sql: str
    values: Sequence[object] = ()


class Each(NamedTuple):
    """One statement for each of `rows`; what it answers is not told."""

    sql: str
    rows: Sequence[Sequence[object]]


Query = Generator[Ask | Each, Sequence[Any], T]


class Database(Protocol):
    """One SQL database. Both raise `Unavailable`, and whatever of ours the query raises."""

    async def ask(self, query: Query[T]) -> T:
        """What the query answers, on one snapshot."""

    async def tell(self, query: Query[T]) -> T:
        """The same in one transaction that writes; its value once it is durable. Whoever awaits may go away: it is
        written all the same."""


class Row(NamedTuple):
    handle: int
    state: Conversation
    """Without its `written` text."""


def find(key: Key, *, lock: bool = False) -> Query[Row | None]:
    """The row of a conversation. Raises `Unavailable` if a newer release has written it."""
    sql = "SELECT handle, format, state FROM conversation WHERE organisation = ? AND id = ?"
    for handle, format, state in (yield Ask(sql + " FOR UPDATE" if lock else sql, key)):
        if format > FORMAT:
            raise NewerRelease("This conversation was written by a newer release.")
        return Row(handle, unpack(state))
    return None


def read(key: Key, range: Range, since: int | None) -> Query[Snapshot | None]:
    row = yield from find(key)
    return (yield from snapshot(row, range, since)) if row else None


def rehearse() -> Query[None]:
    """All that `find` and `snapshot` ask while a row is locked, of a conversation that there is not."""
    yield from find(_key("", ""), lock=True)
    yield Ask(_PIECES, (0, ""))
    yield Ask(_events(is_staff=True), (0, 0, 0, 0, 0))


def snapshot(row: Row, range: Range, since: int | None) -> Query[Snapshot]:
    pieces = yield from _pieces(row)
    page = yield from _page(row, range)
    return Snapshot(
        state=_with_text(row.state, pieces),
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
        first = range.after[0] + 1
        if newest - range.limit < first <= newest + 1 and (yield from _is_position(row, range)):
            return _Page((yield from _numbered(row, range.is_staff, first, newest + 1)), first)
        is_reset, end = True, newest + 1
    else:
        is_reset, end = False, newest + 1 if range.before is None else min(range.before, newest + 1)
    first = max(end - range.limit, 1)
    return _Page((yield from _numbered(row, range.is_staff, first, end)), first, is_reset)


def _is_position(row: Row, range: Range) -> Query[bool]:
    """Whether the position is in this log. Number 0 is the beginning of any."""
    assert range.after is not None, "asked only of ranges that have one"
    number, id = range.after
    if number == 0:
        return True
    found = yield Ask(
        f"SELECT id FROM event WHERE conversation = ? AND seq >= ? AND {_number(range.is_staff)} = ? LIMIT 1",
        (row.handle, number, number),
    )
    return [found_id for (found_id,) in found] == [id]


def _numbered(row: Row, is_staff: bool, first: int, end: int) -> Query[tuple[Event, ...]]:
    """The events of an audience from number `first` up to, not including, `end`.

    Public numbers have no index: they never exceed `seq`, which has one, and are found a few rows after it.
    """
    if first >= end:
        return ()
    rows = yield Ask(_events(is_staff), (row.handle, first, first, end, end - first))
    return tuple(_decode_event(data) for (data,) in rows)


def _events(is_staff: bool) -> str:
    number = _number(is_staff)
    return (
        f"SELECT data FROM event WHERE conversation = ? AND seq >= ? AND {number} >= ? AND {number} < ?"
        " ORDER BY seq LIMIT ?"
    )


def _number(is_staff: bool) -> str:
    return "seq" if is_staff else "pub"


def _missed(row: Row, since: int | None) -> Query[tuple[Event, ...] | None]:
    if since is None:
        return ()
    if row.state.seq - since > PAGE_EVENTS:
        return None
    return (yield from _numbered(row, True, since + 1, row.state.seq + 1))


def _pieces(row: Row) -> Query[tuple[Piece, ...]]:
    stream = row.state.stream
    if stream is None:
        return ()
    rows = yield Ask(_PIECES, (row.handle, stream.message))
    return tuple(Piece(message=stream.message, n=n, text=text) for n, text in rows)


def _with_text(state: Conversation, pieces: Sequence[Piece]) -> Conversation:
    return replace(state, written="".join(piece.text for piece in pieces)) if pieces else state


def receipts(rows: Sequence[Any]) -> dict[CommandKey, Receipt]:
    """Rows of author, command, seq, pub, epoch, at."""
    return {
        CommandKey(author, id): Receipt(seq=seq, pub=pub, epoch=epoch, at=at)
        for author, id, seq, pub, epoch, at in rows
    }


def versions(rows: Sequence[Any]) -> dict[Key, int]:
    """Rows of organisation, id, version."""
    return {_key(organisation, id): version for organisation, id, version in rows}


def work(now: int, node: NodeId, others: Collection[NodeId]) -> Query[list[Work]]:
    """Turns that run as they should must not hide what waits, so each part has a limit of its own."""
    columns = "organisation, id, runner, epoch, due, state, format"
    living = [node, *sorted(others)]
    found: list[Any] = []
    for condition, values, order, most in (
        (f"runner <> '' AND runner NOT IN ({', '.join('?' * len(living))})", living, "changed_at", MOST_WORK),
        ("due > 0 AND due <= ? AND runner = ''", [now], "due", MOST_WORK),
        ("runner = ? AND runner <> ''", [node], "changed_at", MOST_CLAIMS),
    ):
        sql = f"SELECT {columns} FROM conversation WHERE {condition} AND format <= ? ORDER BY {order} LIMIT ?"
        found += yield Ask(sql, (*values, FORMAT, most))
    return [
        Work(key=_key(organisation, id), runner=runner, epoch=epoch, turn=_turn(state), due=due, format=format)
        for organisation, id, runner, epoch, due, state, format in found
    ]


def _turn(state: bytes) -> int:
    turn = unpack(state).turn
    return turn.number if isinstance(turn, Running) else 0


def next_due(after: int) -> Query[int | None]:
    ((due,),) = yield Ask("SELECT min(due) FROM conversation WHERE due > 0 AND due > ?", (after,))
    return due  # type: ignore[no-any-return]  # what a driver answers has no type


def recent(organisation: OrganisationId, limit: int) -> Query[list[Conversation]]:
    found = yield Ask(
        "SELECT handle, state FROM conversation WHERE organisation = ? AND format <= ?"
        " ORDER BY changed_at DESC LIMIT ?",
        (organisation, FORMAT, limit),
    )
    states = []
    for handle, state in found:
        row = Row(handle, unpack(state))
        states.append(_with_text(row.state, (yield from _pieces(row))))
    return states


def conversation_of(channel_id: tuple[str, str, str]) -> Query[ConversationId | None]:
    """Who somebody is: organisation, channel, address."""
    rows = yield Ask(
        "SELECT conversation FROM channel_id WHERE organisation = ? AND channel = ? AND address = ?", channel_id
    )
    return next((ConversationId(id) for (id,) in rows), None)


def _key(organisation: str, id: str) -> Key:
    return Key(OrganisationId(organisation), ConversationId(id))
