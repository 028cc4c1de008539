"""Addresses that were given up. `Log.open` asks for it under the address's lock (docs/decisions/0012)."""

from collections.abc import Sequence
from typing import Protocol

from intervene.core.ids import ChannelId


class Addresses(Protocol):
    """All raise `Unavailable`."""

    async def spend(self, address: ChannelId) -> None:
        """Give it up for ever, also one that has no conversation. Twice is once."""

    async def spent_since(self, at: int, limit: int) -> Sequence[tuple[int, ChannelId]]:
        """Addresses that were given up at that time or later, the earliest first, each with its time: milliseconds
        since 1970, on the database's clock, at which the transaction began to write."""
