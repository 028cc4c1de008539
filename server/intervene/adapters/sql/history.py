"""What is read of a log from its beginning on, on either engine."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec

from intervene.adapters.sql import amendments
from intervene.adapters.sql.database import AskText, Database, Query
from intervene.adapters.sql.queries import Row, find
from intervene.core.actors import Agent, Holder
from intervene.core.events import ControlChanged, Event
from intervene.core.history import WORDS, TakeoverTimes
from intervene.core.ids import AgentId, ConversationId, Key, OrganisationId
from intervene.core.limits import ANSWER_BYTES, EVENT_MARGIN, HISTORY_ROWS, SHARES_CONVERSATIONS, TAKEOVERS_PAGE
from intervene.core.takeover_sums import TakeoverLine
from intervene.ports.history import Controls, Place, Strand, Stretch, TakeoverPage

_said = ", ".join(f"'{body.__struct_config__.tag}'" for body in WORDS)
_KINDS = {Strand.SAID: f"kind IN ({_said})", Strand.DONE: f"kind NOT IN ({_said})"}
_WHERE = "FROM event WHERE conversation = ? AND seq > ? AND seq <= ? AND"


class _Asked(NamedTuple):
    """Of one strand."""

    sizes: str
    """Long data stand outside of their row: their length is known without them."""
    events: str


def _asked(strand: Strand, is_amended: bool) -> _Asked:
    latest, of_strand = amendments.latest(is_amended), f"{_WHERE} {_KINDS[strand]} ORDER BY seq"
    return _Asked(
        f"SELECT seq, length(data) + coalesce(length({latest}), 0) {of_strand}", f"SELECT data, {latest} {of_strand}"
    )


ASKED = {(strand, is_amended): _asked(strand, is_amended) for strand in Strand for is_amended in (False, True)}

_TIME_NAMES = ("committed_ms", "seen", "seen_ms", "bot_stopped_ms")
_TIMES = f"SELECT epoch, {', '.join(_TIME_NAMES)} FROM takeover WHERE conversation = ? AND epoch >= ? AND epoch <= ?"

_LOOKED_AT = """
    FROM takeover WHERE at >= ? AND at < ? AND (at, conversation, epoch) > (?, ?, ?) ORDER BY at, conversation, epoch
"""
LAST = f"SELECT at, conversation, epoch {_LOOKED_AT} LIMIT 1 OFFSET ?"
"""Where a page ends: of values that an index has."""
_TAKEN = "FROM event WHERE conversation = row.handle AND kind = 'control' AND epoch ="
TAKEOVERS = f"""
    SELECT it.conversation, row.id, it.epoch, it.at, it.agent, it.name, it.committed_ms, it.written,
        it.written_ms, it.seen, it.seen_ms, it.bot_stopped_ms,
        (SELECT seq {_TAKEN} it.epoch), (SELECT data {_TAKEN} it.epoch - 1),
        (SELECT count(*) FROM event AS late WHERE late.conversation = row.handle
            AND late.seq > (SELECT seq {_TAKEN} it.epoch) AND late.epoch < it.epoch)
    FROM (SELECT conversation, epoch, at, agent, name, committed_ms, written, written_ms, seen, seen_ms, bot_stopped_ms
        {_LOOKED_AT} LIMIT ?) AS it
    JOIN conversation AS row ON row.handle = it.conversation
    WHERE row.organisation = ? ORDER BY it.at, it.conversation, it.epoch LIMIT ?
"""
"""What is asked of the log are the control events, by their index, and the events behind one, by their key."""

CONTROLS = """
    SELECT event.conversation, event.data FROM (
        SELECT handle, changed_at FROM conversation WHERE organisation = ? AND changed_at >= ?
        ORDER BY changed_at DESC LIMIT ?
    ) AS row JOIN event ON event.conversation = row.handle AND event.kind = 'control'
    ORDER BY row.changed_at DESC, event.conversation, event.seq
