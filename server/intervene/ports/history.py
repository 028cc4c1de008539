"""What is read of a log from its beginning on."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple, Protocol

from msgspec import Struct

from intervene.core.conversation.state import Conversation
from intervene.core.events import Event
from intervene.core.history import NO_TIMES, TakeoverTimes
from intervene.core.ids import Key, OrganisationId
from intervene.core.takeover_sums import TakeoverLine


class Strand(StrEnum):
    SAID = "said"
    """Messages and notes."""
    DONE = "done"
    """All else."""


class Stretch(Struct, frozen=True, gc=False):
    """Events of one strand, oldest first, of those behind number `after` up to number `end`, of one moment with
    `state`."""

    state: Conversation
    events: tuple[Event, ...]
    end: int
    after: int = 0
    times: Mapping[int, TakeoverTimes] = NO_TIMES
    """Of the takeovers among them, by epoch."""

    @property
    def is_last(self) -> bool:
        return self.end >= self.state.seq


class Place(NamedTuple):
    """Where a page of takeovers ended: the time of its last, the row of the conversation, and the epoch."""

    at: int = 0
    handle: int = 0
    epoch: int = 0


class TakeoverPage(Struct, frozen=True, gc=False):
    """`next`: where the rest begins, None if there is none."""

    lines: tuple[TakeoverLine, ...]
    next: Place | None


class Controls(Struct, frozen=True, gc=False):
    """The control events of conversations, of each in their order. `truncated`: there were more conversations."""

    conversations: tuple[tuple[Event, ...], ...]
    truncated: bool


class History(Protocol):
    async def read(self, key: Key, strand: Strand, after: int) -> Stretch | None:
        """What follows event number `after`: of `limits.HISTORY_ROWS` events those of the strand, of at most
        `limits.ANSWER_BYTES` with `EVENT_MARGIN` for each, but at least one if there are any. None when there is no
        such conversation. Raises `Unavailable`."""

    async def read_back(self, key: Key, strand: Strand, before: int) -> Stretch | None:
        """The same of what precedes event number `before`, 0 for the end: the newest that fit."""

    async def takeovers(self, organisation: OrganisationId, since: int, until: int, after: Place) -> TakeoverPage:
        """Those from `since` on and before `until`, in order of time: of `limits.HISTORY_ROWS` of all organisations
        those of this one, at most `limits.TAKEOVERS_PAGE`, with what the log has of each. Raises `Unavailable`."""

    async def controls(self, organisation: OrganisationId, since: int) -> Controls:
        """Of those that changed from `since` on the latest, at most `limits.SHARES_CONVERSATIONS`. Raises
        `Unavailable`."""
