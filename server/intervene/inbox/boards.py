"""The boards of this node: of which organisations it has one, and how they are fed.

Rows of this node's commits come from the engine and leave for the other nodes four times a second, with a number that
counts them. How a board is read from the database, and compared with it, is in `comparing.py`.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from intervene.core.conversation.state import Conversation, OpenReply
from intervene.core.ids import AgentId, ConversationId, Key, NodeId, OrganisationId
from intervene.core.limits import BOARD_ROWS, BOARDS_ROWS, LITTLE_BOARD_ROWS, TAIL_CHARS
from intervene.core.timing import PRODUCTION, Timing
from intervene.core.wire import views
from intervene.core.wire.inbox import Row
from intervene.inbox.board import Board, Change
from intervene.ports.clock import Clock
from intervene.ports.hub import Hub
from intervene.ports.log import Commit
from intervene.ports.messages import ListedRow, Rows
from intervene.ports.topics import InboxTopic

ROWS_AT_ONCE = 200  # in one message between nodes

Position = tuple[ConversationId, AgentId, int]
"""An agent has read a conversation up to there."""


class Held:
    """One organisation's board, and what stands beside it."""

    def __init__(self, organisation: OrganisationId, limit: int) -> None:
        self.organisation = organisation
        self.board = Board(limit)
        self.tails: dict[ConversationId, str] = {}
        """The end of what is being written, where something is."""
        self.is_complete = True
        """No conversation is missing because a release before format 3 has written it last."""
        self.users = 0
        self.numbers: dict[NodeId, int] = {}
        """Of each node's last message."""
        self.loading: asyncio.Task[None] | None = None
        self.is_amiss = False
        """It may lack something: it is to be compared with the database."""
        self.compared_at = self.rest_until = 0.0
        self.drop_at = 0.0
        self._changes: list[Change] = []
        self._tailed: set[ConversationId] = set()

    def take(self, id: ConversationId, version: int, row: Row | None, tail: str) -> None:
        if row is not None:
            self._changes += self.board.take(version, row)
        if tail != self.tails.pop(id, ""):
            self._tailed.add(id)
        if tail:
            self.tails[id] = tail

    def reread(self, states: Iterable[Conversation]) -> None:
        """As the database has them. What is being written there, it does not say."""
        for state in states:
            self._changes += self.board.take(state.version, views.row(state))

    def drop(self, id: ConversationId) -> None:
        self._changes += self.board.drop(id)

    @property
    def is_loaded(self) -> bool:
        loading = self.loading
        return loading is not None and loading.done() and not (loading.cancelled() or loading.exception())

    @property
    def has_changed(self) -> bool:
        return bool(self._changes or self._tailed)

    def take_changes(self) -> tuple[list[Change], set[ConversationId]]:
        """What has changed since the last call, and whose tails have."""
        changed = self._changes, self._tailed
        self._changes, self._tailed = [], set()
        return changed


