"""What the engine needs of the world, as bare nouns. Each contract says what is ordered, what is atomic and what a
repetition does; the mechanism is the adapter's. One contract suite runs on every adapter.

Callbacks of a port run on the event loop's thread, never inside the call that they answer.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from typing import NamedTuple, Protocol, Self

from msgspec import Struct

from intervene.core.commands import Open, Outcome
from intervene.core.control import Actor, Agent, Bot
from intervene.core.conversation import FORMAT, Cause, Conversation
from intervene.core.decide import Change
from intervene.core.events import Event, Message, Piece
from intervene.core.ids import AgentId, ChannelId, CommandId, ConversationId, EventId, Key, NodeId, OrganisationId
from intervene.core.limits import ANSWER_BYTES
from intervene.core.wire import Frames

# -- the log -----------------------------------------------------------------------------------------------------------


class CommandKey(NamedTuple):
    """A command's identity within its conversation: `events.author_key` of its author, and its id."""

    author: str
    id: CommandId


class Receipt(Struct, frozen=True, kw_only=True, gc=False):
    """The result of a command: the event that carries its id. All zeros but `epoch`: nothing had to change."""

    seq: int = 0
    pub: int = 0
    epoch: int
    at: int = 0

    @classmethod
    def of(cls, event: Event) -> Self:
        return cls(seq=event.seq, pub=event.pub, epoch=event.epoch, at=event.at)


class Item(Struct, frozen=True, gc=False):
    """One conversation's part of a group: move the row from version `expected` to `after.version` and insert the
    rest. `events` stand with their encoded form (`wire.encode_event`), `state` is `conversation.pack(after)`."""

    key: Key
    expected: int
    after: Conversation
    state: bytes
    events: tuple[tuple[Event, bytes], ...]
    pieces: tuple[Piece, ...]
    commands: tuple[CommandKey, ...]


class Verdict(StrEnum):
    WON = "won"
    CONFLICT = "conflict"
    """The row has another version, or one of the commands is in the log already. Nothing of the item was written."""
    REFUSED = "refused"
    """The database refuses this very item: bad data. Nothing of it was written; it alone is at fault."""
    UNKNOWN = "unknown"
    """The commit may or may not have happened. Ask for the command's id."""


class Range(Struct, frozen=True, gc=False):
    """Which events to read: `after` a position, or `before` a number, or, with neither, the newest. Numbers and
    visibility are those of the audience: `seq` and all for staff, `pub` and public events for customers. At most
    `limit` events of at most `most_bytes` (see `limits.ANSWER_BYTES`), but at least one if there are any: the newest.
    With `after`, too many or too large ones answer the newest instead (`Snapshot.reset`). A store loads no more than
    one event beyond the bound."""

    is_staff: bool
    limit: int
    after: tuple[int, EventId] | None = None
    before: int | None = None
    most_bytes: int = ANSWER_BYTES
    reader: str = ""
    """Whose read position is wanted with them, as in `Directory.keep_read`."""


class Snapshot(Struct, frozen=True, gc=False):
    """Row, events and pieces as of one moment (one database snapshot).

    `state` has its `written` text; `pieces` are all those of the open stream. `events` are what the range asked for,
    oldest first; `more`: older ones exist before them; `reset`: the position asked for is not in this log, or too
    far back, and `events` are the newest page instead. `missed` are the events with a `seq` above `since`: none if
    that is None; None if they are more than `limits.PAGE_EVENTS` or `limits.ANSWER_BYTES`. `read` is the position of
    the range's reader, 0 for none.
    """

    state: Conversation
    pieces: tuple[Piece, ...] = ()
    events: tuple[Event, ...] = ()
    more: bool = False
    reset: bool = False
    missed: tuple[Event, ...] | None = ()
    read: int = 0


class Locked(Struct, frozen=True, gc=False):
    """What `decide_locked` hands to its function, read under the row's lock."""

    snapshot: Snapshot
    known: Mapping[CommandKey, Event]
    """What those of the commands did that are in the log."""


