"""What nodes send to each other, and the message bus that carries it."""

from typing import Protocol

from msgspec import Struct

from intervene.core.actors import Actor, Agent
from intervene.core.conversation.state import Conversation
from intervene.core.events import Piece
from intervene.core.ids import ChannelId, Key, NodeId
from intervene.core.wire.framing import Frames


class Envelope(Struct, frozen=True, gc=False):
    """One commit, as it is published to other nodes. `state` travels without its `written` text, which `pieces`
    continue. Commits with nothing to show are published too: a version left out is a gap."""

    key: Key
    node: NodeId
    state: Conversation
    pieces: tuple[Piece, ...]
    frames: Frames

    @property
    def version(self) -> int:
        return self.state.version

    @property
    def size(self) -> int:
        """Bytes that screens are shown."""
        return len(self.frames.staff) + len(self.frames.contacts)


class Whisper(Struct, frozen=True, gc=False):
    """Typing: no commit, dies under another epoch, dropped first."""

    key: Key
    epoch: int
    who: Actor
    on: bool


class Presence(Struct, frozen=True, gc=False):
    """The people at a node who are with a conversation; replaces what the node published before. `asks`: the others
    shall say theirs. `agents` are at most `limits.HERE_AGENTS` of `count`; releases before the count name all and say
    0."""

    key: Key
    node: NodeId
    agents: tuple[Agent, ...]
    contact: bool
    asks: bool
    count: int = 0


class ReadTo(Struct, frozen=True, gc=False):
    """An agent has read: up to `n`, for their other sessions, and for customers up to `pub`; 0: that has not moved. No
    commit, dropped first; what is kept is higher or the same."""

    key: Key
    who: Agent
    n: int
    pub: int


class Report(Struct, frozen=True, gc=False):
    """A node's part of a takeover that another node has committed: how many of its sessions it was written to and
    seen by so far, and whether the bot that ran there has stopped. A later report of a node replaces an earlier one."""

    key: Key
    node: NodeId
    epoch: int
    written: int
    seen: int
    has_stopped: bool


class Hub(Protocol):
    """Carries envelopes between nodes. Promises nothing but this: what arrives was published. It may lose, double
    and delay; the log is asked where that matters."""

    @property
    def node(self) -> NodeId:
        """Whose side this is."""

    def subscribe(self, key: Key) -> None:
        """Receive what other nodes publish about it. Twice is once."""

    def unsubscribe(self, key: Key) -> None:
        """However often it was subscribed to. Messages may arrive for some seconds more."""

    def publish(self, envelope: Envelope) -> None: ...

    def whisper(self, whisper: Whisper) -> None: ...

    def presence(self, presence: Presence) -> None: ...

    def read(self, read: ReadTo) -> None: ...

    def report(self, report: Report) -> None: ...

    def spend(self, channel_id: ChannelId) -> None:
        """Publish to all other nodes that it was given up."""

    def ask(self) -> None:
        """Something may not have been published: ask all other nodes to compare their versions with the log."""
