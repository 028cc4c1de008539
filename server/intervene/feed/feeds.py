"""What this node remembers of each conversation, and the sessions that follow it.

A feed takes version + 1, drops what is not newer, and waits a moment for a hole to fill before it reads row, events
and pieces in one snapshot. That one rule covers order across nodes, doubled, late and lost commits, joins and
reloads. A snapshot lower than the feed already was means that the database was rolled back: all watchers start over.

Nothing here decides: `engine/engine.py` commits, this delivers.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import NamedTuple, Protocol

import structlog
from msgspec.structs import replace

from intervene.core.actors import Actor, Agent
from intervene.core.conversation.state import Conversation, OpenReply, open_reply
from intervene.core.errors import NewerRelease, NotFound, Unavailable
from intervene.core.events import Event, Piece, author_key
from intervene.core.fair import Owner
from intervene.core.ids import EventId, Key, NodeId
from intervene.core.limits import FRESH_EVENTS, IDLE_FEEDS, PAGE_EVENTS
from intervene.core.timing import PRODUCTION, Timing
from intervene.core.wire import common, framing
from intervene.core.wire.framing import Frames
from intervene.feed.early import Early
from intervene.feed.presence import Announcing, Company
from intervene.feed.reading import Readers, Reads, Ticket
from intervene.guard import guarded
from intervene.ports.hub import Hub
from intervene.ports.log import Commit, Range, Snapshot
from intervene.ports.messages import Presence, Read, Typing
from intervene.ports.read_positions import HOLDER
from intervene.ports.topics import ConversationTopic

log_ = structlog.get_logger(__name__)


class Watcher(Protocol):
    """A session, as a feed sees it. All its methods are synchronous and cheap: they add to the socket's own list."""

    @property
    def is_staff(self) -> bool: ...

    @property
    def number(self) -> int:
        """No other session of this node has or had it."""

    @property
    def owner(self) -> Owner:
        """The owner of the reads of its pages."""

    @property
    def agent(self) -> Agent | None:
        """For `here`; None for a customer."""

    def send(self, data: bytes, frames: int) -> None:
        """Whole websocket frames, `frames` of them, joined."""

    def show(self, key: Key, snapshot: Snapshot, *, reset: bool) -> bool:
        """The conversation as of the moment of joining; everything after it comes through `send`. Answers whether
        the session may watch it: False leaves the feed."""

    def miss(self, key: Key, problem: NotFound | Unavailable) -> None:
        """Joining failed."""


class Observer(Protocol):
    """A part of this node that reacts to states, whichever node committed them."""

    def changed(self, before: Conversation | None, after: Conversation) -> None:
        """A feed went from `before` (None: it had just begun) to `after`. Synchronous; must not raise."""

    def lost(self, key: Key) -> None:
        """This node can follow the conversation no longer. The same."""


class _Held(NamedTuple):
    """What a joining watcher will get once it is shown the snapshot: a commit's frames, or an answer that waits for
    them. It takes the feed from version `low` to `version`."""

    low: int
    version: int
    frames: Frames
    answer: Callable[[], None] | None


class _Join:
    """A watcher that was not shown the conversation yet. While its read waits, the feed only keeps its answers: the
    page will hold everything else."""

    __slots__ = ("after", "held", "is_reading", "read", "reset", "ticket")
    ticket: Ticket

    def __init__(self, after: tuple[int, EventId] | None, *, reset: bool) -> None:
        self.after = after
        self.reset = reset
        self.held: list[_Held] = []
        self.is_reading = False
        self.read = 0
        """Where the watcher's reader came to meanwhile."""

    def drop_frames(self) -> None:
        self.held = [entry for entry in self.held if entry.answer]


class _Waiting(NamedTuple):
    """An answer that leaves when the feed has come to `version`."""

    version: int
    answer: Callable[[], None]
    watcher: Watcher | None


