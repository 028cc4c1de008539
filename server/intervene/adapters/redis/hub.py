"""The port `Hub` on Redis: a channel for each conversation, one for the heartbeats of all nodes, and one for
addresses that were given up, which a release that does not know of these does not listen to.

A node receives its own heartbeats too. Only that proves that what it publishes arrives where it listens: two
connections may both be well and reach different servers, as after a failover. Without an echo both are replaced.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import assert_never

import anyio
import structlog

from intervene.adapters.redis import names
from intervene.adapters.redis.codec import Beat, Check, Codec, Forged, Spent, Unreadable
from intervene.adapters.redis.connections import Connections
from intervene.adapters.redis.listener import Listener
from intervene.adapters.redis.publisher import Publisher, pack_publish
from intervene.adapters.redis.stats import Stats
from intervene.core.ids import ChannelId, Key, NodeId
from intervene.ports.hub import Envelope, Presence, ReadTo, Report, Whisper

log_ = structlog.get_logger(__name__)

UNHEARD_BEATS = 2  # of our own in a row; then both connections are replaced


class RedisHub:
    """One node's `Hub`. `keep` does the work, for ever; until then nothing is sent or received.

    The composition root sets the callbacks. `take` and `hear` get what other nodes published; `gap(keys)` the
    conversations of which something may have been missed; `lost` says that something published here did not arrive,
    once until all nodes were asked to compare versions; `asked`, that another node asks for that; `beat(node,
    can_write)`, a heartbeat of another node, and whether it has the database; `meet`, who is there; `learn`, what
    another node knows of a takeover; `reads`, where an agent has read to; `spent`, that an address was given up there.
    `can_write` is asked with each beat of ours. `keys` seal and open messages, the first seals.
    """

    def __init__(
        self,
        connections: Connections,
        *,
        node: NodeId,
        keys: Sequence[bytes],
        prefix: str = names.PREFIX,
    ) -> None:
        self._timing = connections.timing
        self.take: Callable[[Envelope], None] = lambda envelope: None
        self.hear: Callable[[Whisper], None] = lambda whisper: None
        self.gap: Callable[[Sequence[Key]], None] = lambda keys: None
        self.lost: Callable[[], None] = lambda: None
        self.asked: Callable[[], None] = lambda: None
        self.meet: Callable[[Presence], None] = lambda presence: None
        self.learn: Callable[[Report], None] = lambda report: None
        self.reads: Callable[[ReadTo], None] = lambda read: None
        self.spent: Callable[[ChannelId], None] = lambda channel_id: None
        self.beat: Callable[[NodeId, bool], None] = lambda node, can_write: None
        self.can_write: Callable[[], bool] = lambda: True
        self.stats = Stats()
        self._node = node
        self._outage = connections.outage
        self._codec = Codec(node, keys)
        self._prefix = prefix
        self._home = names.home(prefix)
        self._addresses = names.addresses(prefix)
        self._beats = self._unheard = 0
        self._beat_at = 0.0
        self._has_echo = False
        self._echo_at = time.monotonic()
        self._woken = asyncio.Event()
        check = pack_publish(self._home, self._codec.encode(self._home, Check(node)))
        self._publisher = Publisher(
            connections, self.stats, check, lost=lambda: _guarded(self.lost), changed=self._changed
        )
        self._listener = Listener(
            connections,
            self.stats,
            self._home,
            heard=self._heard,
            gap=lambda keys: _guarded(self.gap, keys),
            changed=self._changed,
            beside=(self._addresses,),
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
        """Since a beat of ours came back, or since the start."""
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
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._publisher.keep)
            tasks.start_soon(self._listener.keep)
            tasks.start_soon(self._beat)

    # -- the port ----------------------------------------------------------------------------------------------------

    def subscribe(self, key: Key) -> None:
        self._listener.add(self._channel(key), key)

    def unsubscribe(self, key: Key) -> None:
        self._listener.drop(self._channel(key))

    def publish(self, envelope: Envelope) -> None:
        channel = self._channel(envelope.key)
        self._publisher.publish(pack_publish(channel, self._codec.encode(channel, envelope)))

    def whisper(self, whisper: Whisper) -> None:
        channel = self._channel(whisper.key)
        self._publisher.whisper(pack_publish(channel, self._codec.encode(channel, whisper)))

    def presence(self, presence: Presence) -> None:
        channel = self._channel(presence.key)
        self._publisher.whisper(pack_publish(channel, self._codec.encode(channel, presence)))

    def read(self, read: ReadTo) -> None:
        channel = self._channel(read.key)
        self._publisher.whisper(pack_publish(channel, self._codec.encode(channel, read)))

    def report(self, report: Report) -> None:
        channel = self._channel(report.key)
        self._publisher.whisper(pack_publish(channel, self._codec.encode(channel, report)))

    def spend(self, channel_id: ChannelId) -> None:
        data = self._codec.encode(self._addresses, Spent(channel_id))
        self._publisher.whisper(pack_publish(self._addresses, data))

    def ask(self) -> None:
        self._publisher.ask()

    def _channel(self, key: Key) -> bytes:
        return names.channel(self._prefix, key)

    # -- what arrives -----------------------------------------------------------------------------------------------

    def _heard(self, channel: bytes, data: bytes) -> None:
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
            if key := self._listener.channels.get(channel):
                _guarded(self.gap, [key])  # the log says it in a format that can be read, or refused
            return
        match message:
            case Envelope():
                _guarded(self.take, message)
            case Whisper():
                _guarded(self.hear, message)
            case Presence():
                _guarded(self.meet, message)
            case Report():
                _guarded(self.learn, message)
            case ReadTo():
                _guarded(self.reads, message)
            case Spent(channel_id=channel_id):
                _guarded(self.spent, channel_id)
            case Beat():
                self._heard_a_beat(message)
            case Check():
                if message.node != self.node:
                    _guarded(self.asked)
            case _:
                assert_never(message)

    # -- beats -------------------------------------------------------------------------------------------------------

    def _heard_a_beat(self, beat: Beat) -> None:
        if beat.node != self.node:
            _guarded(self.beat, beat.node, beat.can_write)
        elif beat.n == self._beats:
            self._unheard, self._has_echo = 0, True
            self._echo_at = time.monotonic()
            self._outage.answered()
            self.stats.echo_ms = (asyncio.get_running_loop().time() - self._beat_at) * 1000

    def _changed(self) -> None:
        """A connection came or went: what an echo has shown is over, and a new one is asked for."""
        self._unheard, self._has_echo = 0, False
        self._woken.set()

    async def _beat(self) -> None:
        while True:
            self._woken.clear()
            if self._publisher.is_up and self._listener.is_up:
                self._unheard += 1
            if self._unheard > UNHEARD_BEATS:
                self._publisher.replace()
                self._listener.replace()
            self._beats += 1
            self._beat_at = asyncio.get_running_loop().time()
            beat = Beat(self.node, self._beats, self.can_write())
            self._publisher.signal(pack_publish(self._home, self._codec.encode(self._home, beat)))
            with anyio.move_on_after(self._timing.heartbeat):
                await self._woken.wait()


def _guarded(call: Callable[..., object], *args: object) -> None:
    """What fails here must not keep the next message from being handled."""
    try:
        call(*args)
    except Exception:
        log_.exception("a message from another node failed")
