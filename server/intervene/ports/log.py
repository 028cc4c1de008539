"""The log: the only truth about conversations. Each contract says what is ordered, what is atomic and what a repetition
does."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import ClassVar, NamedTuple, Protocol, Self

from msgspec import Struct

from intervene.core.conversation.decide import Owner
from intervene.core.conversation.packing import Packed
from intervene.core.conversation.state import Conversation, OpenReply, open_reply
from intervene.core.conversation.timers import TimerSet
from intervene.core.events import Event, Opened, Piece
from intervene.core.ids import (
    ChannelId,
    CommandId,
    ContactId,
    ConversationId,
    EventId,
    IdentityId,
    Key,
    NodeId,
    OrganisationId,
)
from intervene.core.limits import ANSWER_BYTES
from intervene.core.wire.framing import Frames
from intervene.ports.topics import ConversationTopic


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


class Commit(Struct, frozen=True, kw_only=True, gc=False):
    """One commit of one conversation: the log appends it, then the hub publishes it and feeds show it.

    `key`, `node` (where it was committed), `state`, `pieces` and `frames` travel; `pieces` continue the open reply.
    With `keeps_card`, the state's card is that of the version before, and one from another node comes without it.
    Commits with nothing to show are published too: a version left out is a gap.

    `reply` is the open reply of `state`; a commit of another node comes without it.

    The rest is for the log alone, and empty in a commit of another node. The log moves the row from version `expected`
    to `state.version`, stores `row` (`packing.pack`), and inserts `events`, each with its encoded form
    (`framing.encode_event`), pieces and the keys of `commands`, and sets or ends `timers`.
    """

    droppable: ClassVar[bool] = False

    key: Key
    node: NodeId
    state: Conversation
    pieces: tuple[Piece, ...]
    frames: Frames
    keeps_card: bool = False
    reply: OpenReply | None = None

    expected: int = 0
    row: Packed = Packed(b"", None)
    events: tuple[tuple[Event, bytes], ...] = ()
    commands: tuple[CommandKey, ...] = ()
    timers: tuple[TimerSet, ...] = ()

    is_streamed: bool = False
    """It is nothing but the next pieces of the open reply: `streamed(before, pieces) == state`."""

    @property
    def version(self) -> int:
        return self.state.counters.version

    @property
    def topic(self) -> ConversationTopic:
        return ConversationTopic(self.key)

    @property
    def size(self) -> int:
        """Bytes that screens are shown."""
        return len(self.frames.staff) + len(self.frames.contacts)


class Verdict(StrEnum):
    WON = "won"
    CONFLICT = "conflict"
    """The row has another version, or one of the commands is in the log already. Nothing of the commit was written."""
    REFUSED = "refused"
    """The database refuses this very commit: bad data. Nothing of it was written; it alone is at fault."""
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
    """Whose read position is wanted with them, as in `ReadPositions.keep`; for staff, that of the customer too."""


class Snapshot(Struct, frozen=True, gc=False):
    """Row, events and pieces as of one moment (one database snapshot).

    `pieces` are all those of the open reply. `events` are what the range asked for, oldest first; `more`: older ones
    exist before them; `reset`: the position asked for is not in this log, or too far back, and `events` are the newest
    page instead. `missed` are the events with a `seq` above `since`: none if that is None; None if they are more than
    `limits.PAGE_EVENTS` or `limits.ANSWER_BYTES`. `read` is the position of the range's reader, 0 for none, and
    `contact_read` up to where the customer has read, by any address, in their own count: for staff only.
    """

    state: Conversation
    pieces: tuple[Piece, ...] = ()
    events: tuple[Event, ...] = ()
    more: bool = False
    reset: bool = False
    missed: tuple[Event, ...] | None = ()
    read: int = 0
    contact_read: int = 0

    @property
    def reply(self) -> OpenReply | None:
        return open_reply(self.state, self.pieces)

    def pieces_after(self, before: Conversation) -> list[Piece]:
        """Those of the open reply that were not committed yet at `before`."""
        known = before.stream
        return [
            piece for piece in self.pieces if known is None or piece.message != known.message or piece.n > known.pieces
        ]


class IdentityKey(NamedTuple):
    """Where an identity is found."""

    organisation: OrganisationId
    channel: str
    identity: IdentityId

    @classmethod
    def of(cls, state: Conversation) -> Self:
        return cls(state.organisation, state.channel, state.identity)


class Held(NamedTuple):
    """An identity whose row is locked. `asked`: the one that was asked for, which may have been joined to it;
    `latest`: its latest conversation, "" for none; `blocked_until`: when the last block of its addresses ends, in
    milliseconds since 1970, 0 for none."""

    asked: IdentityId
    identity: IdentityId
    contact: ContactId
    latest: ConversationId
    blocked_until: int = 0


class Ahead(NamedTuple):
    """A commit that was made before the lock was there, on a state that is remembered: `commit.expected` is its
    version."""

    before: Conversation
    commit: Commit


class Locked(Struct, frozen=True, gc=False):
    """What `decide_locked` hands to its function, read under the row's lock. `held`: the identity whose row was locked
    before, if there is one."""

    snapshot: Snapshot
    known: Mapping[CommandKey, Event]
    """What those of the commands did that are in the log."""
    named: Mapping[int, Event]
    """The events of `numbers` that are in the log, as every read has them."""
    held: Held | None = None


class Opening(NamedTuple):
    """What `open` hands to its function, read under the locks of identity and address. `first`: the conversation of
    the id that the command names, which an earlier try has created; `latest`: that of the identity. `blocked_until`:
    as of `Held`. `opened`: how `first` began."""

    whose: Owner
    first: Conversation | None
    latest: Conversation | None
    blocked_until: int = 0
    opened: Opened | None = None


class Log(Protocol):
    """The conversations: rows, timers, events, pieces. The only truth.

    What is read of events is what holds now (`core.amendments`): the former text of a message that was edited or
    deleted is in no answer but that of `known`, which goes to no screen.

    A commit is written whole or not at all, and only if its row still has the version `expected` and none of its
    commands is in the log. What `append` or `decide_locked` reports as won is durable and visible to every read that
    begins afterwards. A commit that loses or is refused never harms its neighbours. At most one commit of a
    conversation is in a group.

    `is_ours`: no other process writes, so what is remembered is nearly always what a lock would show.
    """

    is_ours: bool

    def append(self, commits: Sequence[Commit], done: Callable[[Sequence[Verdict]], None]) -> None:
        """Write a group; `done` gets a verdict for each commit, in order. The caller has one group under way."""

    def decide_locked(
        self,
        key: Key,
        since: int | None,
        commands: Sequence[CommandKey],
        decide: Callable[[Locked], Commit | None],
        done: Callable[[Snapshot | None, Verdict], None],
        numbers: Sequence[int] = (),
        identity: IdentityKey | None = None,
        ahead: Ahead | None = None,
    ) -> None:
        """Lock the row of `identity`, if it is given, then the conversation's: always in this order. Read row, open
        stream, the events after `since`, those of `numbers` and what is known of `commands` under the lock, then write
        what `decide` makes of it (None: nothing), in one transaction. Does not wait for groups not yet begun. A log
        that `is_ours` first tries to write `ahead` under the lock; if it wins, nothing is read and `decide` is not
        asked.

        `decide` is pure and may run on another thread; it may run twice if the transaction is tried again. `done`
        gets what was read (before the commit; where `ahead` won, its state alone) and WON, also when nothing was to be
        written; (None, WON) when there is no such conversation; (None, UNKNOWN or REFUSED) as in `Verdict`.
        """

    async def open(
        self,
        address: ChannelId,
        conversation: ConversationId,
        begin: Callable[[Opening], Commit | None],
        *,
        is_vouched: bool = False,
    ) -> tuple[Opening, Commit | None]:
        """Write what `begin` makes of the address' identity, None for nothing, in one transaction under the locks of
        the rows of identity and address, in this order: of any number of callers one creates. `conversation`: the id
        that a new one will have; it is the latest of the identity then, and of the address for the release before.
        `is_vouched`: somebody vouches for whose the address is, which is kept of it. `begin` is pure, may run on
        another thread, and twice. Raises `Unavailable`, `Spent` once the address was, and what `begin` refuses."""

    async def read(self, key: Key, range: Range, since: int | None = None) -> Snapshot | None:
        """One snapshot; None when there is no such conversation. Raises `Unavailable`."""

    async def known(self, key: Key, commands: Sequence[CommandKey]) -> Mapping[CommandKey, Event]:
        """What those of `commands` did that are in the log: the event that carries the id. Raises `Unavailable`."""

    async def versions(self, keys: Sequence[Key]) -> Mapping[Key, int]:
        """What versions the rows have now, in one query. Raises `Unavailable`."""
