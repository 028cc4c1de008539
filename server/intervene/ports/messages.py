"""What nodes send to each other: one vocabulary, beside that of clients (`core/wire/`) and that of the log
(`core/events.py`).

Each message has a `topic`, and its class says whether it is `droppable`: dropped first when a queue is full, with
nothing done about it. A message that is not droppable and is lost makes all nodes compare their versions with the log.

A class with a tag is also the form on the wire: an array that begins with the tag. The others have theirs in
`adapters/redis/codec.py`. A new field goes to the end and has a default, because nodes of two releases run side by
side: the older one ignores it.
"""

from typing import ClassVar, Self

from msgspec import Struct

from intervene.core.actors import Actor, Agent
from intervene.core.conversation.state import Conversation, streamed
from intervene.core.events import Piece
from intervene.core.ids import AgentId, ChannelId, ConversationId, Key, MessageId, NodeId, OrganisationId
from intervene.core.wire import framing
from intervene.core.wire.inbox import Row
from intervene.ports.log import Commit
from intervene.ports.topics import (
    ADDRESSES,
    DIRECTORY,
    NODES,
    AddressesTopic,
    ConversationTopic,
    DirectoryTopic,
    InboxTopic,
    NodesTopic,
    OrganisationTopic,
)


class Typing(Struct, frozen=True, gc=False):
    """An author types, or stopped (`on` is false). Dropped by a node where the conversation has another epoch."""

    droppable: ClassVar[bool] = True

    key: Key
    epoch: int
    author: Actor
    on: bool

    @property
    def topic(self) -> ConversationTopic:
        return ConversationTopic(self.key)


class Read(Struct, frozen=True, gc=False):
    """An agent has read: up to `n`, for their other sessions, and for customers up to `pub`; 0: that has not moved. Or,
    for staff, the customer has, up to `contact` in their own count: then `agent` is None."""

    droppable: ClassVar[bool] = True

    key: Key
    agent: Agent | None
    n: int = 0
    pub: int = 0
    contact: int = 0

    @property
    def topic(self) -> ConversationTopic:
        return ConversationTopic(self.key)


class Presence(Struct, frozen=True, array_like=True, tag="presence", gc=False):
    """The people at a node who are with a conversation; replaces what the node published before. `asks`: the other
    nodes shall publish theirs. `agents` are at most `limits.HERE_AGENTS` of `count`; releases before the count name
    all and leave it 0."""

    droppable: ClassVar[bool] = True

    key: Key
    node: NodeId
    agents: tuple[Agent, ...]
    contact: bool
    asks: bool
    count: int = 0

    @property
    def topic(self) -> ConversationTopic:
        return ConversationTopic(self.key)


class TakeoverReport(Struct, frozen=True, array_like=True, tag="report", gc=False):
    """A node's part of a takeover that another node has committed: how many of its sessions it was written to and
    seen by so far, and whether the bot that ran there has stopped. A later report of a node replaces an earlier one."""

    droppable: ClassVar[bool] = True

    key: Key
    node: NodeId
    epoch: int
    written: int
    seen: int
    has_stopped: bool

    @property
    def topic(self) -> ConversationTopic:
        return ConversationTopic(self.key)


class Spent(Struct, frozen=True, array_like=True, tag="spent", gc=False):
    """An address was given up, for ever."""

    droppable: ClassVar[bool] = True

    channel_id: ChannelId

    @property
    def topic(self) -> AddressesTopic:
        return ADDRESSES


class Moved(Struct, frozen=True, array_like=True, tag="moved", gc=False):
    """An address belongs to another identity now."""

    droppable: ClassVar[bool] = True

    channel_id: ChannelId

    @property
    def topic(self) -> AddressesTopic:
        return ADDRESSES


class SettingsChanged(Struct, frozen=True, array_like=True, tag="settings", gc=False):
    """An organisation's settings have that version now."""

    droppable: ClassVar[bool] = True

    organisation: OrganisationId
    version: int

    @property
    def topic(self) -> OrganisationTopic:
        return OrganisationTopic(self.organisation)


