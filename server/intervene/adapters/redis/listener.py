"""The one connection on which a node listens.

Subscribing never waits: what changes within a moment leaves as one command, and a conversation that is left keeps its
channel for some seconds more, since many come back. Every confirmation of a subscription, also the
first, is reported as a gap: what was published before it is missing.

The connection is asked for a sign of life every second. One that is half open acknowledges and sends nothing, or
works in one direction only: after three questions without an answer it is replaced. Only an answer counts, since
messages prove one direction. Questions are counted, not seconds, so a node that was stopped for a while does not blame
Redis.
"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

import anyio
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError, MovedError

from intervene.adapters.redis import names
from intervene.adapters.redis.commands import PubSub
from intervene.adapters.redis.connections import Connections
from intervene.adapters.redis.stats import Stats
from intervene.ports.topics import Topic

UNANSWERED_PINGS = 3  # in a row; then the connection is replaced
GATHER_SECONDS = 0.001  # between two commands
LINGERING = 10_000  # channels at most; the oldest leaves at once
WRITTEN_AT_ONCE = 500  # commands
MESSAGES_AT_ONCE = 64  # then others of the loop have their turn


class Listener:
    """`receive(channel, data)` gets each message, `missed(topics)` the topics whose subscription has just begun;
    `changed` is called when the connection comes or goes; `moved(slot)` when that is on another server of a cluster, so
    that its channels must be subscribed to again. `home` and those `beside` it are always subscribed to; `home` is what
    shows that the connection works."""

    def __init__(
        self,
        connections: Connections,
        stats: Stats,
        home: bytes,
        *,
        commands: PubSub,
        receive: Callable[[bytes, bytes], None],
        missed: Callable[[Sequence[Topic]], None],
        changed: Callable[[], None],
        moved: Callable[[int], None],
        beside: Sequence[bytes] = (),
    ) -> None:
        self.is_up = False
        self.channels: dict[bytes, Topic] = {}
        self._connections = connections
        self._timing = connections.timing
        self._stats = stats
        self._home = home
        self._beside = beside
        self._receive = receive
        self._missed = missed
        self._changed = changed
        self._moved = moved
        self._commands = commands
        self._new: dict[bytes, None] = {}
        self._leaving: OrderedDict[bytes, float] = OrderedDict()
        self._confirmed: list[bytes] = []
        self._unanswered = 0
        self._is_stale = False
        self._woken = asyncio.Event()

    def add(self, channel: bytes, topic: Topic) -> None:
        self._leaving.pop(channel, None)
        if channel not in self.channels:
            self.channels[channel] = topic
            self._new[channel] = None
            self._woken.set()

    def drop(self, channel: bytes) -> None:
        if channel in self._new:  # nothing has been said of it yet
            del self._new[channel]
            del self.channels[channel]
        elif channel in self.channels and channel not in self._leaving:
            self._leaving[channel] = asyncio.get_running_loop().time() + self._timing.redis_linger
            if len(self._leaving) > LINGERING:
                self._woken.set()

    def forget(self, channel: bytes) -> None:
        """The server sends nothing of it any more, so there is nothing to unsubscribe from."""
        self.channels.pop(channel, None)
        self._new.pop(channel, None)
        self._leaving.pop(channel, None)

    def replace(self) -> None:
        """Give up this connection for another."""
        self._is_stale = True
        self._woken.set()

    async def keep(self) -> None:
        await self._connections.keep("listener", self._live, self._disconnected)

    async def _live(self, connection: AbstractConnection) -> None:
        self._unanswered, self._is_stale = 0, False
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._write, connection)
            await self._read(connection)

    def _disconnected(self) -> None:
        self._stats.listener_falls += 1
        self.is_up = False
        self._changed()

    # -- what comes --------------------------------------------------------------------------------------------------

    async def _read(self, connection: AbstractConnection) -> None:
        count = 0
        while True:
            try:
                answer = await connection.read_response(timeout=math.inf, push_request=True)
            except MovedError as moved:
                self._moved(moved.slot_id)
                continue
            kind = answer[0] if isinstance(answer, list) else b"pong"  # RESP3 answers a ping outside of a list
            if kind in (b"message", b"smessage"):
                self._stats.received += 1
                self._receive(answer[1], answer[2])
            elif kind in (b"subscribe", b"ssubscribe"):
                self._confirm(answer[1])
            elif kind == b"sunsubscribe" and answer[1] in self.channels:  # not by a command of ours
                self._moved(names.slot(answer[1]))
            elif kind == b"pong" and self.is_up:  # not of what answers, and confirms no subscription
                self._unanswered = 0
            count += 1
            if count % MESSAGES_AT_ONCE == 0:
                await asyncio.sleep(0)

    def _confirm(self, channel: bytes) -> None:
        if channel == self._home:
            self.is_up = True
            self._changed()
            return
        if not self._confirmed:
            asyncio.get_running_loop().call_soon(self._report)
        self._confirmed.append(channel)

    def _report(self) -> None:
        """One call for all that were confirmed in this round of the loop."""
        confirmed, self._confirmed = self._confirmed, []
        topics = [topic for channel in confirmed if (topic := self.channels.get(channel))]
        self._stats.gaps += len(topics)
        if topics:
            self._missed(topics)

    # -- what leaves -------------------------------------------------------------------------------------------------

    async def _write(self, connection: AbstractConnection) -> None:
        loop = asyncio.get_running_loop()
        self._take_leaving(math.inf)
        self._new.clear()
        subscribe, unsubscribe = self._commands.subscribe, self._commands.unsubscribe
        await self._send_all(connection, subscribe, [self._home, *self._beside, *self.channels])
        ping_at = loop.time() + self._timing.redis_ping
        while True:
            with anyio.move_on_after(max(0.0, ping_at - loop.time())):
                await self._woken.wait()
            self._woken.clear()
            if self._is_stale:
                raise ConnectionError("self-check failed: own heartbeat not received")
            # Both are taken before either is sent: meanwhile a channel may be added or left again.
            gone, new = self._take_leaving(loop.time()), self._new
            self._new = {}
            await self._send_all(connection, unsubscribe, gone)
            await self._send_all(connection, subscribe, new)
            if loop.time() >= ping_at:
                if self._unanswered == UNANSWERED_PINGS:
                    raise ConnectionError("it does not answer")
                self._unanswered += 1
                await self._send(connection, b"*1\r\n$4\r\nPING\r\n")
                ping_at = loop.time() + self._timing.redis_ping
            await asyncio.sleep(GATHER_SECONDS)

    def _take_leaving(self, now: float) -> list[bytes]:
        """The channels whose time is over, or that are too many."""
        gone: list[bytes] = []
        while self._leaving:
            channel, until = next(iter(self._leaving.items()))
            if until > now and len(self._leaving) <= LINGERING:
                break
            del self._leaving[channel]
            del self.channels[channel]
            gone.append(channel)
        return gone

    async def _send_all(self, connection: AbstractConnection, verb: bytes, channels: Iterable[bytes]) -> None:
        commands = iter(self._commands.pack(verb, channels))
        while some := list(islice(commands, WRITTEN_AT_ONCE)):
            await self._send(connection, b"".join(some))

    async def _send(self, connection: AbstractConnection, packed: bytes) -> None:
        with anyio.fail_after(self._timing.redis_send):
            await connection.send_packed_command(packed, check_health=False)
