"""The times of takeovers, kept beside the log."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from intervene.core.actors import Agent
from intervene.core.ids import Key


class Takeover(Struct, frozen=True, kw_only=True, gc=False):
    """The times of one takeover, in milliseconds since the click reached the server; -1 while unknown. `at` is when
    the click reached it, in milliseconds since 1970."""

    epoch: int
    by: Agent
    at: int
    committed_ms: float
    written: int = 0
    written_ms: float = -1.0
    seen: int = 0
    seen_ms: float = -1.0
    bot_stopped_ms: float = -1.0


class TakeoverTimes(Protocol):
    """Needs no fence: the last writer wins. What is kept of a conversation that does not exist is dropped. All raise
    `Unavailable`."""

    async def keep(self, takeovers: Sequence[tuple[Key, Takeover]]) -> None:
        """Insert or replace, by conversation and epoch."""

    async def of(self, key: Key) -> Sequence[Takeover]:
        """In the order of their epochs."""
