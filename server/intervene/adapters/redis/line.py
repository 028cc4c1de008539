"""A way to one Redis and back: a publisher, a listener, and the echo that shows that they reach the same server.

Two connections may both be well and reach different servers, as after a failover. So a node receives its own
heartbeats too; without an echo both connections are replaced.
"""

import asyncio
from collections.abc import Callable, Sequence

import anyio

from intervene.adapters.redis.commands import PubSub
from intervene.adapters.redis.connections import Connections
from intervene.adapters.redis.listener import Listener
from intervene.adapters.redis.publisher import Publisher
from intervene.adapters.redis.stats import Stats
from intervene.ports.topics import Topic

MISSED_ECHOES = 2  # of our own in a row; then both connections are replaced


class Line:
    """`home` is the channel of its echo, and `heartbeat` packs the n-th for it; the rest is as `Publisher` and
    `Listener` have it. What is called for a line gets it first."""

    def __init__(
        self,
        connections: Connections,
        home: bytes,
        *,
        stats: Stats,
        commands: PubSub,
        beside: Sequence[bytes] = (),
        heartbeat: Callable[["Line", int], bytes],
        receive: Callable[["Line", bytes, bytes], None],
        missed: Callable[[Sequence[Topic]], None],
        lost: Callable[[], None],
        compare: Callable[["Line"], bytes | None],
        moved_messages: Callable[[Sequence[bytes]], None],
        moved_slot: Callable[["Line", int], None],
    ) -> None:
        self.home = home
        self._stats = stats
        self._outage = connections.outage
        self._timing = connections.timing
        self._heartbeat = heartbeat
        self._woken = asyncio.Event()
        self._sent = self._missed_echoes = 0
        self._sent_at = 0.0
        self._has_echo = False
        self.publisher = Publisher(
            connections,
            stats,
            compare=lambda: compare(self),
            moved=moved_messages,
            lost=lost,
            changed=self._changed,
        )
        self.listener = Listener(
            connections,
            stats,
            home,
            commands=commands,
            receive=lambda channel, data: receive(self, channel, data),
            missed=missed,
            moved=lambda slot: moved_slot(self, slot),
            changed=self._changed,
            beside=beside,
        )

    @property
    def is_up(self) -> bool:
        """Whether what is published here arrives here."""
        return self._has_echo and self.publisher.is_up and self.listener.is_up

    async def keep(self) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.publisher.keep)
            tasks.start_soon(self.listener.keep)
            tasks.start_soon(self._send_heartbeats)

    async def _send_heartbeats(self) -> None:
        while True:
            self._woken.clear()
            if self.publisher.is_up and self.listener.is_up:
                self._missed_echoes += 1
            if self._missed_echoes > MISSED_ECHOES:
                self.publisher.replace()
                self.listener.replace()
            self._sent += 1
            self._sent_at = asyncio.get_running_loop().time()
            self.publisher.signal(self._heartbeat(self, self._sent))
            with anyio.move_on_after(self._timing.heartbeat):
                await self._woken.wait()

    def receive_echo(self, n: int) -> bool:
        """Whether it is of the last heartbeat."""
        if n != self._sent:
            return False
        self._missed_echoes, self._has_echo = 0, True
        self._outage.answered()
        self._stats.echo_seconds = asyncio.get_running_loop().time() - self._sent_at
        return True

    def _changed(self) -> None:
        """A connection came or went: what an echo has shown is over, and a new one is asked for."""
        self._missed_echoes, self._has_echo = 0, False
        self._woken.set()
