"""All feeds of this node: which conversations it follows, what it reads of them and when, and what it sends beside the
log. What a feed does with a commit or a snapshot is in `feed/feed.py`.

Nothing here decides: `engine/engine.py` commits, this delivers.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from functools import partial

import structlog

from intervene.core.actors import Actor, Agent
from intervene.core.control import Place
from intervene.core.conversation.state import Conversation, OpenReply, has_same_turn
from intervene.core.errors import NewerRelease, NotFound, Unavailable
from intervene.core.events import author_key
from intervene.core.ids import AgentId, EventId, Key, NodeId, OrganisationId
from intervene.core.limits import FRESH_EVENTS, IDLE_FEEDS, PAGE_EVENTS
from intervene.core.policy import Policy
from intervene.core.timing import PRODUCTION, Timing
from intervene.feed.early import Early
from intervene.feed.feed import Feed
from intervene.feed.joining import Join
from intervene.feed.presence import PeopleHere
from intervene.feed.reading import Readers, Reads
from intervene.feed.subscribers import Observer, SendEach, Watcher, is_of, send_each
from intervene.guard import guarded
from intervene.ports.hub import Hub
from intervene.ports.log import Commit, Range
from intervene.ports.messages import Pieces, Presence, Read, Typing
from intervene.ports.read_positions import HOLDER
from intervene.ports.topics import ConversationTopic

log_ = structlog.get_logger(__name__)


class Feeds:
    """The registry; it is what its feeds have around them (`feed.Surroundings`)."""

    def __init__(self, readers: Readers, hub: Hub, timing: Timing = PRODUCTION) -> None:
        self.observers: list[Observer] = []
        self.typed: Callable[[Key, Actor], None] = lambda key, author: None
        """Called when an author types in a conversation that is followed here."""
        self.noted: Callable[[Key, AgentId, int], None] = lambda key, agent, n: None
        """Called when an agent of this node has read up to there."""
        self.policy: Callable[[OrganisationId], Policy | None] = lambda organisation: None
        """The settings of an organisation, as this node acts on them."""
        self.send_each: SendEach = send_each
        self.early = Early()
        self._timing = timing
        self._readers = readers
        self._hub = hub
        self.people = PeopleHere(hub, self.find)
        self._feeds: dict[Key, Feed] = {}
        self._idle: OrderedDict[Key, None] = OrderedDict()
        self._history = 0
        """Counts how often the database went back. What was read before that is another history."""

    def find(self, key: Key) -> Feed | None:
        return self._feeds.get(key)

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

    @property
    def is_idle(self) -> bool:
        """Nothing is being read, and nothing waits."""
        return all(feed.is_idle for feed in self._feeds.values())

    def watched(self) -> list[Feed]:
        """Those that staff watch."""
        return [feed for feed in self._feeds.values() if feed.staff]

    def awaited(self) -> list[Feed]:
        """Those that customers watch while they wait for a person."""
        return [
            feed for feed in self._feeds.values() if feed.contacts and feed.state and feed.state.place is Place.NOBODY
        ]

    # -- following -----------------------------------------------------------------------------------------------------

    def pin(self, key: Key) -> Feed:
        """Follow a conversation without watching it: while it is decided on, or its turn runs here."""
        feed = self._follow(key)
        feed.pins += 1
        return feed

    def unpin(self, feed: Feed) -> None:
        assert feed.pins > 0, "each pin is taken out once"
        feed.pins -= 1
        self._rest(feed)

    def join(self, key: Key, watcher: Watcher, after: tuple[int, EventId] | None) -> None:
        """Show `watcher` the conversation, from `after` on or its newest page, then everything that follows."""
        self._follow(key).join(watcher, after)

    def leave(self, key: Key, watcher: Watcher) -> None:
        feed = self._feeds.get(key)
        if feed is not None:
            feed.leave(watcher)
            self._rest(feed)

    def take(self, commit: Commit | Pieces) -> None:
        """A commit, from here or from the hub, in any order and any number of times."""
        feed = self._feeds.get(commit.key)
        if feed is not None:
            feed.take(commit)

    def _follow(self, key: Key) -> Feed:
        feed = self._feeds.get(key)
        if feed is None:
            feed = self._feeds[key] = Feed(key, self)
        if not feed.is_followed:
            self._idle.pop(key, None)
            self._hub.subscribe(ConversationTopic(key))
        return feed

    def _rest(self, feed: Feed) -> None:
        """If it is followed no longer, remember its state a while, as a cache that may be stale. Of a conversation of
        which nothing is known, and that may not exist, nothing stays."""
        if feed.is_followed or feed.key in self._idle or self._feeds.get(feed.key) is not feed:
            return
        self._hub.unsubscribe(ConversationTopic(feed.key))
        self.people.drop_others(feed.key)
        feed.early = self.early.drop(feed.early)
        if feed.state is None and feed.former is None:
            del self._feeds[feed.key]
            return
        self._idle[feed.key] = None
        if len(self._idle) > IDLE_FEEDS:
            oldest, _ = self._idle.popitem(last=False)
            del self._feeds[oldest]

    def end_unseen(self, keys: Iterable[Key]) -> None:
        """Look at all staff who watch these: who may not see one any more watches it no longer."""
        for key in keys:
            if feed := self._feeds.get(key):
                feed.end_unseen()

    # -- what is compared with the log ---------------------------------------------------------------------------------

    def versions(self, only: Collection[Key] | None = None) -> dict[Key, int]:
        """What this node has of the conversations that it follows: of all, or of some."""
        found = ((key, self._feeds.get(key)) for key in (self._feeds if only is None else only))
        return {key: feed.version for key, feed in found if feed and feed.is_followed and feed.state is not None}

    def check(self, key: Key, version: int, *, had: int | None = None) -> None:
        """The log has `version`, 0 for nothing. Read it, if this feed has not. `had`: what the feed had when the log
        was asked, if it may have come further since."""
        feed = self._feeds.get(key)
        if feed is not None and (version > feed.version or version < (feed.version if had is None else had)):
            self.read_now(feed)

    def forget(self) -> None:
        """The database is an older one than it was: whatever is remembered is another history."""
        self._history += 1
        for key in self._idle:
            del self._feeds[key]
        self._idle.clear()
        for feed in self._feeds.values():
            feed.forget()
            if feed.former is not None and not feed.is_catching_up:
                self._catch_up(feed)

    # -- what feeds ask for --------------------------------------------------------------------------------------------

    def close_gap(self, feed: Feed) -> None:
        """Wait a moment for what is missing, then read it."""
        if not feed.is_catching_up:
            feed.is_catching_up = True
            asyncio.get_running_loop().call_later(self._timing.feed_gap, self._close_gap, feed)

    def _close_gap(self, feed: Feed) -> None:
        if feed.needs_read:
            self._catch_up(feed)
        else:
            feed.is_catching_up = False

    def read_now(self, feed: Feed) -> None:
        if feed.is_followed and not feed.is_catching_up:
            self._catch_up(feed)

    def _catch_up(self, feed: Feed) -> None:
        feed.is_catching_up = True
        self._readers.ask(None, partial(self._read, feed))

    async def _read(self, feed: Feed, reads: Reads) -> None:
        """Read what is missing, however long it takes: an answer may wait behind the gap."""
        history, begun = self._history, feed.version
        try:
            snapshot = await reads.read(feed.key, Range(is_staff=True, limit=0), feed.seq)
        except NewerRelease as problem:
            feed.give_up(problem)
            return
        except Exception as problem:
            if not isinstance(problem, Unavailable):
                log_.exception("a feed could not be read", conversation=feed.key.conversation)
            asyncio.get_running_loop().call_later(self._timing.feed_retry, self._catch_up, feed)
            return
        if history != self._history:
            self._catch_up(feed)
            return
        feed.is_catching_up = False
        if snapshot is not None:
            feed.catch_up(snapshot, begun=begun)
        elif feed.state is not None or feed.former is not None:
            feed.give_up(NotFound("There is no such conversation."))
        if feed.early or feed.answers:
            self.close_gap(feed)

    def read_page(self, feed: Feed, watcher: Watcher, join: Join) -> None:
        join.ticket = self._readers.ask(watcher.owner, partial(self._read_page, feed, watcher, join))

    def cancel_page(self, join: Join) -> None:
        if join.ticket is not None:
            self._readers.cancel(join.ticket)

    async def _read_page(self, feed: Feed, watcher: Watcher, join: Join, reads: Reads) -> None:
        join.ticket = None  # it holds what holds it: without this circle a join is freed by reference counts
        if not feed.is_joining(watcher, join):
            return
        join.is_reading = True
        limit = FRESH_EVENTS if join.after is None else PAGE_EVENTS
        reader = author_key(watcher.agent) if watcher.agent else HOLDER
        wanted = Range(is_staff=watcher.is_staff, limit=limit, after=join.after, reader=reader)
        history, begun = self._history, feed.version
        try:
            snapshot = await reads.read(feed.key, wanted, feed.seq)
            if snapshot is None:
                raise NotFound("There is no such conversation.")
        except (NotFound, Unavailable) as problem:
            feed.fail_join(watcher, join, problem)
        except Exception:
            log_.exception("a conversation could not be joined", conversation=feed.key.conversation)
            feed.fail_join(watcher, join, Unavailable("The log did not answer. Try again."))
        else:
            if not feed.is_joining(watcher, join):
                return  # it left meanwhile, or joined again
            if history != self._history:
                feed.join_again(watcher, join)
            else:
                feed.finish_join(watcher, join, snapshot, begun=begun)
        self._rest(feed)

    def changed(self, before: Conversation | None, after: Conversation) -> None:
        if before is not None and has_same_turn(before, after):
            return
        for observer in self.observers:
            guarded(observer.changed, before, after)

    def unfollowed(self, feed: Feed) -> None:
        asyncio.get_running_loop().call_soon(self._rest, feed)  # it is in the middle of a commit

    def lost(self, feed: Feed) -> None:
        for observer in self.observers:
            guarded(observer.lost, feed.key)
        self._rest(feed)

    def went_back(self, feed: Feed, had: int, found: int) -> None:
        log_.warning("database went back", conversation=feed.key.conversation, had=had, found=found)

    # -- beside the log: presence, typing, read positions --------------------------------------------------------------

    def watchers_changed(self, feed: Feed, *, is_first: bool) -> None:
        self.people.changed(feed.key, asks=is_first)

    def set_typing(self, key: Key, who: Actor, on: bool) -> None:
        """A person or bot at this node types, or stops."""
        if feed := self._feeds.get(key):
            if on:
                self.typed(key, who)
            self.people.set_typing(feed, who, on)

    def receive_typing(self, typing: Typing) -> None:
        """An author at another node types, or stopped."""
        if feed := self._feeds.get(typing.key):
            if typing.on:
                self.typed(typing.key, typing.author)
            self.people.receive_typing(feed, typing)

    def receive_presence(self, presence: Presence) -> None:
        """The people at another node."""
        if (feed := self._feeds.get(presence.key)) and feed.is_followed:
            self.people.receive_presence(feed, presence)

    def ask_for_presence(self, keys: Iterable[Key]) -> None:
        """What other nodes published about these may have been missed."""
        for key in keys:
            if (feed := self._feeds.get(key)) and feed.watchers:
                self.people.changed(key, asks=True)

    def drop_nodes(self, nodes: Iterable[NodeId]) -> None:
        """These nodes are dead."""
        self.people.drop_nodes(nodes)

    def watchers(self, key: Key) -> set[int]:
        """The numbers of the sessions that are shown what happens in it."""
        feed = self._feeds.get(key)
        return {watcher.number for watcher in feed.watchers} if feed else set()

    def send_to_staff(self, key: Key, data: bytes) -> None:
        """One frame beside the log, for the staff who watch."""
        if feed := self._feeds.get(key):
            self.send_each(feed.staff, data, 1)

    def is_held_by(self, key: Key, who: Agent) -> bool:
        state = self.state(key)
        return state is not None and isinstance(state.holder, Agent) and state.holder.id == who.id

    def is_watched_by(self, key: Key, who: Agent) -> bool:
        """By a session of this node."""
        feed = self._feeds.get(key)
        return feed is not None and any(is_of(watcher, who) for watcher in feed.staff)

    def read(self, read: Read, session: int) -> None:
        """Somebody of this node has read so far, and `session` has said so: it is not shown that."""
        self.receive_read(read, session)
        self._hub.publish(read)
        if read.agent is not None and read.n:
            self.noted(read.key, read.agent.id, read.n)

    def receive_read(self, read: Read, session: int = 0) -> None:
        """Somebody of another node has."""
        if (feed := self._feeds.get(read.key)) and feed.is_followed:
            feed.show_read(read, session)
