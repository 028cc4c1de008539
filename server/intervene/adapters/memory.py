"""The ports of one process alone: hub and leases in memory, and the clock. The embedded default.

Several engines in one process (as the contract suites have them) share a `LocalHub`; what one publishes, the others
receive on the next turn of the loop.
"""

import asyncio
import time
from collections.abc import Callable

from intervene.core.ids import Key, NodeId
from intervene.core.timing import PRODUCTION, Timing
from intervene.ports.hub import HubHandler
from intervene.ports.messages import Message
from intervene.ports.topics import ADDRESSES, DIRECTORY, NODES, Topic


class LocalHub:
    """Connects the nodes of one process. `side` gives each its own."""

    def __init__(self) -> None:
        self.sides: list[LocalHubSide] = []

    def side(self, node: NodeId) -> "LocalHubSide":
        side = LocalHubSide(self, node)
        self.sides.append(side)
        return side


class LocalHubSide:
    """One node's `Hub`."""

    def __init__(self, hub: LocalHub, node: NodeId) -> None:
        self._node = node
        self._hub = hub
        self._handler: HubHandler | None = None
        self._topics: set[Topic] = {NODES, ADDRESSES, DIRECTORY}

    @property
    def node(self) -> NodeId:
        return self._node

    def connect(self, handler: HubHandler) -> None:
        self._handler = handler

    def subscribe(self, topic: Topic) -> None:
        self._topics.add(topic)

    def unsubscribe(self, topic: Topic) -> None:
        self._topics.discard(topic)

    def publish(self, message: Message) -> None:
        sides = self._hub.sides
        if len(sides) == 1:
            return
        topic = message.topic
        for side in sides:
            if side is not self and side._handler is not None and topic in side._topics:
                asyncio.get_running_loop().call_soon(side._handler.receive, message)


class LocalLeases:
    """Leases in memory; those that are over are dropped when their number doubles."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, timing: Timing = PRODUCTION) -> None:
        self._monotonic = monotonic
        self._lasts = timing.lease
        self._leases: dict[Key, tuple[int, float]] = {}
        self._sweep_at = 1024

    def take(self, key: Key, epoch: int) -> None:
        now = self._monotonic()
        held, until = self._leases.get(key, (0, 0.0))
        if until <= now or epoch > held:
            self._leases[key] = (epoch, now + self._lasts)
        if len(self._leases) > self._sweep_at:
            self._leases = {key: lease for key, lease in self._leases.items() if lease[1] > now}
            self._sweep_at = max(1024, 2 * len(self._leases))

    async def peek(self, key: Key) -> int:
        epoch, until = self._leases.get(key, (0, 0.0))
        return epoch if until > self._monotonic() else 0


class AnchoredClock:
    """The database's clock as last read, carried on by monotonic time; so a step of this machine's wall clock
    changes nothing."""

    def __init__(self) -> None:
        self._offset = int(time.time() * 1000) - int(time.monotonic() * 1000)

    def anchor(self, now: int) -> None:
        self._offset = now - int(time.monotonic() * 1000)

    def now(self) -> int:
        return self._offset + int(time.monotonic() * 1000)

    def monotonic(self) -> float:
        return time.monotonic()
