"""In place of `Membership`, in a process whose database no other process can open."""

import asyncio
from collections.abc import Callable, Sequence

from intervene.core.conversation.packing import FORMAT
from intervene.core.ids import Key, NodeId
from intervene.core.timing import Timing


class Alone:
    """Whatever another node left in the database is of a former life. `is_up`: whether the database takes writes."""

    format = FORMAT
    written = 0
    is_polling = False
    missing_on_hub: Sequence[NodeId] = ()

    def __init__(self, node: NodeId, is_up: Callable[[], bool], timing: Timing) -> None:
        self.beats = 0
        """As of `Membership`: nothing is written, and those count at which something could have been."""
        self._node = node
        self._is_up = is_up
        self._timing = timing

    async def keep(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(self._timing.heartbeat)
            self.beats += self._is_up()

    @property
    def is_writing(self) -> bool:
        return self._is_up()

    @property
    def is_ready(self) -> bool:
        return self._is_up()

    def is_gone(self, node: NodeId) -> bool:
        return node != self._node

    def format_of(self, node: NodeId) -> int:
        return FORMAT

    def peers(self) -> Sequence[NodeId]:
        return ()

    def receive_heartbeat(self, node: NodeId, can_write: bool) -> None: ...

    def gap(self, keys: Sequence[Key]) -> None: ...

    def compare(self) -> None: ...

    def lost(self) -> None: ...