"""

_decode_event = msgspec.json.Decoder(Event).decode


class SqlHistory:
    """`ports.History`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, key: Key, strand: Strand, after: int) -> Stretch | None:
        return await self._database.ask(_stretch(key, strand, after))

    async def read_back(self, key: Key, strand: Strand, before: int) -> Stretch | None:
        return await self._database.ask(_stretch_back(key, strand, before))

    async def takeovers(self, organisation: OrganisationId, since: int, until: int, after: Place) -> TakeoverPage:
        return await self._database.ask(_takeovers(organisation, since, until, after))

    async def controls(self, organisation: OrganisationId, since: int) -> Controls:
        return await self._database.ask(_controls(organisation, since))


def _stretch(key: Key, strand: Strand, after: int) -> Query[Stretch | None]:
    row = yield from find(key)
    if row is None:
        return None
    after = min(after, row.state.seq)
    rows_end = min(after + HISTORY_ROWS, row.state.seq)
    asked = ASKED[strand, row.state.counters.amended > 0]
    end = _fitting((yield AskText(asked.sizes, (row.handle, after, rows_end))), rows_end)
    return (yield from _read(row, asked, after, end))


def _stretch_back(key: Key, strand: Strand, before: int) -> Query[Stretch | None]:
    row = yield from find(key)
    if row is None:
        return None
    end = min(before - 1, row.state.seq) if before else row.state.seq
    rows_begin = max(end - HISTORY_ROWS, 0)
    asked = ASKED[strand, row.state.counters.amended > 0]
    sizes = yield AskText(asked.sizes, (row.handle, rows_begin, end))
    after = _fitting(sizes[::-1], rows_begin, step=0)
    return (yield from _read(row, asked, after, end))


def _read(row: Row, asked: _Asked, after: int, end: int) -> Query[Stretch]:
    found = yield AskText(asked.events, (row.handle, after, end))
    events = tuple(amendments.decode(data, later) for data, later in found)
    epochs = [event.epoch for event in events if isinstance(event.body, ControlChanged)]
    times = (yield AskText(_TIMES, (row.handle, epochs[0], epochs[-1]))) if epochs else ()
    kept = {epoch: TakeoverTimes(**dict(zip(_TIME_NAMES, columns, strict=True))) for epoch, *columns in times}
    return Stretch(row.state, events, end, after, kept)


def _fitting(sizes: Sequence[Any], end: int, step: int = 1) -> int:
    """The number of the last event before the first that does not fit; with `step` 0, of that one."""
    room = ANSWER_BYTES
    for place, (seq, size) in enumerate(sizes):
        room -= size + EVENT_MARGIN
        if room < 0 and place:
            return int(seq) - step
    return end


def _takeovers(organisation: OrganisationId, since: int, until: int, after: Place) -> Query[TakeoverPage]:
    looked_at = (since, until, *after)
    last = yield AskText(LAST, (*looked_at, HISTORY_ROWS - 1))
    rows = yield AskText(TAKEOVERS, (*looked_at, HISTORY_ROWS, organisation, TAKEOVERS_PAGE))
    lines = tuple(_line(*row[1:]) for row in rows)
    if len(rows) == TAKEOVERS_PAGE:
        handle, _, epoch, at, *_ = rows[-1]
        return TakeoverPage(lines, Place(at, handle, epoch))
    return TakeoverPage(lines, Place(*last[0]) if last else None)


def _controls(organisation: OrganisationId, since: int) -> Query[Controls]:
    rows = yield AskText(CONTROLS, (organisation, since, SHARES_CONVERSATIONS + 1))
    those = [tuple(_decode_event(data) for _, data in each) for _, each in groupby(rows, key=itemgetter(0))]
    return Controls(tuple(those[:SHARES_CONVERSATIONS]), len(those) > SHARES_CONVERSATIONS)


def _line(id: str, epoch: int, at: int, agent: str, name: str, *rest: Any) -> TakeoverLine:
    committed_ms, written, written_ms, seen, seen_ms, bot_stopped_ms, seq, former, late = rest
    return TakeoverLine(
        conversation=ConversationId(id), epoch=epoch, seq=seq or 0, at=at, by=Agent(id=AgentId(agent), name=name),
        taken_from=_holder(former), late=late, committed_ms=committed_ms, written=written, written_ms=written_ms,
        seen=seen, seen_ms=seen_ms, bot_stopped_ms=bot_stopped_ms,
    )  # fmt: skip


def _holder(control: bytes | None) -> Holder | None:
    body = _decode_event(control).body if control else None
    return body.holder if isinstance(body, ControlChanged) else None
