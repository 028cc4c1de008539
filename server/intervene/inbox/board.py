"""The open conversations of one organisation as this node has them, without I/O.

Rows come from the database, from commits of this node and from those of others, in any order and any number of times.
One rule: the newest version of a row wins, and what was before is what the board had. So a list that follows what
`take` answers is what a list would be that is made of the rows now.
"""

from bisect import bisect_left, insort
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from intervene.core.actors import Agent, Bot, Nobody
from intervene.core.ids import AgentId, ConversationId, QueueId, StatusId
from intervene.core.limits import BOARD_ROWS
from intervene.core.wire.inbox import Listed, Place, Row, place


class Change(NamedTuple):
    """What the board had of a conversation and what it has now, None for nothing: it was closed, or there is no such
    one, or there are too many others. `closed`: the row, if it is closed."""

    before: Row | None
    after: Row | None
    closed: Row | None = None


class Kind(NamedTuple):
    """What open conversations are counted by."""

    queue: QueueId
    list: Listed
    status: StatusId


class _Entry(NamedTuple):
    version: int
    row: Row
    place: Place


GONE = 20_000  # conversations that have left, remembered: a late row must not bring one back


class Board:
    """At most `limit` rows: what waits, what agents hold, and then what bots hold, those that changed last."""

    def __init__(self, limit: int = BOARD_ROWS) -> None:
        self.limit = limit
        self.is_truncated = False
        """There are more than the limit."""
        self.sums: Counter[Kind] = Counter()
        self.held: defaultdict[AgentId, set[ConversationId]] = defaultdict(set)
        self._entries: dict[ConversationId, _Entry] = {}
        self._order: list[Place] = []
        self._gone: OrderedDict[ConversationId, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Row]:
        """In the order of lists."""
        return (self._entries[ConversationId(id)].row for _, _, id in self._order)

    def get(self, id: ConversationId) -> Row | None:
        entry = self._entries.get(id)
        return entry.row if entry else None

    def held_by(self, agent: AgentId) -> Iterator[Row]:
        return (self._entries[id].row for id in self.held.get(agent, ()))

    def take(self, version: int, row: Row) -> list[Change]:
        """A row as it was at that version. Answers what has changed by it, on the board or of closed rows: nothing if
        it is not newer, and another one too, if that had to make room."""
        entry = self._entries.get(row.id)
        if version <= (entry.version if entry else self._gone.get(row.id, 0)):
            return []
        if not row.is_open:
            self._forget(row.id, version)
            return [Change(entry.row if entry else None, None, row)]
        if entry and entry.row == row:
            self._entries[row.id] = entry._replace(version=version)
            return []
        if entry:
            self._remove(entry)
        self._gone.pop(row.id, None)
        self._add(_Entry(version, row, place(row)))
        change = Change(entry.row if entry else None, row)
        return [change] if len(self._entries) <= self.limit else self._make_room(change)

    def drop(self, id: ConversationId) -> list[Change]:
        """There is no such conversation: the database is an older one."""
        entry = self._entries.get(id)
        self._gone.pop(id, None)
        if entry is None:
            return []
        self._remove(entry)
        return [Change(entry.row, None)]

    # -- comparing with the database -----------------------------------------------------------------------------------

    def versions(self) -> dict[ConversationId, int]:
        return {id: entry.version for id, entry in self._entries.items()}

    def differing(
        self, had: Mapping[ConversationId, int], found: Mapping[ConversationId, int]
    ) -> Collection[ConversationId]:
        """Which rows to read again. `had`: our versions when the database was asked, `found`: its own, by the query
        that the board was loaded with. What we have got since is not older than what was found."""
        newer = [id for id, version in found.items() if version != had.get(id, 0) and self._version(id) < version]
        older = [id for id, version in had.items() if found.get(id, 0) < version and self._version(id) == version]
        return {*newer, *older}

    def _version(self, id: ConversationId) -> int:
        entry = self._entries.get(id)
        return entry.version if entry else self._gone.get(id, 0)

    # -- within --------------------------------------------------------------------------------------------------------

    def _add(self, entry: _Entry) -> None:
        row = entry.row
        self._entries[row.id] = entry
        insort(self._order, entry.place)
        self.sums[_kind(row)] += 1
        if isinstance(row.holder, Agent):
            self.held[row.holder.id].add(row.id)

    def _remove(self, entry: _Entry) -> None:
        row = entry.row
        del self._entries[row.id]
        del self._order[bisect_left(self._order, entry.place)]
        kind = _kind(row)
        self.sums[kind] -= 1
        if not self.sums[kind]:
            del self.sums[kind]
        if isinstance(row.holder, Agent):
            self.held[row.holder.id].discard(row.id)
            if not self.held[row.holder.id]:
                del self.held[row.holder.id]

    def _forget(self, id: ConversationId, version: int) -> None:
        if entry := self._entries.get(id):
            self._remove(entry)
        self._gone[id] = version
        self._gone.move_to_end(id)
        if len(self._gone) > GONE:
            self._gone.popitem(last=False)

    def _make_room(self, change: Change) -> list[Change]:
        """The bot's that has been silent longest goes; if bots have none, the last of all."""
        self.is_truncated = True
        last = next((row for row in reversed(self) if isinstance(row.holder, Bot)), None)
        out = last or self._entries[ConversationId(self._order[-1][2])].row
        self._forget(out.id, self._entries[out.id].version)
        if change.after is not None and out.id == change.after.id:
            return [change._replace(after=None)] if change.before else []
        return [change, Change(out, None)]

    def __reversed__(self) -> Iterator[Row]:
        return (self._entries[ConversationId(id)].row for _, _, id in reversed(self._order))


def _kind(row: Row) -> Kind:
    return Kind(row.queue, _listed(row), row.status)


def _listed(row: Row) -> Listed:
    match row.holder:
        case Nobody():
            return Listed.WAITING
        case Agent():
            return Listed.AGENT
        case Bot():
            return Listed.BOT