class Log(Protocol):
    """The conversations: rows, events, pieces. The only truth.

    An item is written whole or not at all, and only if its row still has the version `expected` and none of its
    commands is in the log. What `append` or `decide_locked` reports as won is durable and visible to every read that
    begins afterwards. An item that loses or is refused never harms its neighbours. At most one item of a
    conversation is in a group.
    """

    def append(self, items: Sequence[Item], done: Callable[[Sequence[Verdict]], None]) -> None:
        """Write a group; `done` gets a verdict for each item, in order. The caller has one group under way."""

    def decide_locked(
        self,
        key: Key,
        since: int | None,
        commands: Sequence[CommandKey],
        decide: Callable[[Locked], Item | None],
        done: Callable[[Snapshot | None, Verdict], None],
    ) -> None:
        """Read row, open stream, the events after `since` and what is known of `commands` under the row's lock, then
        write what `decide` makes of it (None: nothing), in one transaction. Does not wait for groups not yet begun.

        `decide` is pure and may run on another thread; it may run twice if the transaction is tried again. `done`
        gets what was read (before the item) and WON, also when nothing was to be written; (None, WON) when there is
        no such conversation; (None, UNKNOWN or REFUSED) as in `Verdict`.
        """

    async def open(
        self, organisation: OrganisationId, command: Open, begin: Callable[[], tuple[Change, Item]]
    ) -> tuple[ConversationId, Item | None]:
        """The conversation of the contact on the channel. If there is none, write what `begin` makes, in one
        transaction under the lock of the channel id's own row: of any number of callers one creates. The item is
        None when it was there already. Raises `Unavailable`, and `Spent` once the channel id was."""

    async def spend(self, channel_id: ChannelId) -> None:
        """From now on it is given up, for ever; also one that has no conversation. Twice is once. Raises
        `Unavailable`."""

    async def is_spent(self, channel_id: ChannelId) -> bool:
        """Raises `Unavailable`."""

    async def spent_since(self, at: int, limit: int) -> Sequence[tuple[int, ChannelId]]:
        """Channel ids that were given up at that time or later, the earliest first, each with its time: milliseconds
        since 1970, on the database's clock, at which the transaction began to write. Raises `Unavailable`."""

    async def read(self, key: Key, range: Range, since: int | None = None) -> Snapshot | None:
        """One snapshot; None when there is no such conversation. Raises `Unavailable`."""

    async def known(self, key: Key, commands: Sequence[CommandKey]) -> Mapping[CommandKey, Event]:
        """What those of `commands` did that are in the log: the event that carries the id. Raises `Unavailable`."""

    async def versions(self, keys: Sequence[Key]) -> Mapping[Key, int]:
        """What versions the rows have now, in one query. Raises `Unavailable`."""

    async def work(self, now: int, node: NodeId, others: Collection[NodeId]) -> Sequence["Work"]:
        """What upkeep of `node` looks at: conversations whose turn is owed, or claimed by a node that is not among
        `others`, alive; those whose timer is due at `now`; and those whose turn `node` itself has claimed. At most
        500 of the first two, the longest waiting first. Raises `Unavailable`."""

    async def timers(self, after: int, limit: int) -> Sequence["Pending"]:
        """Timers that are due after that time (milliseconds since 1970), the next ones first. Raises `Unavailable`."""

    async def now(self) -> int:
        """The database's clock, in milliseconds since 1970. Raises `Unavailable`."""

    async def drop_pieces(self, before: int) -> int:
        """Delete pieces whose message was complete before that time. How many were deleted. Raises `Unavailable`."""

    async def recent(self, organisation: OrganisationId, limit: int) -> Sequence[Conversation]:
        """The conversations that changed last, without the text of open replies. Raises `Unavailable`."""


class Work(Struct, frozen=True, gc=False):
    """`runner` as `Conversation.runner` has it; `due` 0 for none; `format` of the row, as `conversation.FORMAT`."""

    key: Key
    runner: str
    epoch: int
    turn: int
    due: int
    format: int = FORMAT


class Pending(Struct, frozen=True, gc=False):
    """A timer: `due`, and `since`, the conversation's last event; both on the database's clock."""

    key: Key
    epoch: int
    due: int
    since: int


class Takeover(Struct, frozen=True, kw_only=True, gc=False):
    """The times of one takeover, in milliseconds since the click reached the server; -1 while unknown."""

    epoch: int
    by: Agent
    at: int
    committed_ms: float
    written: int = 0
    written_ms: float = -1.0
    seen: int = 0
    seen_ms: float = -1.0
    bot_stopped_ms: float = -1.0


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


