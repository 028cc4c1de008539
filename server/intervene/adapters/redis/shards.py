"""The lines to the masters of a Redis Cluster: each channel and each message takes the one that has its slot.

Slots move while nodes run. The server then ends the subscriptions of a slot that leaves it, and answers `MOVED` to what
is published there. Both cause a look at the cluster. Then channels are subscribed to where they are now, which is a gap
as any other, and messages are published again. What is lost in between is found by comparing versions.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import anyio
from anyio.abc import TaskGroup

from intervene.adapters.redis import names
from intervene.adapters.redis.cluster import Address, ClusterConnections, Shard
from intervene.adapters.redis.commands import channel_of
from intervene.adapters.redis.line import Line
from intervene.adapters.redis.publisher import QUEUE_BYTES, QUEUE_MESSAGES
from intervene.adapters.redis.stats import Stats
from intervene.ports.topics import Topic

GATHER_SECONDS = 0.05  # between two looks: a slot moves for all nodes at once, and for each of its channels


class _Kept:
    def __init__(self, line: Line, slot: int) -> None:
        self.line = line
        self.slot = slot
        """That of its echo."""
        self.scope = anyio.CancelScope()

    async def keep(self) -> None:
        with self.scope:
            await self.line.keep()


class Shards:
    """`make` makes a line to a master with an echo in that slot; `returned` is called when slots are served again of
    which messages were dropped."""

    def __init__(
        self,
        connections: ClusterConnections,
        stats: Stats,
        make: Callable[[Address, int], Line],
        always: Mapping[bytes, Topic],
        returned: Callable[[], None],
    ) -> None:
        self._connections = connections
        self._timing = connections.timing
        self._stats = stats
        self._make = make
        self._returned = returned
        self._kept: dict[Address, _Kept] = {}
        self._topics: dict[bytes, Topic] = dict(always)
        self._places: dict[bytes, Line] = {}
        self._moved: list[bytes] = []
        self._moved_bytes = 0
        self._moved_slots: set[tuple[Line, int]] = set()
        self._arranged: frozenset[Shard] = frozenset()
        self._has_dropped = False
        self._woken = asyncio.Event()
        self._channels_always = len(always)

    @property
    def lines(self) -> Sequence[Line]:
        return [kept.line for kept in self._kept.values()]

    @property
    def is_up(self) -> bool:
        return self._connections.is_covered and all(line.is_up for line in self.lines)

    @property
    def channels(self) -> int:
        return len(self._topics) - self._channels_always

    @property
    def waiting(self) -> int:
        return len(self._moved) + sum(line.publisher.waiting for line in self.lines)

    def at(self, channel: bytes) -> Line | None:
        """None while no line to its slot is known. What was for it counts as dropped."""
        if (line := self._line(channel)) is None:
            self._has_dropped = True
            self._woken.set()
        return line

    def add(self, channel: bytes, topic: Topic) -> None:
        self._topics[channel] = topic
        if line := self.at(channel):
            self._place(channel, line)

    def drop(self, channel: bytes) -> None:
        if self._topics.pop(channel, None) and (line := self._places.pop(channel, None)):
            line.listener.drop(channel)

    # -- what moves ----------------------------------------------------------------------------------------------------

    def moved_slot(self, line: Line, slot: int) -> None:
        """Its master has said so of its channels. How many there are, it says once for each."""
        self._moved_slots.add((line, slot))
        self._woken.set()

    def moved_messages(self, packed: Sequence[bytes]) -> None:
        """Beyond the bounds of a queue they are dropped, as there."""
        for message in packed:
            if len(self._moved) < QUEUE_MESSAGES and self._moved_bytes + len(message) <= QUEUE_BYTES:
                self._moved.append(message)
                self._moved_bytes += len(message)
            else:
                self._drop(1)
        self._woken.set()

    async def keep(self) -> None:
        """For ever."""
        async with anyio.create_task_group() as tasks:
            while True:
                self._woken.clear()
                if await self._connections.look():
                    self._arrange(tasks)
                await anyio.sleep(GATHER_SECONDS)
                with anyio.move_on_after(self._timing.redis_shards if self.is_up else self._timing.redis_retry_longest):
                    await self._woken.wait()

    def _arrange(self, tasks: TaskGroup) -> None:
        shards = frozenset(self._connections.shards)
        if shards != self._arranged or self._moved_slots or len(self._places) < len(self._topics):
            self._arranged = shards
            self._arrange_lines(tasks)
            self._arrange_channels()
        moved, self._moved, self._moved_bytes = self._moved, [], 0
        for packed in moved:
            if line := self.at(channel_of(packed)):
                line.publisher.publish(packed)
            else:
                self._drop(1)
        if self._has_dropped and self._connections.is_covered:
            self._has_dropped = False
            self._returned()

    def _arrange_channels(self) -> None:
        moved, self._moved_slots = self._moved_slots, set()
        for channel in self._topics:
            before, line = self._places.get(channel), self._line(channel)
            if before is not None and (before, names.slot(channel)) in moved:
                before.listener.forget(channel)
            elif before is line:
                continue
            elif before is not None:
                before.listener.drop(channel)
            if line is not None:
                self._place(channel, line)
            else:
                self._places.pop(channel, None)

    def _arrange_lines(self, tasks: TaskGroup) -> None:
        shards = {shard.address: shard for shard in self._connections.shards}
        for address, kept in list(self._kept.items()):
            if not self._connections.owns(address, kept.slot):
                del self._kept[address]
                kept.scope.cancel()
                kept.line.publisher.disconnected()
                self._has_dropped = True  # also the request to compare that it may have had
                self._places = {channel: line for channel, line in self._places.items() if line is not kept.line}
        for address in shards.keys() - self._kept.keys():
            slot = shards[address].ranges[0][0]
            kept = self._kept[address] = _Kept(self._make(address, slot), slot)
            tasks.start_soon(kept.keep)

    def _line(self, channel: bytes) -> Line | None:
        address = self._connections.owner(channel)
        return self._kept[address].line if address in self._kept else None

    def _place(self, channel: bytes, line: Line) -> None:
        self._places[channel] = line
        line.listener.add(channel, self._topics[channel])

    def _drop(self, count: int) -> None:
        self._stats.lost += count
        self._has_dropped |= count > 0