class Boards:
    """`reply` answers the open reply of a conversation, as far as this node has it. `has_hub`: there may be
    other nodes."""

    def __init__(
        self,
        *,
        hub: Hub,
        has_hub: bool,
        clock: Clock,
        reply: Callable[[Key], OpenReply | None],
        timing: Timing = PRODUCTION,
    ) -> None:
        self.stirred: Callable[[], None] = lambda: None
        """Called when `drain` has something to do."""
        self.amiss: Callable[[Held], None] = lambda held: None
        """Called when a board may lack something."""
        self.read: Callable[[OrganisationId, Position], None] = lambda organisation, position: None
        """Called when an agent of any node has read something."""
        self.dropped: Callable[[OrganisationId], None] = lambda organisation: None
        """Called when the hub brings nothing more of an organisation: what is known of it grows old."""
        self._hub = hub
        self._has_hub = has_hub
        self._clock = clock
        self._reply = reply
        self._timing = timing
        self._held: dict[OrganisationId, Held] = {}
        self._own: dict[Key, Conversation] = {}
        """What was committed here, and is neither on a board nor published yet."""
        self._streamed: set[Key] = set()
        """Of these, those of which nothing but pieces was committed."""
        self._reads: dict[tuple[Key, AgentId], int] = {}
        self._sent: dict[OrganisationId, int] = {}
        """The numbers of this node's messages."""
        self._again: dict[OrganisationId, float] = {}

    def __iter__(self) -> Iterator[Held]:
        return iter(list(self._held.values()))

    def get(self, organisation: OrganisationId) -> Held | None:
        return self._held.get(organisation)

    def hold(self, organisation: OrganisationId) -> Held:
        """Have a board of it, which nothing was read for yet, until `release`."""
        held = self._held.get(organisation)
        if held is None:
            room = BOARDS_ROWS - sum(len(other.board) for other in self._held.values())
            held = Held(organisation, BOARD_ROWS if room >= BOARD_ROWS else LITTLE_BOARD_ROWS)
            self._held[organisation] = held
            self._hub.subscribe(InboxTopic(organisation))
        held.users += 1
        return held

    def release(self, held: Held) -> None:
        held.users -= 1
        held.drop_at = self._clock.monotonic() + self._timing.boards_kept

    def drop(self, held: Held) -> None:
        del self._held[held.organisation]
        self._hub.unsubscribe(InboxTopic(held.organisation))
        self.dropped(held.organisation)

    def forget(self) -> None:
        """The database is an older one than it was: whatever is remembered is another history."""
        self._own.clear()
        for held in list(self._held.values()):
            fresh = self._held[held.organisation] = Held(held.organisation, held.board.limit)
            fresh.numbers = held.numbers
            fresh.drop_at = self._clock.monotonic() + self._timing.boards_kept

    # -- from this node ------------------------------------------------------------------------------------------------

    def take(self, commit: Commit) -> None:
        """The engine has committed it."""
        key = commit.key
        if not self._has_hub and key.organisation not in self._held:
            return
        if not self._own:
            self.stirred()
        if not commit.is_streamed:
            self._streamed.discard(key)
        elif key not in self._own:
            self._streamed.add(key)
        self._own[key] = commit.state

    def missed(self, organisation: OrganisationId) -> None:
        """So was something else, that it did not know of in time."""
        if held := self._held.get(organisation):
            self.amiss(held)

    def note_read(self, key: Key, agent: AgentId, n: int) -> None:
        """An agent of this node has read up to there."""
        if self._has_hub or key.organisation in self._held:
            self._reads[key, agent] = n
            self.stirred()

    def drain(self) -> None:
        """Put what was committed here onto the boards, and publish it."""
        own, self._own = self._own, {}
        streamed, self._streamed = self._streamed, set()
        reads, self._reads = self._reads, {}
        rows: dict[OrganisationId, list[ListedRow]] = {}
        for key, state in own.items():
            reply = self._reply(key) if state.stream else None
            tail = reply.text[-TAIL_CHARS:] if reply else ""
            row = views.row(state)
            if held := self._held.get(key.organisation):
                held.take(row.id, state.version, row, tail)
            listed = ListedRow(row.id, state.version, None if key in streamed else row, tail)
            rows.setdefault(key.organisation, []).append(listed)
        moved: dict[OrganisationId, list[Position]] = {}
        for (key, agent), n in reads.items():
            moved.setdefault(key.organisation, []).append((key.conversation, agent, n))
            self.read(key.organisation, (key.conversation, agent, n))
        if self._has_hub:
            self._publish(rows, moved)

    def _publish(
        self, rows: Mapping[OrganisationId, Sequence[ListedRow]], reads: Mapping[OrganisationId, Sequence[Position]]
    ) -> None:
        now, node = self._clock.monotonic(), self._hub.node
        for organisation in {*rows, *reads}:
            listed, moved = rows.get(organisation, ()), reads.get(organisation, ())
            for begin in range(0, max(len(listed), len(moved)), ROWS_AT_ONCE):
                n = self._sent[organisation] = self._sent.get(organisation, 0) + 1
                some = slice(begin, begin + ROWS_AT_ONCE)
                self._hub.publish(Rows(node, organisation, n, tuple(listed[some]), tuple(moved[some])))
            self._again[organisation] = now + self._timing.rows_again
        for organisation in [organisation for organisation, at in self._again.items() if at <= now]:
            del self._again[organisation]
            self._hub.publish(Rows(node, organisation, self._sent[organisation]))

    @property
    def is_waiting(self) -> bool:
        """Whether `drain` has something to do, at once or later."""
        return bool(self._own or self._reads or self._again)

    # -- from other nodes ----------------------------------------------------------------------------------------------

    def receive(self, message: Rows) -> None:
        held = self._held.get(message.organisation)
        if held is None:
            return
        last = held.numbers.get(message.node, 0)
        held.numbers[message.node] = max(last, message.n)
        for listed in message.rows:
            held.take(listed.id, listed.version, listed.row, listed.tail)
        for position in message.reads:
            self.read(message.organisation, position)
        if message.n > last + 1:
            self.amiss(held)
        self.stirred()
