"""Who of the staff has a session, what they chose, and what they hold, as the database has it."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from msgspec import Struct

from intervene.core.conversation.state import Conversation
from intervene.core.ids import AgentId, Key, NodeId, OrganisationId, QueueId
from intervene.ports.nodes import Member


class Chosen(Struct, frozen=True, gc=False):
    """Of a person's row."""

    name: str
    is_available: bool


class Sighting(NamedTuple):
    """A person has a session with a node, alive or dead. `idle`: in how many of its heartbeats they gave it no input,
    0 where a release does not say."""

    node: NodeId
    member: Member
    idle: int
    chosen: Chosen


class Holding(NamedTuple):
    """That an agent holds a conversation, without its state. `is_disabled`: the person may not work any more."""

    holder: AgentId
    handle: int
    key: Key
    queue: QueueId
    is_disabled: bool


class Held(NamedTuple):
    """The same with the state."""

    state: Conversation
    is_disabled: bool


Cursor = tuple[str, int]
"""The last conversation of a page of `holdings`: its holder and handle."""
FIRST: Cursor = ("", 0)


class Attendance(Protocol):
    """All raise `Unavailable`."""

    async def sightings(self) -> Sequence[Sighting]:
        """Of the people whom nodes have said to have a session with them."""

    async def choices(self, people: Collection[AgentId]) -> Mapping[AgentId, Chosen]:
        """Of those who have a row."""

    async def choose(self, organisation: OrganisationId, person: AgentId, is_available: bool) -> None:
        """Keep what a person chose for themselves. It ends no session, and is no change for the audit."""

    async def holdings(self, after: Cursor, limit: int) -> tuple[Sequence[Holding], Cursor]:
        """The next conversations that agents hold, by holder, in all organisations. The cursor is that of the last, and
        `FIRST` if there are no more."""

    async def held(self, holdings: Sequence[Holding]) -> Sequence[Held]:
        """Those as they are now: without what no agent holds any more, and what this release cannot read."""
