"""The distributed lock of a takeover."""

from typing import Protocol

from intervene.core.ids import Key


class Leases(Protocol):
    """The distributed lock of a takeover: a hint that saves time, and never means more. It may fail silently."""

    def take(self, key: Key, epoch: int) -> None:
        """Say that `epoch` is being taken. Returns at once; replaced only by a higher epoch; gone after 10 s."""

    async def peek(self, key: Key) -> int:
        """The epoch being taken, 0 for none or unknown."""
