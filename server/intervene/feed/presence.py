"""Who is here and who types: sent beside the log, bounded, dropped first, and never kept.

A node publishes the people that follow a conversation on it when they change. One that has just begun to follow it, or
that may have missed something, asks the others; and what a dead node had published is forgotten.

A conversation is shown anew, and published, at most once in `HERE_SECONDS`: the first change at once, and what changes
meanwhile at the end. A list names `HERE_AGENTS` and counts the rest, so a crowd that comes to one conversation costs
what its size is, and not the square of it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import Protocol

from msgspec.structs import replace

from intervene.core.actors import Actor, Agent, Bot
from intervene.core.conversation.state import Conversation
from intervene.core.events import author_key
from intervene.core.ids import AgentId, Key, NodeId
from intervene.core.limits import HERE_AGENTS, HERE_SECONDS
from intervene.core.wire import framing, views
from intervene.core.wire.contact import ContactTyping
from intervene.core.wire.staff import Here, StaffTyping
from intervene.feed.typing_throttle import TypingThrottle
from intervene.guard import guarded
from intervene.ports.hub import Hub
from intervene.ports.messages import Presence, Typing

TIMER_SECONDS = 0.001  # a timer of the loop may come that much early


class Announcing(IntEnum):
    """What is to be sent of a conversation, next time. Each includes those before it."""

    NO = 0
    SHOWING = 1
    """To the staff who watch here."""
    PUBLISHING = 2
    """To the other nodes."""
    ASKING = 3
    """And they are asked for theirs."""


class Listener(Protocol):
    """A session, as far as it matters here."""

    @property
    def agent(self) -> Agent | None: ...

    def send(self, data: bytes, frames: int) -> None: ...


class Followed(Protocol):
    """A conversation's feed, as far as it matters here."""

    @property
    def key(self) -> Key: ...

    @property
    def state(self) -> Conversation | None: ...

    @property
    def staff(self) -> Sequence[Listener]: ...

    @property
    def contacts(self) -> Sequence[Listener]: ...


class _Here:
    """Of one conversation: what other nodes published last, and what is still to be sent. Kept only while there is
    something in it."""

    __slots__ = ("announcing", "elsewhere", "is_resting")

    def __init__(self) -> None:
        self.announcing = Announcing.NO
        self.elsewhere: dict[NodeId, Presence] = {}
        self.is_resting = False
        """It was shown within the last `HERE_SECONDS`."""


