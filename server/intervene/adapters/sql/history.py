"""What is read of a log from its beginning on, on either engine."""

from collections.abc import Sequence
from typing import Any

import msgspec

from intervene.adapters.sql.database import AskText, Database, Query
from intervene.adapters.sql.queries import find
from intervene.core.events import Event
from intervene.core.history import WORDS
from intervene.core.ids import Key
from intervene.core.limits import ANSWER_BYTES, EVENT_MARGIN, HISTORY_ROWS
from intervene.ports.history import Strand, Stretch

_said = ", ".join(f"'{body.__struct_config__.tag}'" for body in WORDS)
_KINDS = {Strand.SAID: f"kind IN ({_said})", Strand.DONE: f"kind NOT IN ({_said})"}
_WHERE = "FROM event WHERE conversation = ? AND seq > ? AND seq <= ? AND"
SIZES = {strand: f"SELECT seq, length(data) {_WHERE} {kinds} ORDER BY seq" for strand, kinds in _KINDS.items()}
"""Long data stand outside of their row: their length is known without them."""
EVENTS = {strand: f"SELECT data {_WHERE} {kinds} ORDER BY seq" for strand, kinds in _KINDS.items()}

_decode_event = msgspec.json.Decoder(Event).decode


class SqlHistory:
    """`ports.History`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, key: Key, strand: Strand, after: int) -> Stretch | None:
        return await self._database.ask(_stretch(key, strand, after))


def _stretch(key: Key, strand: Strand, after: int) -> Query[Stretch | None]:
    row = yield from find(key)
    if row is None:
        return None
    after = min(after, row.state.seq)
    rows_end = min(after + HISTORY_ROWS, row.state.seq)
    sizes = yield AskText(SIZES[strand], (row.handle, after, rows_end))
    end = _fitting(sizes, rows_end)
    data = yield AskText(EVENTS[strand], (row.handle, after, end))
    return Stretch(row.state, tuple(_decode_event(encoded) for (encoded,) in data), end)


def _fitting(sizes: Sequence[Any], end: int) -> int:
    """The number of the last event before the first that does not fit."""
    room = ANSWER_BYTES
    for place, (seq, size) in enumerate(sizes):
        room -= size + EVENT_MARGIN
        if room < 0 and place:
            return int(seq) - 1
    return end
