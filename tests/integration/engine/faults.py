"""A hub and a log with accidents: between the nodes of a test, and between a node and its log."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum
from random import Random

from intervene.adapters.memory import LocalHub, LocalHubSide
from intervene.adapters.redis.codec import Codec
from intervene.adapters.sql.store import Store
from intervene.core.contacts import Whose
from intervene.core.errors import Unavailable
from intervene.core.events import Event
from intervene.core.ids import ChannelId, ConversationId, Key, NodeId
from intervene.feed.feeds import Feeds
from intervene.policies.cache import PolicyCache
from intervene.policies.tree import TreeCache
from intervene.ports.log import Ahead, CommandKey, Commit, IdentityKey, Locked, Opening, Range, Snapshot, Verdict
from intervene.ports.messages import (
    Message,
    Pieces,
    Presence,
    Read,
    SettingsChanged,
    TakeoverReport,
    TreeChanged,
    Typing,
)
from intervene.ports.schedule import Pending, Work
from intervene.ports.topics import Topic
from tests.kit.limits import eventually

_CODEC = Codec(NodeId("any"), [b"a key of the tests"])

Fate = Callable[[NodeId, Commit], int]
"""How many times an commit arrives at a node."""


class FaultyHub:
    """`LocalHub` over a bad line: `fate` loses and doubles, `holds` delays, a seeded `release` reorders. What
    arrives has been bytes."""

    def __init__(self) -> None:
        self.fate: Fate = lambda node, commit: 1
        self.arrived: list[tuple[NodeId, Commit | Pieces]] = []
        self.held: list[tuple[Feeds, Commit | Pieces]] = []
        self.is_holding = False
        self._local = LocalHub()

    def side(self, node: NodeId) -> LocalHubSide:
        return self._local.side(node)

    def arrive(self, node: NodeId, feeds: Feeds, commit: Commit) -> None:
        """As often as fate has it, and not before it is released."""
        for _ in range(self.fate(node, commit)):
            far = _CODEC.decode(b"", _CODEC.encode(b"", commit))
            assert isinstance(far, Commit | Pieces), "as it was published"
            self.arrived.append((node, far))
            if self.is_holding:
                self.held.append((feeds, far))
            else:
                feeds.take(far)

    def cut_off(self, side: LocalHubSide) -> None:
        """The node is gone: it receives nothing, and what it still publishes is not received."""
        self._local.sides.remove(side)
        side._handler = None
        side._hub = LocalHub()
        side._hub.sides.append(side)

    def holds(self) -> None:
        self.is_holding = True

    def release(self, random: Random | None = None) -> None:
        """Deliver what was held: in order, or in an order of `random`'s choice."""
        self.is_holding = False
        held, self.held = self.held, []
        if random:
            random.shuffle(held)
        for feeds, commit in held:
            feeds.take(commit)


class Deliveries:
    """A node's `HubHandler`, at the end of a bad line for commits. `reports` gets what others know of takeovers."""

    def __init__(
        self,
        node: NodeId,
        hub: FaultyHub,
        feeds: Feeds,
        policies: PolicyCache,
        tree: TreeCache,
        reports: Callable[[TakeoverReport], None],
    ) -> None:
        self.received: list[Message] = []
        """All but commits, which are in `FaultyHub.arrived`."""
        self._node = node
        self._hub = hub
        self._feeds = feeds
        self._policies = policies
        self._tree = tree
        self._reports = reports

    def receive(self, message: Message) -> None:
        if isinstance(message, Commit):
            self._hub.arrive(self._node, self._feeds, message)
            return
        self.received.append(message)
        match message:
            case Typing():
                self._feeds.receive_typing(message)
            case Presence():
                self._feeds.receive_presence(message)
            case Read():
                self._feeds.receive_read(message)
            case TakeoverReport():
                self._reports(message)
            case SettingsChanged():
                self._policies.receive(message)
            case TreeChanged():
                self._tree.receive(message)
            case _:
                pass

    def missed(self, topics: Sequence[Topic]) -> None:
        raise AssertionError("this hub has no subscriptions to lose")

    def lost(self) -> None:
        raise AssertionError("this hub does not notice what is lost")

    def can_write(self) -> bool:
        return True


class Accident(Enum):
    """What the next write meets."""

    CUT_BEFORE = "nothing is written, and nobody knows"
    CUT_AFTER = "it is written, and nobody knows"
    CONFLICT = "somebody else was quicker"


