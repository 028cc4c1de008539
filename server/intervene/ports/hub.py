"""The message bus between nodes. What it carries is in `messages.py`."""

from collections.abc import Sequence
from typing import Protocol

from intervene.core.ids import NodeId
from intervene.ports.messages import Message
from intervene.ports.topics import Topic


class HubHandler(Protocol):
    """What a node does with what its hub delivers. An exception is logged, and the next message is delivered."""

    def receive(self, message: Message) -> None:
        """Another node has published it."""

    def missed(self, topics: Sequence[Topic]) -> None:
        """Messages of these topics may not have been delivered: a subscription has just begun, or a message was in a
        format that this node cannot read."""

    def lost(self) -> None:
        """Something that this node published may not have been delivered. Called once until the other nodes have been
        asked to compare versions, which the hub does by itself."""

    def can_write(self) -> bool:
        """Whether the database takes what this node writes. Each heartbeat carries it."""


class Hub(Protocol):
    """Carries messages between nodes. Promises nothing but this: what arrives was published. It may lose, double
    and delay; the log is asked where that matters."""

    @property
    def node(self) -> NodeId:
        """Whose side this is."""

    def connect(self, handler: HubHandler) -> None:
        """From now on `handler` gets what is delivered; before, nothing is. Called once."""

    def subscribe(self, topic: Topic) -> None:
        """Receive what other nodes publish on it. Twice is once."""

    def unsubscribe(self, topic: Topic) -> None:
        """However often it was subscribed to. Messages may arrive for some seconds more."""

    def publish(self, message: Message) -> None:
        """To the other nodes that are subscribed to its topic. Returns at once."""