class PersonChanged(Struct, frozen=True, array_like=True, tag="person", gc=False):
    """A person's row has that version now."""

    droppable: ClassVar[bool] = True

    person: AgentId
    version: int
    is_disabled: bool

    @property
    def topic(self) -> DirectoryTopic:
        return DIRECTORY


class Mentioned(Struct, frozen=True, array_like=True, tag="mentioned", gc=False):
    """Event `n` of the conversation, by that author, is a note that mentions these people."""

    droppable: ClassVar[bool] = True

    key: Key
    people: tuple[AgentId, ...]
    n: int
    by: Actor
    at: int

    @property
    def topic(self) -> DirectoryTopic:
        return DIRECTORY


class TreeChanged(Struct, frozen=True, array_like=True, tag="tree", gc=False):
    """The tree of organisations has that version now."""

    droppable: ClassVar[bool] = True

    version: int

    @property
    def topic(self) -> DirectoryTopic:
        return DIRECTORY


class ListedRow(Struct, frozen=True, array_like=True, gc=False):
    """A conversation as it was at a version. `row` is None where only the reply that is being written has moved.
    `tail`: the end of its text, empty where nothing is being written."""

    id: ConversationId
    version: int
    row: Row | None
    tail: str = ""


class Rows(Struct, frozen=True, array_like=True, tag="rows", gc=False):
    """What a node has committed lately in an organisation, as lists of conversations show it, and where agents have
    read to. `n` counts such messages of the node about the organisation, from 1: a number left out is one that was
    lost. The last one is published once more without rows, so that the loss of the last one shows too."""

    droppable: ClassVar[bool] = True

    node: NodeId
    organisation: OrganisationId
    n: int
    rows: tuple[ListedRow, ...] = ()
    reads: tuple[tuple[ConversationId, AgentId, int], ...] = ()

    @property
    def topic(self) -> InboxTopic:
        return InboxTopic(self.organisation)


class Compare(Struct, frozen=True, array_like=True, tag="check", gc=False):
    """Something that the node published may have been lost: compare your versions with the log."""

    droppable: ClassVar[bool] = False

    node: NodeId

    @property
    def topic(self) -> NodesTopic:
        return NODES


class Heartbeat(Struct, frozen=True, array_like=True, tag="beat", gc=False):
    """The node's `n`th: it is alive, and connected to the hub. `can_write`: its last heartbeat in the database was
    committed."""

    droppable: ClassVar[bool] = True

    node: NodeId
    n: int
    can_write: bool = True

    @property
    def topic(self) -> NodesTopic:
        return NODES


class Pieces(Struct, frozen=True, array_like=True, tag="pieces", gc=False):
    """A commit of nothing but the next pieces of the open reply: `texts`, the first of them number `n`. A node makes
    the commit of it from the state before; one that has another state reads the log, as for any gap."""

    droppable: ClassVar[bool] = False

    node: NodeId
    key: Key
    version: int
    message: MessageId
    n: int
    texts: tuple[str, ...]

    @classmethod
    def of(cls, commit: Commit) -> Self:
        """`commit.is_streamed`."""
        first = commit.pieces[0]
        texts = tuple(piece.text for piece in commit.pieces)
        return cls(commit.node, commit.key, commit.version, first.message, first.n, texts)

    def after(self, before: Conversation) -> Commit | None:
        """The commit that was made on `before`; None if these pieces do not continue it."""
        pieces = tuple(Piece(message=self.message, n=n, text=text) for n, text in enumerate(self.texts, start=self.n))
        after = streamed(before, pieces) if self.version == before.version + 1 else None
        if after is None:
            return None
        frames, _ = framing.encode_facts(after.id, pieces)
        return Commit(key=self.key, node=self.node, state=after, pieces=pieces, frames=frames, is_streamed=True)

    @property
    def topic(self) -> ConversationTopic:
        return ConversationTopic(self.key)

    @property
    def size(self) -> int:
        """Bytes that screens will be shown, about."""
        return 2 * sum(map(len, self.texts))


Message = (
    Commit
    | Pieces
    | Typing
    | Read
    | Presence
    | TakeoverReport
    | Spent
    | Moved
    | SettingsChanged
    | PersonChanged
    | Mentioned
    | TreeChanged
    | Rows
    | Compare
    | Heartbeat
)
