"""How far each reader has read; beside the log, without a fence."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from intervene.core.ids import Key
from intervene.ports.takeover_times import Takeover

HOLDER = "holder"
"""The reader whose position customers are shown: in `pub`, up to where those have read who held control."""


class Moved(NamedTuple):
    """Where a reader has come to now, in `seq`, and where `HOLDER` has, in `pub`; 0 for what has not moved."""

    n: int = 0
    pub: int = 0


class Directory(Protocol):
    """What stands beside the log and needs no fence. Last writer wins, but for read positions: there the highest."""

    async def keep_takeovers(self, takeovers: Sequence[tuple[Key, Takeover]]) -> None:
        """Insert or replace, by conversation and epoch."""

    async def takeovers(self, key: Key) -> Sequence[Takeover]:
        """In order of their epochs."""

    async def keep_read(self, key: Key, reader: str, n: int, held: int = -1) -> Moved:
        """`reader` (`events.author_key`) has read up to `n`, in their own count. Not below 0, `held` says that they are
        or became the agent who holds control, and have read up to there as such, or up to what was kept of them before:
        that moves the position `HOLDER`, which counts as customers do. Answers what has moved."""

    async def read_positions(self, key: Key) -> Mapping[str, int]: ...
