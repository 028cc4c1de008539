"""How far each reader has read; beside the log, without a fence."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from intervene.core.ids import ConversationId, Key, OrganisationId

HOLDER = "holder"
"""The reader whose position customers are shown: in `pub`, up to where those have read who held control."""


class Moved(NamedTuple):
    """Where a reader has come to now, in `seq`, and where `HOLDER` has, in `pub`; 0 for what has not moved."""

    n: int = 0
    pub: int = 0


class ReadPositions(Protocol):
    """A position never falls. What is kept of a conversation that does not exist is dropped. All raise
    `Unavailable`."""

    async def keep(self, key: Key, reader: str, n: int, held: int = -1) -> Moved:
        """`reader` (`events.author_key`) has read up to `n`, in their own count. `held` from 0 up says that they are or
        became the agent with control, and have read up to there as such, or up to what was kept of them before: that
        moves the position `HOLDER`, which counts as customers do. Answers what has moved."""

    async def of_many(
        self, organisation: OrganisationId, ids: Sequence[ConversationId]
    ) -> Mapping[ConversationId, Mapping[str, int]]:
        """Of each reader of those conversations that have one."""

    async def of(self, key: Key) -> Mapping[str, int]:
        """Of each reader."""
