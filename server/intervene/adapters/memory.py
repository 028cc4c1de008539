"""The ports of one process alone: hub and leases in memory, and the clock. The embedded default.

Several engines in one process (as the contract suites have them) share a `LocalHub`; what one publishes, the others'
feeds take on the next turn of the loop.
"""

import asyncio
import time
from collections.abc import Callable

from intervene.core.ids import ChannelId, Key, NodeId
from intervene.core.timing import PRODUCTION, Timing
from intervene.ports.hub import Envelope, Presence, ReadTo, Report, Whisper


class LocalHub:
    """Connects the nodes of one process. `connect` gives each its own side."""

    def __init__(self) -> None:
        self.sides: list[LocalHubSide] = []

    def connect(self, node: NodeId) -> "LocalHubSide":
        side = LocalHubSide(self, node)
        self.sides.append(side)
        return side


class LocalHubSide:
    """One node's `Hub`. The composition root sets `take`, `hear`, `meet`, `learn`, `reads`, `spent` and `asked`;
    until then nothing is delivered."""

    def __init__(self, hub: LocalHub, node: NodeId) -> None:
        self._node = node
        self.take: Callable[[Envelope], None] = lambda envelope: None
        self.hear: Callable[[Whisper], None] = lambda whisper: None
        self.meet: Callable[[Presence], None] = lambda presence: None
        self.learn: Callable[[Report], None] = lambda report: None
        self.reads: Callable[[ReadTo], None] = lambda read: None
        self.spent: Callable[[ChannelId], None] = lambda channel_id: None
        self.asked: Callable[[], None] = lambda: None
        self._hub = hub
        self._topics: set[Key] = set()

    @property
    def node(self) -> NodeId:
        return self._node

    def subscribe(self, key: Key) -> None:
        self._topics.add(key)

    def unsubscribe(self, key: Key) -> None:
        self._topics.discard(key)

    def publish(self, envelope: Envelope) -> None:
        for side in self._others(envelope.key):
            asyncio.get_running_loop().call_soon(side.take, envelope)

    def whisper(self, whisper: Whisper) -> None:
        for side in self._others(whisper.key):
            asyncio.get_running_loop().call_soon(side.hear, whisper)

    def presence(self, presence: Presence) -> None:
        for side in self._others(presence.key):
            asyncio.get_running_loop().call_soon(side.meet, presence)

    def read(self, read: ReadTo) -> None:
        for side in self._others(read.key):
            asyncio.get_running_loop().call_soon(side.reads, read)

    def report(self, report: Report) -> None:
        for side in self._others(report.key):
            asyncio.get_running_loop().call_soon(side.learn, report)

    def spend(self, channel_id: ChannelId) -> None:
        for side in self._hub.sides:
            if side is not self:
                asyncio.get_running_loop().call_soon(side.spent, channel_id)

    def ask(self) -> None:
        for side in self._hub.sides:
            if side is not self:
                asyncio.get_running_loop().call_soon(side.asked)

    def _others(self, key: Key) -> list["LocalHubSide"]:
        sides = self._hub.sides
        return [side for side in sides if side is not self and key in side._topics] if len(sides) > 1 else []


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
