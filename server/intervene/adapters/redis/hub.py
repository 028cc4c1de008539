"""The port `Hub` on Redis: a channel for each topic. On a single Redis there is one line for all of them, on a cluster
one to each master.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import anyio
import structlog

from intervene.adapters.redis import names
from intervene.adapters.redis.cluster import Address, AnyConnections, ClusterConnections
from intervene.adapters.redis.codec import Codec, Forged, Unreadable
from intervene.adapters.redis.commands import BROADCAST, SHARDED, PubSub
from intervene.adapters.redis.connections import Connections
from intervene.adapters.redis.line import Line
from intervene.adapters.redis.shards import Shards
from intervene.adapters.redis.stats import Stats
from intervene.core.ids import NodeId
from intervene.guard import guarded
from intervene.ports.hub import HubHandler
from intervene.ports.messages import Compare, Heartbeat, Message
from intervene.ports.topics import ADDRESSES, DIRECTORY, NODES, Topic

log_ = structlog.get_logger(__name__)

ALWAYS = (NODES, ADDRESSES, DIRECTORY)  # topics that each node receives


class Lines(Protocol):
    """The lines of a hub."""

    @property
    def lines(self) -> Sequence[Line]: ...

    @property
    def is_up(self) -> bool: ...

    @property
    def channels(self) -> int:
        """That are listened to, but for those of `ALWAYS`."""

    @property
    def waiting(self) -> int:
        """Messages that have not left yet."""

    def at(self, channel: bytes) -> Line | None:
        """None if what is published there is dropped."""

    def add(self, channel: bytes, topic: Topic) -> None: ...

    def drop(self, channel: bytes) -> None: ...

    async def keep(self) -> None: ...


class RedisHub:
    """One node's `Hub`. `keep` does the work, for ever; until then nothing is sent or received. `keys` seal and open
    messages, the first seals."""

    def __init__(self, connections: AnyConnections, *, node: NodeId, keys: Sequence[bytes]) -> None:
        self.stats = Stats()
        self._timing = connections.timing
        self._node = node
        self._codec = Codec(node, keys)
        self._names = connections.names
        self._nodes_channel = self._names.channel(NODES)
        self._handler: HubHandler | None = None
        self._echo_at = time.monotonic()
        self._commands, self._lines = self._make_lines(connections)

    def _make_lines(self, connections: AnyConnections) -> tuple[PubSub, Lines]:
        if isinstance(connections, Connections):
            beside = [self._names.channel(topic) for topic in ALWAYS if topic is not NODES]
            make = self._maker(BROADCAST, _nothing_moves, _nothing_moves)
            return BROADCAST, OneLine(make(connections, self._nodes_channel, beside=beside))
        return SHARDED, self._make_shards(connections)

    def _make_shards(self, connections: ClusterConnections) -> Shards:
        def make(address: Address, slot: int) -> Line:
            line = self._maker(SHARDED, shards.moved_messages, shards.moved_slot)
            return line(connections.at(address), names.echo_channel(slot, self._node))

        always = {self._names.channel(topic): topic for topic in ALWAYS}
        shards = Shards(connections, self.stats, make, always, returned=self._request_compare)
        return shards

    def _maker(
        self,
        commands: PubSub,
        moved_messages: Callable[[Sequence[bytes]], None],
        moved_slot: Callable[[Line, int], None],
    ) -> "partial[Line]":
        return partial(
            Line,
            stats=self.stats,
            commands=commands,
            heartbeat=self._heartbeat,
            receive=self._receive,
            missed=self._missed,
            lost=self._lost,
            compare=self._compare,
            moved_messages=moved_messages,
            moved_slot=moved_slot,
        )

    @property
    def node(self) -> NodeId:
        return self._node

    @property
    def is_up(self) -> bool:
        """Whether what this node publishes arrives: at itself at least."""
        return self._lines.is_up

    @property
    def silent_seconds(self) -> float:
        """Since a heartbeat of ours came back, or since the start."""
        return time.monotonic() - self._echo_at

    @property
    def channels(self) -> int:
        """That are listened to."""
        return self._lines.channels

    @property
    def waiting(self) -> int:
        """Messages that have not left yet."""
        return self._lines.waiting

    async def keep(self) -> None:
        """Call `connect` before."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._lines.keep)
            if self._commands is SHARDED:
                tasks.start_soon(self._send_heartbeats)

    # -- the port ----------------------------------------------------------------------------------------------------

    def connect(self, handler: HubHandler) -> None:
        self._handler = handler

    def subscribe(self, topic: Topic) -> None:
        self._lines.add(self._names.channel(topic), topic)

    def unsubscribe(self, topic: Topic) -> None:
        self._lines.drop(self._names.channel(topic))

    def publish(self, message: Message) -> None:
        if isinstance(message, Compare):
            self._request_compare()
            return
        channel = self._names.channel(message.topic)
        line = self._lines.at(channel)
        if line is None:
            self.stats.lost += not message.droppable
        elif message.droppable:
            line.publisher.publish_droppable(self._pack(channel, message))
        else:
            line.publisher.publish(self._pack(channel, message))

    def _pack(self, channel: bytes, message: Message) -> bytes:
        return self._commands.pack_publish(channel, self._codec.encode(channel, message))

    # -- what arrives -----------------------------------------------------------------------------------------------

    def _receive(self, line: Line, channel: bytes, data: bytes) -> None:
        if channel != line.home and self._codec.is_own(data):
            return
        try:
            message = self._codec.decode(channel, data)
        except Forged:
            self.stats.forged += 1
            if self.stats.forged == 1:
                log_.warning(
                    "dropped a message with a bad MAC; does another deployment use this Redis?", channel=channel
                )
            return
        except Unreadable:
            self.stats.unreadable += 1
            if topic := line.listener.channels.get(channel):
                self._missed([topic])  # the log says it in a format that can be read, or refused
            return
        if isinstance(message, Heartbeat | Compare) and message.node == self.node:
            if isinstance(message, Heartbeat) and line.receive_echo(message.n):
                self._echo_at = time.monotonic()
        else:
            guarded(self._connected.receive, message)

    def _missed(self, topics: Sequence[Topic]) -> None:
        guarded(self._connected.missed, topics)

    @property
    def _connected(self) -> HubHandler:
        assert self._handler is not None, "`connect` is called before `keep`"
        return self._handler

    # -- what was lost -----------------------------------------------------------------------------------------------

    def _lost(self) -> None:
        if len(self._lines.lines) > 1:  # another may reach the other nodes sooner than the one that lost it
            self._request_compare()
        guarded(self._connected.lost)

    def _request_compare(self) -> None:
        if line := self._lines.at(self._nodes_channel):
            line.publisher.request_compare()

    def _compare(self, line: Line) -> bytes | None:
        """For the line to which nodes listen for it. Another asks that one."""
        if line is self._lines.at(self._nodes_channel):
            return self._pack(self._nodes_channel, Compare(self._node))
        self._request_compare()
        return None

    # -- heartbeats --------------------------------------------------------------------------------------------------

    def _heartbeat(self, line: Line, n: int) -> bytes:
        return self._pack(line.home, Heartbeat(self._node, n, self._connected.can_write()))

    async def _send_heartbeats(self) -> None:
        """On a cluster the echo of a line is for this node alone. On a single Redis it is what all nodes receive."""
        n = 0
        while True:
            n += 1
            if line := self._lines.at(self._nodes_channel):
                heartbeat = Heartbeat(self._node, n, self._connected.can_write())
                line.publisher.signal(self._pack(self._nodes_channel, heartbeat))
            await asyncio.sleep(self._timing.heartbeat)


class OneLine:
    """To a single Redis, whose echo is the heartbeat that all nodes receive."""

    def __init__(self, line: Line) -> None:
        self.lines = (line,)
        self._line = line

    @property
    def is_up(self) -> bool:
        return self._line.is_up

    @property
    def channels(self) -> int:
        return len(self._line.listener.channels)

    @property
    def waiting(self) -> int:
        return self._line.publisher.waiting

    def at(self, _channel: bytes) -> Line:
        return self._line

    def add(self, channel: bytes, topic: Topic) -> None:
        self._line.listener.add(channel, topic)

    def drop(self, channel: bytes) -> None:
        self._line.listener.drop(channel)

    async def keep(self) -> None:
        await self._line.keep()


def _nothing_moves(*_: object) -> None:
    raise AssertionError("a single Redis sends nothing to another one")