class Feed:
    """One conversation on this node. Only `Feeds` changes it."""

    __slots__ = (
        "announcing", "answers", "contacts", "early", "elsewhere", "former", "joining", "key", "mending", "pins",
        "read", "reply", "staff", "state",
    )  # fmt: skip

    def __init__(self, key: Key) -> None:
        self.key = key
        self.state: Conversation | None = None
        self.reply: OpenReply | None = None
        """The open reply of `state`."""
        self.former: Conversation | None = None
        """What was known before the database went back, until it is read anew."""
        self.staff: tuple[Watcher, ...] = ()
        self.contacts: tuple[Watcher, ...] = ()
        self.joining: dict[Watcher, _Join] = {}
        self.early: dict[int, Commit] = {}
        self.answers: list[_Waiting] = []
        self.pins = 0
        self.mending = False
        self.read = 0
        """The highest position of `HOLDER` that customers were shown by itself."""
        self.announcing = Announcing.NO
        self.elsewhere: dict[NodeId, Presence] = {}

    @property
    def version(self) -> int:
        return self.state.version if self.state else 0

    @property
    def is_followed(self) -> bool:
        return bool(self.staff or self.contacts or self.joining or self.pins)


class Feeds:
    """All feeds of this node."""

    def __init__(self, readers: Readers, hub: Hub, timing: Timing = PRODUCTION) -> None:
        self._timing = timing
        self.observers: list[Observer] = []
        self._readers = readers
        self._hub = hub
        self._company = Company(hub, lambda key: self._feeds.get(key))
        self._early = Early()
        self._feeds: dict[Key, Feed] = {}
        self._idle: OrderedDict[Key, None] = OrderedDict()
        self._history = 0
        """Counts how often the database went back. What was read before that is another history."""

    def state(self, key: Key) -> Conversation | None:
        """What this node last read, if it remembers anything. Only an acceptance may rest on it."""
        feed = self._feeds.get(key)
        return feed.state if feed else None

    def reply(self, key: Key) -> OpenReply | None:
        """The open reply of that state."""
        feed = self._feeds.get(key)
        return feed.reply if feed else None

    def last(self, key: Key, is_staff: bool) -> int:
        """The number of the last event that this audience may see; 0 if there is none, or none is known."""
        state = self.state(key)
        return 0 if state is None else state.seq if is_staff else state.pub

    def pin(self, key: Key) -> Feed:
        """Follow a conversation without watching it: while it is decided on, or its turn runs here."""
        feed = self._follow(key)
        feed.pins += 1
        return feed

    def unpin(self, feed: Feed) -> None:
        assert feed.pins > 0, "each pin is taken out once"
        feed.pins -= 1
        self._rest(feed)

    # -- commits -----------------------------------------------------------------------------------------------------

    def take(self, commit: Commit) -> None:
        """A commit, from here or from the hub, in any order and any number of times."""
        feed = self._feeds.get(commit.key)
        if feed is None or commit.version <= feed.version:
            return
        if commit.version != feed.version + 1:
            if feed.is_followed:
                self._wait_for_hole(feed, commit)
            return
        self._apply(feed, commit)
        self._drain(feed)

    def catch_up(self, feed: Feed, snapshot: Snapshot, *, begun: int) -> None:
        """Go to what was read of the log. `begun`: the feed's version when the read began, 0 for one that knew
        nothing: what it has learned since cannot be continued by this snapshot, which holds no events between."""
        before, after = feed.state, snapshot.state
        if before is None and feed.former is not None:
            self._start_afresh(feed, snapshot)
        elif before is None:
            feed.state, feed.reply = after, snapshot.reply
            self._tell_observers(None, after)
        elif after.version < begun:
            log_.warning("database went back", conversation=feed.key.conversation, had=begun, found=after.version)
            self._start_afresh(feed, snapshot)
        elif begun and after.version > before.version:
            pieces = _new_pieces(before, snapshot)
            if snapshot.missed is None or len(pieces) > PAGE_EVENTS:
                self._start_afresh(feed, snapshot)
            else:
                self._bridge(feed, before, snapshot, [*snapshot.missed, *pieces])
        self._drain(feed)

    def when(self, feed: Feed, version: int, answer: Callable[[], None], watcher: Watcher | None) -> None:
        """Answer once this node has shown everything up to `version`; to a joining watcher, after it was shown."""
        join = feed.joining.get(watcher) if watcher is not None else None
        if join is not None:
            join.held.append(_Held(version, version, Frames(), answer))
        elif version <= feed.version:
            guarded(answer)
        else:
            feed.answers.append(_Waiting(version, answer, watcher))
            self._mend_soon(feed)

    def _apply(self, feed: Feed, commit: Commit) -> None:
        before, after = feed.state, commit.state
        feed.state, feed.reply = after, open_reply(after, commit.pieces, feed.reply)
        self._show(feed, after.version - 1, commit.frames)
        self._tell_observers(before, after)

    def _bridge(self, feed: Feed, before: Conversation, read: Snapshot, missed: Sequence[Event | Piece]) -> None:
        """Show what lies between the feed and a newer snapshot."""
        facts = [fact for fact in missed if isinstance(fact, Piece) or fact.seq > before.seq]
        shown, _ = framing.encode_facts(read.state.id, facts)
        feed.state, feed.reply = read.state, read.reply
        self._show(feed, before.version, shown)
        self._tell_observers(before, read.state)

    def _show(self, feed: Feed, low: int, shown: Frames) -> None:
        if shown.staff:
            for watcher in feed.staff:
                guarded(watcher.send, shown.staff, shown.staff_count)
        if shown.contacts:
            for watcher in feed.contacts:
                guarded(watcher.send, shown.contacts, shown.contacts_count)
        for join in feed.joining.values():
            if join.is_reading:
                join.held.append(_Held(low, feed.version, shown, None))

    def _drain(self, feed: Feed) -> None:
        """What waited for this version: early commits, then answers."""
        while feed.early:
            commit = self._early.take(feed.early, feed.version + 1)
            if commit is None:
                break
            self._apply(feed, commit)
        if feed.early:
            self._early.drop(feed.early, up_to=feed.version)
        if feed.answers:
            ready = [waiting for waiting in feed.answers if waiting.version <= feed.version]
            feed.answers = [waiting for waiting in feed.answers if waiting.version > feed.version]
            for waiting in ready:
                self.when(feed, *waiting)

    def _tell_observers(self, before: Conversation | None, after: Conversation) -> None:
        for observer in self.observers:
            guarded(observer.changed, before, after)

    # -- holes -------------------------------------------------------------------------------------------------------

    def _wait_for_hole(self, feed: Feed, commit: Commit) -> None:
        self._early.keep(feed.early, commit)
        self._mend_soon(feed)

    def _mend_soon(self, feed: Feed) -> None:
        if not feed.mending:
            feed.mending = True
            asyncio.get_running_loop().call_later(self._timing.feed_gap, self._mend, feed)

    def versions(self, only: Collection[Key] | None = None) -> dict[Key, int]:
        """What this node has of the conversations that it follows: of all, or of some."""
        found = ((key, self._feeds.get(key)) for key in (self._feeds if only is None else only))
        return {key: feed.version for key, feed in found if feed and feed.is_followed and feed.state is not None}

    def check(self, key: Key, version: int, *, had: int | None = None) -> None:
        """The log has `version`, 0 for nothing. Read it, if this feed has not. `had`: what the feed had when the log
        was asked, if it may have come further since."""
        feed = self._feeds.get(key)
        if feed is None or not feed.is_followed or feed.mending:
            return
        if version > feed.version or version < (feed.version if had is None else had):
            feed.mending = True
            self._mend(feed, force=True)

    def forget(self) -> None:
        """The database is an older one than it was: whatever is remembered is another history."""
        self._history += 1
        for key in self._idle:
            self._company.forgets(self._feeds.pop(key))
        self._idle.clear()
        for feed in self._feeds.values():
            feed.former, feed.state, feed.reply = feed.state or feed.former, None, None
            feed.read = 0
            self._early.drop(feed.early)
            for join in feed.joining.values():
                join.drop_frames()
                join.read = 0
            if feed.former is not None and not feed.mending:
                feed.mending = True
                self._mend(feed, force=True)

    def _mend(self, feed: Feed, *, force: bool = False) -> None:
        if feed.early or feed.answers or feed.former or force:
            self._readers.ask(None, partial(self._read, feed))
        else:
            feed.mending = False

    async def _read(self, feed: Feed, reads: Reads) -> None:
        """Read what is missing, however long it takes: an answer may wait behind the hole."""
        history = self._history
        begun, since = feed.version, feed.state.seq if feed.state else None
        try:
            snapshot = await reads.read(feed.key, Range(is_staff=True, limit=0), since)
        except NewerRelease as problem:
            self._give_up(feed, problem)
            return
        except Exception as problem:
            if not isinstance(problem, Unavailable):
                log_.exception("a feed could not be read", conversation=feed.key.conversation)
            asyncio.get_running_loop().call_later(self._timing.feed_retry, partial(self._mend, feed, force=True))
            return
        if history != self._history:
            self._mend(feed, force=True)
            return
        feed.mending = False
        if snapshot is not None:
            self.catch_up(feed, snapshot, begun=begun)
        elif feed.state is not None or feed.former is not None:
            self._give_up(feed, NotFound("There is no such conversation."))
        if feed.early or feed.answers:
            self._mend_soon(feed)

    def _give_up(self, feed: Feed, problem: NotFound | Unavailable) -> None:
        """This node can show it no longer: it is gone, as after a restore, or only newer nodes can read it."""
        feed.mending, feed.state, feed.reply, feed.former = False, None, None, None
        self._early.drop(feed.early)
        answers, feed.answers = feed.answers, []
        watchers = [*feed.staff, *feed.contacts]
        feed.staff = feed.contacts = ()
        for waiting in answers:
            guarded(waiting.answer)
        for watcher in watchers:
            guarded(watcher.miss, feed.key, problem)
        for observer in self.observers:
            guarded(observer.lost, feed.key)
        self._rest(feed)

    def _start_afresh(self, feed: Feed, read: Snapshot) -> None:
        """What watchers have cannot be continued: show each a fresh page."""
        before, state = feed.state or feed.former, read.state
        feed.state, feed.reply, feed.former = state, read.reply, None
        self._early.drop(feed.early)
        answers, feed.answers = feed.answers, []
        watchers = [*feed.staff, *feed.contacts]
        feed.staff = feed.contacts = ()
        for watcher in watchers:
            self._begin_join(feed, watcher, None, reset=True)
        for version, answer, owner in answers:
            self.when(feed, min(version, state.version), answer, owner)
        self._tell_observers(before, state)

    # -- watchers ----------------------------------------------------------------------------------------------------

    def join(self, key: Key, watcher: Watcher, after: tuple[int, EventId] | None) -> None:
        """Show `watcher` the conversation, from `after` on or its newest page, then everything that follows."""
        feed = self._follow(key)
        former = feed.joining.pop(watcher, None)
        if former is not None:
            self._readers.cancel(former.ticket)
            former.drop_frames()
        self._detach(feed, watcher)
        self._begin_join(feed, watcher, after, reset=False)
        if former is not None:
            feed.joining[watcher].held += former.held  # the answers wait for this page now

    def leave(self, key: Key, watcher: Watcher) -> None:
        feed = self._feeds.get(key)
        if feed is not None:
            self._detach(feed, watcher)
            self._rest(feed)

    def _begin_join(self, feed: Feed, watcher: Watcher, after: tuple[int, EventId] | None, *, reset: bool) -> None:
        feed.joining[watcher] = join = _Join(after, reset=reset)
        self._ask_to_join(feed, watcher, join)

    def _ask_to_join(self, feed: Feed, watcher: Watcher, join: _Join) -> None:
        join.ticket = self._readers.ask(watcher.owner, partial(self._join, feed, watcher, join))

    async def _join(self, feed: Feed, watcher: Watcher, join: _Join, reads: Reads) -> None:
        if feed.joining.get(watcher) is not join:
            return
        join.is_reading = True
        limit = FRESH_EVENTS if join.after is None else PAGE_EVENTS
        reader = author_key(watcher.agent) if watcher.agent else HOLDER
        wanted = Range(is_staff=watcher.is_staff, limit=limit, after=join.after, reader=reader)
        begun, since = feed.version, feed.state.seq if feed.state else None
        history = self._history
        try:
            snapshot = await reads.read(feed.key, wanted, since)
        except Exception as problem:
            if not isinstance(problem, Unavailable):
                log_.exception("a conversation could not be joined", conversation=feed.key.conversation)
                problem = Unavailable("The log did not answer. Try again.")
            self._fail_join(feed, watcher, join, problem)
            return
        if feed.joining.get(watcher) is not join:
            return  # it left meanwhile, or joined again
        if history != self._history:
            self._join_again(feed, watcher, join)
            return
        if snapshot is None:
            self._fail_join(feed, watcher, join, NotFound("There is no such conversation."))
            return
        self.catch_up(feed, snapshot, begun=begun)
        if feed.joining.get(watcher) is not join:
            return
        if _leads_on(join.held, snapshot.state.version, feed.version):
            self._finish_join(feed, watcher, join, snapshot)
        else:
            self._join_again(feed, watcher, join)  # the feed skipped past what was read

    def _join_again(self, feed: Feed, watcher: Watcher, join: _Join) -> None:
        """What was read cannot be continued: one place is for one read, so this one waits its turn again."""
        join.is_reading = False
        join.drop_frames()
        self._ask_to_join(feed, watcher, join)

    def _finish_join(self, feed: Feed, watcher: Watcher, join: _Join, snapshot: Snapshot) -> None:
        """One synchronous step: the snapshot, what came since, and from now on everything."""
        del feed.joining[watcher]
        if join.read > snapshot.read:
            snapshot = replace(snapshot, read=join.read)
        if not watcher.show(feed.key, snapshot, reset=join.reset or snapshot.reset):
            self._answer_all(feed, join)
            self._rest(feed)
            return
        # An answer comes behind the events up to it, also if those came later, out of a hole.
        for entry in sorted(join.held, key=lambda entry: (entry.version, entry.answer is not None)):
            if entry.answer:
                self.when(feed, entry.version, entry.answer, watcher)
            elif entry.version > snapshot.state.version:
                if watcher.is_staff and entry.frames.staff:
                    watcher.send(entry.frames.staff, entry.frames.staff_count)
                elif not watcher.is_staff and entry.frames.contacts:
                    watcher.send(entry.frames.contacts, entry.frames.contacts_count)
        if watcher.is_staff:
            feed.staff += (watcher,)
        else:
            feed.contacts += (watcher,)
        self._company.changed(feed, asks=len(feed.staff) + len(feed.contacts) == 1)

    def _fail_join(self, feed: Feed, watcher: Watcher, join: _Join, problem: NotFound | Unavailable) -> None:
        if feed.joining.get(watcher) is join:
            del feed.joining[watcher]
            watcher.miss(feed.key, problem)
            self._answer_all(feed, join)
            self._rest(feed)

    def _detach(self, feed: Feed, watcher: Watcher) -> None:
        join = feed.joining.pop(watcher, None)
        if join is not None:
            self._readers.cancel(join.ticket)
            self._answer_all(feed, join)
        count = len(feed.staff) + len(feed.contacts)
        feed.staff = tuple(other for other in feed.staff if other is not watcher)
        feed.contacts = tuple(other for other in feed.contacts if other is not watcher)
        if len(feed.staff) + len(feed.contacts) != count:
            self._company.changed(feed)

    def _answer_all(self, feed: Feed, join: _Join) -> None:
        for entry in join.held:
            if entry.answer:
                self.when(feed, entry.version, entry.answer, None)

    # -- beside the log: who is here, and typing ---------------------------------------------------------------------

    def set_typing(self, key: Key, who: Actor, on: bool) -> None:
        """A person at this node types, or stops."""
        if feed := self._feeds.get(key):
            self._company.types(feed, who, on)

    def receive_typing(self, typing: Typing) -> None:
        """An author at another node types, or stopped."""
        if feed := self._feeds.get(typing.key):
            self._company.receive_typing(feed, typing)

    def receive_presence(self, presence: Presence) -> None:
        """The people at another node."""
        if (feed := self._feeds.get(presence.key)) and feed.is_followed:
            self._company.receive_presence(feed, presence)

    def ask_who_is_there(self, keys: Iterable[Key]) -> None:
        """What other nodes said of these may have been missed."""
        for key in keys:
            if (feed := self._feeds.get(key)) and (feed.staff or feed.contacts):
                self._company.changed(feed, asks=True)

    def lose(self, nodes: Iterable[NodeId]) -> None:
        """These nodes are dead."""
        self._company.loses([feed for feed in self._feeds.values() if feed.elsewhere], nodes)

    def watchers(self, key: Key) -> set[int]:
        """The numbers of the sessions that are shown what happens in it."""
        feed = self._feeds.get(key)
        return {watcher.number for watcher in (*feed.staff, *feed.contacts)} if feed else set()

    def tell_staff(self, key: Key, data: bytes) -> None:
        """One frame beside the log, for the staff who watch."""
        feed = self._feeds.get(key)
        if feed is not None:
            for watcher in feed.staff:
                guarded(watcher.send, data, 1)

    # -- beside the log: who has read what -----------------------------------------------------------------------------

    def is_held_by(self, key: Key, who: Agent) -> bool:
        state = self.state(key)
        return state is not None and isinstance(state.holder, Agent) and state.holder.id == who.id

    def is_watched_by(self, key: Key, who: Agent) -> bool:
        """By a session of this node."""
        feed = self._feeds.get(key)
        return feed is not None and any(_is_of(watcher, who) for watcher in feed.staff)

    def read(self, read: Read, session: int) -> None:
        """An agent of this node has read so far, and `session` has said so: it is not shown that."""
        self.receive_read(read, session)
        self._hub.publish(read)

    def receive_read(self, read: Read, session: int = 0) -> None:
        """One of another node has."""
        feed = self._feeds.get(read.key)
        if feed is None or not feed.is_followed:
            return
        if read.n:
            data = _read_up_to(feed, read.n)
            for watcher in feed.staff:
                if watcher.number != session and _is_of(watcher, read.agent):
                    guarded(watcher.send, data, 1)
        if read.pub > feed.read:
            feed.read = read.pub
            data = _read_up_to(feed, read.pub)
            for watcher in feed.contacts:
                guarded(watcher.send, data, 1)
        for watcher, join in feed.joining.items():
            mine = read.pub if not watcher.is_staff else read.n if _is_of(watcher, read.agent) else 0
            join.read = max(join.read, mine)

    # -- coming and going --------------------------------------------------------------------------------------------

    def _follow(self, key: Key) -> Feed:
        feed = self._feeds.get(key)
        if feed is None:
            feed = self._feeds[key] = Feed(key)
        if not feed.is_followed:
            self._idle.pop(key, None)
            self._hub.subscribe(ConversationTopic(key))
        return feed

    def _rest(self, feed: Feed) -> None:
        """It is followed no longer: remember its state a while, as a cache that may be stale. Of a conversation of
        which nothing is known, and that may not exist, nothing stays."""
        if feed.is_followed or feed.key in self._idle or self._feeds.get(feed.key) is not feed:
            return
        self._hub.unsubscribe(ConversationTopic(feed.key))
        feed.elsewhere.clear()
        self._early.drop(feed.early)
        if feed.state is None and feed.former is None:
            del self._feeds[feed.key]
            return
        self._idle[feed.key] = None
        if len(self._idle) > IDLE_FEEDS:
            oldest, _ = self._idle.popitem(last=False)
            self._company.forgets(self._feeds.pop(oldest))


def _is_of(watcher: Watcher, who: Agent) -> bool:
    return watcher.agent is not None and watcher.agent.id == who.id


def _read_up_to(feed: Feed, n: int) -> bytes:
    return framing.encode(common.ReadUpTo(conversation=feed.key.conversation, n=n))


def _new_pieces(before: Conversation, snapshot: Snapshot) -> list[Piece]:
    """Those of the open reply that a feed at `before` has not shown."""
    known = before.stream
    return [
        piece for piece in snapshot.pieces if known is None or piece.message != known.message or piece.n > known.pieces
    ]


def _leads_on(held: list[_Held], version: int, to: int) -> bool:
    """Whether what was held leads from `version` to the feed's, without a gap."""
    for entry in held:
        if entry.answer is None and entry.version > version:
            if entry.low != version:
                return False
            version = entry.version
    return version == to