class Member(NamedTuple):
    """An agent, everywhere. An agent's id alone is no key."""

    organisation: OrganisationId
    agent: AgentId


class Nodes(Protocol):
    """The processes that share the database: a count for each, and whose sessions it has. A node writes its own rows.
    A node is dead when its count stands still; no clocks are compared, here or by readers. All raise `Unavailable`.
    """

    async def beat(self, node: NodeId, about: str = "") -> None:
        """Count the node's row up by one; the first beat makes the row. One that raises may have counted. `about`:
        what the node says of itself, for people and `doctor`."""

    async def readings(self) -> Mapping[NodeId, int]:
        """All counts, as of one moment. A node that finds its own gone, or lower than the beats that it knows were
        written, has a database that went back, or was swept: what it remembers and its agents' rows are void."""

    async def about(self) -> Mapping[NodeId, str]:
        """What nodes say of themselves."""

    async def leave(self, node: NodeId) -> None:
        """Delete the node's rows, at its own end. Twice is once."""

    async def sweep(self, dead: Mapping[NodeId, int]) -> None:
        """Delete the rows of nodes that were long dead when they had these counts; one that has counted on stays."""

    async def keep_agents(self, node: NodeId, agents: Collection[Member]) -> None:
        """These agents and no others have a session with the node. Calls of one node come one after another."""

    async def nodes_of(self, organisation: OrganisationId, agent: AgentId) -> Sequence[NodeId]:
        """Where the agent has sessions, according to rows of nodes alive and dead."""


# -- between nodes -----------------------------------------------------------------------------------------------------


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


class Leases(Protocol):
    """The distributed lock of a takeover: a hint that saves time, and never means more. It may fail silently."""

    def take(self, key: Key, epoch: int) -> None:
        """Say that `epoch` is being taken. Returns at once; replaced only by a higher epoch; gone after 10 s."""

    async def peek(self, key: Key) -> int:
        """The epoch being taken, 0 for none or unknown."""


class Clock(Protocol):
    def now(self) -> int:
        """Milliseconds since 1970: the database's clock as last read, carried on by monotonic time."""

    def monotonic(self) -> float:
        """Seconds."""


# -- bots --------------------------------------------------------------------------------------------------------------


class Heard(Struct, frozen=True, gc=False):
    """An event as a bot gets it: author and text. `is_input`: this turn is to answer it."""

    event: Event
    message: Message
    is_input: bool


class Writer(Protocol):
    """One streamed reply."""

    async def write(self, text: str) -> None:
        """Add text. It is gathered for at most `limits.GATHER_SECONDS`, committed, and only then shown. Waits while
        too much is uncommitted. Raises `Fenced` once the turn is over, `Unavailable` when the log is."""


class Turn(Protocol):
    """All a bot gets: one coroutine's view of one turn, fenced by (epoch, number). After a takeover every method
    raises `Fenced`; a bot that swallows that can do nothing more."""

    @property
    def bot(self) -> Bot: ...

    @property
    def conversation(self) -> Conversation: ...

    @property
    def heard(self) -> Sequence[Heard]:
        """The conversation so far, oldest first: the newest `limits.HISTORY_EVENTS` of `limits.HISTORY_BYTES`."""

    @property
    def said(self) -> Sequence[str]:
        """What the bot has already said to this input, in a turn that was lost: do not say it again."""

    @property
    def cursor(self) -> str:
        """What the turn before left with `keep`."""

    @property
    def cause(self) -> Cause:
        """Why this turn began: a new run, something the customer wrote, or the timer of a `Wait`."""

    async def say(self, text: str) -> None:
        """A whole message. Waits when faster than the bot's limit. Raises `Fenced`, `BadText`, `Unavailable`."""

    def stream(self) -> AbstractAsyncContextManager[Writer]:
        """A reply in pieces, finished when the block is left without an exception."""

    def keep(self, cursor: str) -> None:
        """What the next turn of this run shall find in `cursor`; written when this turn ends. Raises `BadText`."""

    def set_typing(self, on: bool) -> None: ...


BotCallable = Callable[[Turn], Awaitable[Outcome]]
"""A bot: called once a turn, answers how the turn ends. An exception hands the conversation to a person."""
