"""Due work: turns that no node runs, and timers. Housekeeping reads it and gives commands to the engine; one that comes
twice or too late is refused by its fence."""

from collections.abc import Collection, Sequence
from typing import Protocol

from msgspec import Struct

from intervene.core.conversation.packing import FORMAT
from intervene.core.ids import Key, NodeId


class Work(Struct, frozen=True, gc=False):
    """One conversation with due work. `runner`: "" where a timer is due at `due`; "owed"; or the node that claimed the
    turn `turn`. `format` is the row's, as `packing.FORMAT`."""

    key: Key
    runner: str
    epoch: int
    turn: int
    due: int
    format: int = FORMAT


class Pending(Struct, frozen=True, gc=False):
    """A timer: `due`, and `since`, the conversation's last event; both on the database's clock."""

    key: Key
    epoch: int
    due: int
    since: int


class Schedule(Protocol):
    """All raise `Unavailable`."""

    async def now(self) -> int:
        """The database's clock, in milliseconds since 1970."""

    async def work(self, now: int, node: NodeId, others: Collection[NodeId]) -> Sequence[Work]:
        """What housekeeping of `node` looks at: turns that are owed, or claimed by a node that is not among `others`,
        those alive; timers that are due at `now`; and turns that `node` itself has claimed. At most 500 of each of the
        first two, the longest waiting first."""

    async def outdated(self, after: int, limit: int) -> tuple[Sequence[tuple[Key, bool]], int | None]:
        """Of the next `limit` rows, in the order of their handles, after that one: those of a format below
        `packing.FORMAT`, each with whether the conversation is open. With them the last handle, None at the end."""

    async def timers(self, after: int, limit: int) -> Sequence[Pending]:
        """The next timers: those due after that time (milliseconds since 1970), the earliest first."""
