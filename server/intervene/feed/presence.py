"""Who is here and who types: sent beside the log, bounded, dropped first, and never kept.

A node publishes the people that follow a conversation on it when they change. One that has just begun to follow it, or
that may have missed something, asks the others; and what a dead node had published is forgotten.

A conversation is shown anew, and published, at most once in `HERE_SECONDS`: the first change at once, and what changes
meanwhile at the end. A list names `HERE_AGENTS` and counts the rest, so a crowd that comes to one conversation costs
what its size is, and not the square of it.
"""

import asyncio
from collections.abc import Callable, Iterable
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


class Announcing(IntEnum):
    """What is to be sent of a conversation, next time. Each includes those before it."""

    NO = 0
    SHOWING = 1
    """To the staff who watch here."""
    TELLING = 2
    """To the other nodes."""
    ASKING = 3
    """And they are asked for theirs."""


class Listener(Protocol):
    """A session, as far as it matters here."""

    @property
    def agent(self) -> Agent | None: ...

    def send(self, data: bytes, frames: int) -> None: ...


class Circle(Protocol):
    """A conversation's feed, as far as it matters here. `elsewhere`: what other nodes said last."""

    key: Key
    announcing: Announcing
    elsewhere: dict[NodeId, Presence]

    @property
    def state(self) -> Conversation | None: ...

    @property
    def staff(self) -> tuple[Listener, ...]: ...

    @property
    def contacts(self) -> tuple[Listener, ...]: ...


class Company:
    """This node's part in telling."""

    def __init__(self, hub: Hub, find: Callable[[Key], Circle | None]) -> None:
        self._hub = hub
        self._find = find
        self._throttle = TypingThrottle(self._show_typing)
        self._resting: set[Circle] = set()
        """Conversations that were shown within the last `HERE_SECONDS`."""

    # -- typing --------------------------------------------------------------------------------------------------------

    def types(self, circle: Circle, who: Actor, on: bool) -> None:
        """A person or bot of this node types, or stops."""
        if circle.state is not None:
            self._throttle.take(Typing(circle.key, circle.state.epoch, who, on), is_ours=True)

    def receive_typing(self, circle: Circle, typing: Typing) -> None:
        """From another node. Typing from another epoch than the feed's is dropped."""
        if circle.state is not None and circle.state.epoch == typing.epoch:
            self._throttle.take(typing, is_ours=False)

    def _show_typing(self, typing: Typing, is_ours: bool) -> None:
        """To those whom it concerns, and not after control has changed."""
        circle = self._find(typing.key)
        if circle is None or circle.state is None or circle.state.epoch != typing.epoch:
            return
        if is_ours:
            self._hub.publish(typing)
        who, conversation = typing.author, typing.key.conversation
        mine = circle.state.holder
        data = framing.encode(StaffTyping(conversation=conversation, who=who, on=typing.on, epoch=typing.epoch))
        for watcher in circle.staff:
            if watcher.agent is None or watcher.agent != who:
                guarded(watcher.send, data, 1)
        if isinstance(who, Bot | Agent) and isinstance(mine, Bot | Agent) and author_key(who) == author_key(mine):
            data = framing.encode(ContactTyping(conversation=conversation, who=views.party(who), on=typing.on))
            for watcher in circle.contacts:
                guarded(watcher.send, data, 1)

    # -- who is here ---------------------------------------------------------------------------------------------------

    def changed(self, circle: Circle, *, asks: bool = False) -> None:
        """Watchers came or left here."""
        self._announce(circle, Announcing.ASKING if asks else Announcing.TELLING)

    def receive_presence(self, circle: Circle, presence: Presence) -> None:
        """The people at another node."""
        before = circle.elsewhere.get(presence.node)
        after = _bounded(presence) if presence.agents or presence.contact else None
        if after is not None:
            circle.elsewhere[presence.node] = after  # in its former place: who is listed does not change without need
        elif before is not None:
            del circle.elsewhere[presence.node]
        if _content(before) != _content(after):
            self._announce(circle, Announcing.SHOWING)
        if presence.asks and (circle.staff or circle.contacts):
            self._announce(circle, Announcing.TELLING)

    def loses(self, circles: Iterable[Circle], nodes: Iterable[NodeId]) -> None:
        """These nodes are dead, and their people with them, until they come back."""
        lost = list(nodes)
        for circle in circles:
            gone = [node for node in lost if circle.elsewhere.pop(node, None) is not None]
            if gone:
                self._announce(circle, Announcing.SHOWING)

    def forgets(self, circle: Circle) -> None:
        """The conversation gets another circle when it is followed again. What is still to be sent of this one is sent
        before anything of that."""
        if circle.announcing is not Announcing.NO:
            self._tell(circle)

    def _announce(self, circle: Circle, what: Announcing) -> None:
        """Once for all that changes in this round of the loop, and then not before the conversation has rested."""
        if circle.announcing is Announcing.NO and circle not in self._resting:
            asyncio.get_running_loop().call_soon(self._tell, circle)
        circle.announcing = max(circle.announcing, what)

    def _tell(self, circle: Circle) -> None:
        announcing, circle.announcing = circle.announcing, Announcing.NO
        self._resting.add(circle)
        asyncio.get_running_loop().call_later(HERE_SECONDS, self._rested, circle)
        agents = {watcher.agent.id: watcher.agent for watcher in circle.staff if watcher.agent}
        self._show(circle, agents)
        if announcing >= Announcing.TELLING:
            listed = tuple(agents.values())[:HERE_AGENTS]
            is_asking = announcing is Announcing.ASKING
            self._hub.publish(
                Presence(circle.key, self._hub.node, listed, bool(circle.contacts), is_asking, len(agents))
            )

    def _rested(self, circle: Circle) -> None:
        self._resting.discard(circle)
        if circle.announcing is not Announcing.NO:
            self._tell(circle)

    def _show(self, circle: Circle, agents: dict[AgentId, Agent]) -> None:
        """Those who have been here longest are named, then those of other nodes."""
        if not circle.staff:
            return
        others = circle.elsewhere.values()
        known = agents | {agent.id: agent for presence in others for agent in presence.agents}
        count = len(known) + sum(presence.count - len(presence.agents) for presence in others)
        listed = list(known.values())[:HERE_AGENTS]
        here = Here(
            conversation=circle.key.conversation,
            agents=listed,
            contact=bool(circle.contacts) or any(presence.contact for presence in others),
            count=count if count > len(listed) else 0,
        )
        data = framing.encode(here)
        for watcher in circle.staff:
            guarded(watcher.send, data, 1)


def _bounded(presence: Presence) -> Presence:
    """One of an older release names all people and does not count."""
    listed = presence.agents[:HERE_AGENTS]
    return replace(presence, agents=listed, count=max(presence.count, len(presence.agents)))


def _content(presence: Presence | None) -> tuple[tuple[Agent, ...], int, bool]:
    return (presence.agents, presence.count, presence.contact) if presence else ((), 0, False)