class FlakyLog:
    """A node's way to its store: to the log, and to what is kept beside it. Writes and reads can be held, meet
    accidents, or find the log away; a node that is dead gets no answer any more."""

    is_ours = True
    """It is not, where several nodes write: what was decided ahead meets conflicts."""

    def __init__(self, store: Store) -> None:
        self.accidents: deque[Accident] = deque()
        self.is_away = False
        self.is_dead = False
        self.groups: list[Sequence[Commit]] = []
        self.verdicts: list[Verdict] = []
        self.locked = 0
        self.reads = 0
        self.ahead = 0
        """Milliseconds that the database's clock was set forward."""
        self.asked = 0
        """Questions of every kind."""
        self._store = store
        self._log = store.log
        self._held: list[Callable[[], None]] | None = None
        self._delayed: list[asyncio.Event] | None = None

    # -- what a test does to it ----------------------------------------------------------------------------------------

    def holds_writes(self) -> None:
        self._held = self._held or []

    async def write_waits(self) -> None:
        """Returns once a write is held."""
        await eventually(lambda: bool(self._held), every=0.0)

    def lets_through(self) -> None:
        """What is held now; what follows is held too."""
        held, self._held = self._held or [], []
        for write in held:
            if not self.is_dead:
                write()

    def releases_writes(self) -> None:
        self.lets_through()
        self._held = None

    def delays_reads(self) -> None:
        """They are made at once, and answered when they are released. So are creations."""
        self._delayed = []

    async def read_waits(self, count: int = 1) -> None:
        """Returns once so many reads have been made and wait for their release."""
        await eventually(lambda: len(self._delayed or ()) >= count, every=0.0)

    def releases_reads(self, *, newest_first: bool = False) -> None:
        delayed, self._delayed = self._delayed or [], None
        for event in reversed(delayed) if newest_first else delayed:
            event.set()

    # -- writing -------------------------------------------------------------------------------------------------------

    def append(self, commits: Sequence[Commit], done: Callable[[Sequence[Verdict]], None]) -> None:
        def answer(verdicts: Sequence[Verdict]) -> None:
            self.verdicts += verdicts
            if not self.is_dead:
                done(verdicts)

        def write() -> None:
            match self._accident():
                case None:
                    self._log.append(commits, answer)
                case Accident.CUT_AFTER:
                    self._log.append(commits, lambda verdicts: answer([Verdict.UNKNOWN] * len(verdicts)))
                case Accident.CUT_BEFORE:
                    _later(answer, [Verdict.UNKNOWN] * len(commits))
                case Accident.CONFLICT:
                    _later(answer, [Verdict.CONFLICT] * len(commits))

        self.groups.append(commits)
        self._write(write)

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
        def answer(snapshot: Snapshot | None, verdict: Verdict) -> None:
            self.verdicts.append(verdict)
            if not self.is_dead:
                done(snapshot, verdict)

        def write() -> None:
            match self._accident():
                case None:
                    self._log.decide_locked(key, since, commands, decide, answer, numbers, identity, ahead)
                case Accident.CUT_AFTER:
                    self._log.decide_locked(
                        key,
                        since,
                        commands,
                        decide,
                        lambda snapshot, verdict: answer(None, Verdict.UNKNOWN),
                        numbers,
                        identity,
                        ahead,
                    )
                case Accident.CUT_BEFORE | Accident.CONFLICT:
                    _later(answer, None, Verdict.UNKNOWN)

        self.locked += 1
        self._write(write)

    def _write(self, write: Callable[[], None]) -> None:
        if self._held is not None:
            self._held.append(write)
        elif not self.is_dead:
            write()

    def _accident(self) -> Accident | None:
        if self.is_away:
            return Accident.CUT_BEFORE
        return self.accidents.popleft() if self.accidents else None

    async def open(
        self,
        address: ChannelId,
        conversation: ConversationId,
        begin: Callable[[Opening], Commit | None],
        *,
        is_vouched: bool = False,
    ) -> tuple[Opening, Commit | None]:
        self._check()
        opened = await self._log.open(address, conversation, begin, is_vouched=is_vouched)
        await self._delay()
        return opened

    # -- reading -------------------------------------------------------------------------------------------------------

    async def outdated(self, after: int, limit: int) -> tuple[Sequence[tuple[Key, bool]], int | None]:
        self._check()
        return await self._store.schedule.outdated(after, limit)

    async def read(self, key: Key, range: Range, since: int | None = None) -> Snapshot | None:
        self.reads += 1
        self._check()
        snapshot = await self._log.read(key, range, since)
        await self._delay()
        return snapshot

    async def _delay(self) -> None:
        if self._delayed is not None:
            released = asyncio.Event()
            self._delayed.append(released)
            await released.wait()

    async def known(self, key: Key, commands: Sequence[CommandKey]) -> Mapping[CommandKey, Event]:
        self._check()
        return await self._log.known(key, commands)

    async def versions(self, keys: Sequence[Key]) -> Mapping[Key, int]:
        self._check()
        return await self._log.versions(keys)

    async def work(self, now: int, node: NodeId, others: Collection[NodeId]) -> Sequence[Work]:
        self._check()
        return await self._store.schedule.work(now, node, others)

    async def timers(self, after: int, limit: int) -> Sequence[Pending]:
        self._check()
        return await self._store.schedule.timers(after, limit)

    async def now(self) -> int:
        self._check()
        return await self._store.schedule.now() + self.ahead

    async def drop_pieces(self, before: int) -> int:
        self._check()
        return await self._store.retention.drop_pieces(before)

    async def drop_drafts(self, before: int) -> None:
        self._check()
        await self._store.retention.drop_drafts(before)

    async def drop_requests(self, before: int) -> None:
        self._check()
        await self._store.retention.drop_requests(before)

    async def fold_names(self) -> None:
        self._check()
        await self._store.retention.fold_names()

    async def spend(self, address: ChannelId) -> None:
        self._check()
        await self._store.addresses.spend(address)

    async def whose(self, address: ChannelId) -> Whose:
        self._check()
        return await self._store.contacts.whose(address)

    async def spent_since(self, at: int, limit: int) -> Sequence[tuple[int, ChannelId]]:
        self._check()
        return await self._store.addresses.spent_since(at, limit)

    def _check(self) -> None:
        self.asked += 1
        if self.is_away or self.is_dead:
            raise Unavailable("The log is away.")


def _later(answer: Callable[..., None], *values: object) -> None:
    asyncio.get_running_loop().call_soon(answer, *values)
