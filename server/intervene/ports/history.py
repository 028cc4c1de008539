"""What is read of a log from its beginning on."""

from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from intervene.core.conversation.state import Conversation
from intervene.core.events import Event
from intervene.core.ids import Key


class Strand(StrEnum):
    SAID = "said"
    """Messages and notes."""
    DONE = "done"
    """All else."""


class Stretch(Struct, frozen=True, gc=False):
    """Events of one strand, oldest first, of those from where the read began up to number `end`, of one moment with
    `state`."""

    state: Conversation
    events: tuple[Event, ...]
    end: int

    @property
    def is_last(self) -> bool:
        return self.end >= self.state.seq


class History(Protocol):
    async def read(self, key: Key, strand: Strand, after: int) -> Stretch | None:
        """What follows event number `after`: of `limits.HISTORY_ROWS` events those of the strand, of at most
        `limits.ANSWER_BYTES` with `EVENT_MARGIN` for each, but at least one if there are any. None when there is no
        such conversation. Raises `Unavailable`."""