class PeopleHere:
    """This node's part: it shows and publishes who is here and who types. `find` answers a conversation's feed."""

    def __init__(self, hub: Hub, find: Callable[[Key], Followed | None]) -> None:
        self._hub = hub
        self._find = find
        self._throttle = TypingThrottle(self._show_typing)
        self._here: dict[Key, _Here] = {}
        self._due: list[Key] = []
        """Announced as soon as this round of the loop is over."""
        self._resting: deque[tuple[float, Key]] = deque()
        """Until when, on the loop's clock: the first is due first."""

    # -- typing --------------------------------------------------------------------------------------------------------

    def set_typing(self, feed: Followed, who: Actor, on: bool) -> None:
        """A person or bot of this node types, or stops."""
        if feed.state is not None:
            self._throttle.take(Typing(feed.key, feed.state.epoch, who, on), is_ours=True)

    def receive_typing(self, feed: Followed, typing: Typing) -> None:
        """From another node. Typing from another epoch than the feed's is dropped."""
        if feed.state is not None and feed.state.epoch == typing.epoch:
            self._throttle.take(typing, is_ours=False)

    def _show_typing(self, typing: Typing, is_ours: bool) -> None:
        """To those whom it concerns, and not after control has changed."""
        feed = self._find(typing.key)
        if feed is None or feed.state is None or feed.state.epoch != typing.epoch:
            return
        if is_ours:
            self._hub.publish(typing)
        who, conversation = typing.author, typing.key.conversation
        mine = feed.state.holder
        data = framing.encode(StaffTyping(conversation=conversation, who=who, on=typing.on, epoch=typing.epoch))
        for watcher in feed.staff:
            if watcher.agent is None or watcher.agent != who:
                guarded(watcher.send, data, 1)
        if isinstance(who, Bot | Agent) and isinstance(mine, Bot | Agent) and author_key(who) == author_key(mine):
            data = framing.encode(ContactTyping(conversation=conversation, who=views.party(who), on=typing.on))
            for watcher in feed.contacts:
                guarded(watcher.send, data, 1)

    # -- who is here ---------------------------------------------------------------------------------------------------

    def changed(self, key: Key, *, asks: bool = False) -> None:
        """Watchers came or left here. `asks`: the other nodes are asked for theirs."""
        self._announce(key, Announcing.ASKING if asks else Announcing.PUBLISHING)

    def receive_presence(self, feed: Followed, presence: Presence) -> None:
        """The people at another node."""
        here = self._of(feed.key)
        before = here.elsewhere.get(presence.node)
        after = _bounded(presence) if presence.agents or presence.contact else None
        if after is not None:
            here.elsewhere[presence.node] = after  # in its former place: the list does not change without need
        elif before is not None:
            del here.elsewhere[presence.node]
        if _content(before) != _content(after):
            self._announce(feed.key, Announcing.SHOWING)
        if presence.asks and (feed.staff or feed.contacts):
            self._announce(feed.key, Announcing.PUBLISHING)
        self._drop_if_empty(feed.key)

    def drop_nodes(self, nodes: Iterable[NodeId]) -> None:
        """These nodes are dead, and their people with them, until they come back."""
        dead = list(nodes)
        for key, here in list(self._here.items()):
            gone = [node for node in dead if here.elsewhere.pop(node, None) is not None]
            if gone:
                self._announce(key, Announcing.SHOWING)

    def drop_others(self, key: Key) -> None:
        """This node follows the conversation no longer: what others publish about it is not received."""
        if here := self._here.get(key):
            here.elsewhere.clear()
            self._drop_if_empty(key)

    def others(self, key: Key) -> Sequence[Presence]:
        """What other nodes published last about this conversation."""
        here = self._here.get(key)
        return list(here.elsewhere.values()) if here else []

    def is_resting(self, key: Key) -> bool:
        """Whether it was shown within the last `HERE_SECONDS`."""
        here = self._here.get(key)
        return here is not None and here.is_resting

    def _of(self, key: Key) -> _Here:
        here = self._here.get(key)
        if here is None:
            here = self._here[key] = _Here()
        return here

    def _drop_if_empty(self, key: Key) -> None:
        here = self._here[key]
        if not here.elsewhere and not here.is_resting and here.announcing is Announcing.NO:
            del self._here[key]

    def _announce(self, key: Key, what: Announcing) -> None:
        """Once for all that changes in this round of the loop, and then not before the conversation has rested."""
        here = self._of(key)
        if here.announcing is Announcing.NO and not here.is_resting:
            if not self._due:
                asyncio.get_running_loop().call_soon(self.announce)
            self._due.append(key)
        here.announcing = max(here.announcing, what)

    def announce(self) -> None:
        """What is due, now: so that it leaves with what else is sent in this round."""
        due, self._due = self._due, []
        for key in due:
            guarded(self._send, key)

    def _send(self, key: Key) -> None:
        """What changed, to the staff here and to other nodes; of a conversation without a feed, that nobody is left."""
        here = self._of(key)
        announcing, here.announcing = here.announcing, Announcing.NO
        here.is_resting = True
        self._rest(key)
        feed = self._find(key)
        agents = {agent.id: agent for watcher in feed.staff if (agent := watcher.agent)} if feed else {}
        if feed is not None:
            self._show(feed, agents, self.others(key))
        if announcing >= Announcing.PUBLISHING:
            listed = tuple(agents.values())[:HERE_AGENTS]
            is_asking = announcing is Announcing.ASKING
            has_contact = feed is not None and bool(feed.contacts)
            self._hub.publish(Presence(key, self._hub.node, listed, has_contact, is_asking, len(agents)))

    def _rest(self, key: Key) -> None:
        loop = asyncio.get_running_loop()
        if not self._resting:
            loop.call_later(HERE_SECONDS, self._wake)
        self._resting.append((loop.time() + HERE_SECONDS, key))

    def _wake(self) -> None:
        """One timer for all conversations that rest."""
        loop = asyncio.get_running_loop()
        resting, now = self._resting, loop.time() + TIMER_SECONDS
        late = []
        while resting and resting[0][0] <= now:
            late.append(resting.popleft()[1])
        if resting:
            loop.call_at(resting[0][0], self._wake)
        for key in late:
            guarded(self._rested, key)

    def _rested(self, key: Key) -> None:
        here = self._of(key)
        here.is_resting = False
        if here.announcing is not Announcing.NO:
            self._send(key)
        else:
            self._drop_if_empty(key)

    def _show(self, feed: Followed, agents: dict[AgentId, Agent], others: Sequence[Presence]) -> None:
        """Those who have been here longest are named, then those of other nodes."""
        if not feed.staff:
            return
        known = agents | {agent.id: agent for presence in others for agent in presence.agents}
        count = len(known) + sum(presence.count - len(presence.agents) for presence in others)
        listed = list(known.values())[:HERE_AGENTS]
        here = Here(
            conversation=feed.key.conversation,
            agents=listed,
            contact=bool(feed.contacts) or any(presence.contact for presence in others),
            count=count if count > len(listed) else 0,
        )
        data = framing.encode(here)
        for watcher in feed.staff:
            guarded(watcher.send, data, 1)


def _bounded(presence: Presence) -> Presence:
    """One of an older release names all people and does not count."""
    listed = presence.agents[:HERE_AGENTS]
    return replace(presence, agents=listed, count=max(presence.count, len(presence.agents)))


def _content(presence: Presence | None) -> tuple[tuple[Agent, ...], int, bool]:
    return (presence.agents, presence.count, presence.contact) if presence else ((), 0, False)
