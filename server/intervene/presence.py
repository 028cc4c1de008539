"""Who is here and who types: told beside the log, bounded, dropped first, and never kept.

A node tells the others when somebody comes to a conversation or leaves it there. One that has just begun to follow it,
or that may have missed something, asks; and what a dead node had said is forgotten.
"""

import asyncio
from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import ParamSpec, Protocol

import structlog

from intervene.core import frames, wire
from intervene.core.control import Actor, Agent, Bot
from intervene.core.conversation import Conversation
from intervene.core.events import author_key
from intervene.core.ids import Key, NodeId
from intervene.ports import Hub, Presence, Whisper

log_ = structlog.get_logger(__name__)
P = ParamSpec("P")


class Announcing(IntEnum):
    """What is on its way to the other nodes."""

    NO = 0
    TELLING = 1
    ASKING = 2


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

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    # -- typing --------------------------------------------------------------------------------------------------------

    def types(self, circle: Circle, who: Actor, on: bool) -> None:
        """Somebody of this node types, or stops."""
        if circle.state is not None:
            whisper = Whisper(circle.key, circle.state.epoch, who, on)
            self.hears(circle, whisper)
            self._hub.whisper(whisper)

    def hears(self, circle: Circle, whisper: Whisper) -> None:
        """Show typing to those whom it concerns. Under another epoch than the feed's it is too late, or too early."""
        if circle.state is None or circle.state.epoch != whisper.epoch:
            return
        who, conversation = whisper.who, whisper.key.conversation
        mine = circle.state.holder
        data = wire.encode(frames.StaffTyping(conversation=conversation, who=who, on=whisper.on, epoch=whisper.epoch))
        for watcher in circle.staff:
            if watcher.agent is None or watcher.agent != who:
                guarded(watcher.send, data, 1)
        if isinstance(who, Bot | Agent) and isinstance(mine, Bot | Agent) and author_key(who) == author_key(mine):
            data = wire.encode(frames.ContactTyping(conversation=conversation, who=frames.party(who), on=whisper.on))
            for watcher in circle.contacts:
                guarded(watcher.send, data, 1)

    # -- who is here ---------------------------------------------------------------------------------------------------

    def changed(self, circle: Circle, *, asks: bool = False) -> None:
        """Somebody came or left here: told once for all that did so in this round of the loop."""
        if circle.announcing is Announcing.NO:
            asyncio.get_running_loop().call_soon(self._tell, circle)
        circle.announcing = max(circle.announcing, Announcing.ASKING if asks else Announcing.TELLING)

    def meets(self, circle: Circle, presence: Presence) -> None:
        """What another node says of its own people."""
        before = circle.elsewhere.pop(presence.node, None)
        if presence.agents or presence.contact:
            circle.elsewhere[presence.node] = presence
        if (presence.agents, presence.contact) != ((before.agents, before.contact) if before else ((), False)):
            self._show(circle)
        if presence.asks and (circle.staff or circle.contacts):
            self._publish(circle, asks=False)

    def loses(self, circles: Iterable[Circle], nodes: Iterable[NodeId]) -> None:
        """These nodes are dead, and their people with them, until they come back."""
        lost = list(nodes)
        for circle in circles:
            if any(circle.elsewhere.pop(node, None) for node in lost):
                self._show(circle)

    def _tell(self, circle: Circle) -> None:
        announcing, circle.announcing = circle.announcing, Announcing.NO
        self._show(circle)
        self._publish(circle, asks=announcing is Announcing.ASKING)

    def _publish(self, circle: Circle, *, asks: bool) -> None:
        agents = tuple({watcher.agent.id: watcher.agent for watcher in circle.staff if watcher.agent}.values())
        self._hub.presence(Presence(circle.key, self._hub.node, agents, bool(circle.contacts), asks))

    def _show(self, circle: Circle) -> None:
        if circle.staff:
            agents = {watcher.agent.id: watcher.agent for watcher in circle.staff if watcher.agent}
            for presence in circle.elsewhere.values():
                agents |= {agent.id: agent for agent in presence.agents}
            is_there = bool(circle.contacts) or any(presence.contact for presence in circle.elsewhere.values())
            here = frames.Here(conversation=circle.key.conversation, agents=list(agents.values()), contact=is_there)
            data = wire.encode(here)
            for watcher in circle.staff:
                guarded(watcher.send, data, 1)


def guarded(call: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
    """Whoever fails to hear of something must not keep the others from it, or the node from going on."""
    try:
        call(*args, **kwargs)
    except Exception:
        log_.exception("a follower of a conversation failed")
