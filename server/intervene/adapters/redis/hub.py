"""The port `Hub` on Redis: a channel for each topic.

A node receives its own heartbeats too. Only that proves that what it publishes arrives where it listens: two
connections may both be well and reach different servers, as after a failover. Without an echo both are replaced.
"""

import asyncio
import time
from collections.abc import Sequence

import anyio
import structlog

from intervene.adapters.redis import names
from intervene.adapters.redis.codec import Codec, Forged, Unreadable
from intervene.adapters.redis.connections import Connections
from intervene.adapters.redis.listener import Listener
from intervene.adapters.redis.publisher import Publisher, pack_publish
from intervene.adapters.redis.stats import Stats
from intervene.core.ids import NodeId
from intervene.guard import guarded
from intervene.ports.hub import HubHandler
from intervene.ports.messages import Compare, Heartbeat, Message
from intervene.ports.topics import ADDRESSES, DIRECTORY, NODES, Topic

log_ = structlog.get_logger(__name__)

MISSED_ECHOES = 2  # of our own in a row; then both connections are replaced


class RedisHub:
    """One node's `Hub`. `keep` does the work, for ever; until then nothing is sent or received. `keys` seal and open
    messages, the first seals."""

    def __init__(
        self,
        connections: Connections,
        *,
        node: NodeId,
        keys: Sequence[bytes],
        prefix: str = names.PREFIX,
    ) -> None:
        self.stats = Stats()
        self._timing = connections.timing
        self._node = node
        self._outage = connections.outage
        self._codec = Codec(node, keys)
        self._prefix = prefix
        self._home = names.channel(prefix, NODES)
        self._handler: HubHandler | None = None
        self._sent = self._missed_echoes = 0
        self._sent_at = 0.0
        self._has_echo = False
        self._echo_at = time.monotonic()
        self._woken = asyncio.Event()
        self._publisher = Publisher(
            connections, self.stats, self._pack(Compare(node)), lost=self._lost, changed=self._changed
        )
        self._listener = Listener(
            connections,
            self.stats,
            self._home,
            receive=self._receive,
            missed=self._missed,
            changed=self._changed,
            beside=(names.channel(prefix, ADDRESSES), names.channel(prefix, DIRECTORY)),
        )

    @property
    def node(self) -> NodeId:
        return self._node

    @property
    def is_up(self) -> bool:
        """Whether what this node publishes arrives: at itself at least."""
        return self._has_echo and self._publisher.is_up and self._listener.is_up

    @property
    def silent_seconds(self) -> float:
        """Since a heartbeat of ours came back, or since the start."""
        return time.monotonic() - self._echo_at

    @property
    def channels(self) -> int:
        """That are listened to."""
        return len(self._listener.channels)

    @property
    def waiting(self) -> int:
        """Messages that have not left yet."""
        return self._publisher.waiting

    async def keep(self) -> None:
        """Call `connect` before."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._publisher.keep)
            tasks.start_soon(self._listener.keep)
            tasks.start_soon(self._send_heartbeats)

    # -- the port ----------------------------------------------------------------------------------------------------

    def connect(self, handler: HubHandler) -> None:
        self._handler = handler

    def subscribe(self, topic: Topic) -> None:
        self._listener.add(names.channel(self._prefix, topic), topic)

    def unsubscribe(self, topic: Topic) -> None:
        self._listener.drop(names.channel(self._prefix, topic))

    def publish(self, message: Message) -> None:
        if isinstance(message, Compare):
            self._publisher.request_compare()
        elif message.droppable:
            self._publisher.publish_droppable(self._pack(message))
        else:
            self._publisher.publish(self._pack(message))

    def _pack(self, message: Message) -> bytes:
        channel = names.channel(self._prefix, message.topic)
        return pack_publish(channel, self._codec.encode(channel, message))

    # -- what arrives -----------------------------------------------------------------------------------------------

    def _receive(self, channel: bytes, data: bytes) -> None:
        if channel != self._home and self._codec.is_own(data):
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
            if topic := self._listener.channels.get(channel):
                self._missed([topic])  # the log says it in a format that can be read, or refused
            return
        if isinstance(message, Heartbeat | Compare) and message.node == self.node:
            if isinstance(message, Heartbeat):
                self._receive_echo(message)
        else:
            guarded(self._connected.receive, message)

    def _missed(self, topics: Sequence[Topic]) -> None:
        guarded(self._connected.missed, topics)

    def _lost(self) -> None:
        guarded(self._connected.lost)

    @property
    def _connected(self) -> HubHandler:
        assert self._handler is not None, "`connect` is called before `keep`"
        return self._handler

    # -- heartbeats --------------------------------------------------------------------------------------------------

    def _receive_echo(self, heartbeat: Heartbeat) -> None:
        if heartbeat.n == self._sent:
            self._missed_echoes, self._has_echo = 0, True
            self._echo_at = time.monotonic()
            self._outage.answered()
            self.stats.echo_seconds = asyncio.get_running_loop().time() - self._sent_at

    def _changed(self) -> None:
        """A connection came or went: what an echo has shown is over, and a new one is asked for."""
        self._missed_echoes, self._has_echo = 0, False
        self._woken.set()

    async def _send_heartbeats(self) -> None:
        while True:
            self._woken.clear()
            if self._publisher.is_up and self._listener.is_up:
                self._missed_echoes += 1
            if self._missed_echoes > MISSED_ECHOES:
                self._publisher.replace()
                self._listener.replace()
            self._sent += 1
            self._sent_at = asyncio.get_running_loop().time()
            self._publisher.signal(self._pack(Heartbeat(self.node, self._sent, self._connected.can_write())))
            with anyio.move_on_after(self._timing.heartbeat):
                await self._woken.wait()
