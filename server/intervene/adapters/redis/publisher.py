"""The one connection on which a node speaks: ordered, pipelined, bounded.

What is published while a pipeline is under way, and a moment after it, makes the next one. Publishing never
waits. Redis away or slow fills the queue; at its bound, and when the connection ends, commits are dropped, and that is
remembered: `lost` is called, and as soon as Redis answers all nodes are asked to compare versions.

Typing has a small queue of its own and leaves last, so it never takes the place of a commit.
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Sequence

import anyio
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError, MovedError

from intervene.adapters.redis.connections import Connections
from intervene.adapters.redis.stats import Stats

QUEUE_MESSAGES, QUEUE_BYTES = 10_000, 16 * 1024 * 1024  # commits that wait; then new ones are dropped: `lost`
DROPPABLES, DROPPABLE_BYTES = 256, 1024 * 1024  # that wait; then the oldest are dropped
SIGNALS = 4  # heartbeats that wait; the same
PIPELINE_MESSAGES, PIPELINE_BYTES = 512, 1024 * 1024
GATHER_SECONDS = 0.001  # between pipelines: a command alone costs ten times its share of a full one


class Publisher:
    """`compare` makes the request to compare versions, packed, or None if it has left by another way; `moved` gets
    what belongs on another server of a cluster; `changed` is called when the connection comes or goes."""

    def __init__(
        self,
        connections: Connections,
        stats: Stats,
        *,
        compare: Callable[[], bytes | None],
        moved: Callable[[Sequence[bytes]], None],
        lost: Callable[[], None],
        changed: Callable[[], None],
    ) -> None:
        self.is_up = False
        self._connections = connections
        self._timing = connections.timing
        self._stats = stats
        self._compare = compare
        self._moved = moved
        self._lost = lost
        self._changed = changed
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._droppable: deque[bytes] = deque()
        self._droppable_bytes = 0
        self._signals: deque[bytes] = deque(maxlen=SIGNALS)
        self._flying = 0
        self._needs_compare = False
        self._compared_at = -math.inf
        self._is_stale = False
        self._woken = asyncio.Event()

    def publish(self, packed: bytes) -> None:
        """A commit: in order, and not dropped in silence."""
        if len(self._queue) >= QUEUE_MESSAGES or self._queued_bytes + len(packed) > QUEUE_BYTES:
            self._lose(1)
            return
        self._queue.append(packed)
        self._queued_bytes += len(packed)
        self._woken.set()

    def publish_droppable(self, packed: bytes) -> None:
        """Typing and the like: beyond its bounds the oldest is dropped."""
        self._droppable.append(packed)
        self._droppable_bytes += len(packed)
        while len(self._droppable) > DROPPABLES or self._droppable_bytes > DROPPABLE_BYTES:
            self._droppable_bytes -= len(self._droppable.popleft())
            self._stats.whispers_dropped += 1
        self._woken.set()

    def signal(self, packed: bytes) -> None:
        """A heartbeat."""
        self._signals.append(packed)
        self._woken.set()

    def request_compare(self) -> None:
        """All nodes compare their versions with the log."""
        self._needs_compare = True
        self._woken.set()

    def replace(self) -> None:
        """Give up this connection for another."""
        self._is_stale = True
        self._woken.set()

    @property
    def waiting(self) -> int:
        return len(self._queue) + len(self._droppable) + len(self._signals)

    async def keep(self) -> None:
        await self._connections.keep("publisher", self._live, self.disconnected)

    async def _live(self, connection: AbstractConnection) -> None:
        self.is_up, self._is_stale = True, False
        self._changed()
        loop = asyncio.get_running_loop()
        while True:
            if not self.waiting and not self._is_compare_due(loop.time()):
                await self._woken.wait()
            self._woken.clear()
            if self._is_stale:
                raise ConnectionError("it does not reach the listener")
            pipeline = self._next()
            if asks := self._is_compare_due(loop.time()):
                self._compared_at = loop.time()
                self._needs_compare = False  # what is lost from now on is requested again
                if request := self._compare():
                    pipeline.append(request)
            await self._send(connection, pipeline, asks)
            await asyncio.sleep(GATHER_SECONDS)

    async def _send(self, connection: AbstractConnection, pipeline: list[bytes], asks: bool) -> None:
        moved: list[bytes] = []
        try:
            with anyio.fail_after(self._timing.redis_answer):
                await connection.send_packed_command(b"".join(pipeline), check_health=False)
                for packed in pipeline:
                    try:
                        await connection.read_response(timeout=math.inf)
                    except MovedError:
                        moved.append(packed)
        except BaseException:
            self._needs_compare |= asks
            raise
        if moved:
            self._moved(moved)
        self._stats.published += self._flying
        self._stats.pipelines += 1
        self._flying = 0

    def _next(self) -> list[bytes]:
        """Commits first, typing last."""
        pipeline: list[bytes] = []
        size = 0
        while self._queue and len(pipeline) < PIPELINE_MESSAGES and size < PIPELINE_BYTES:
            packed = self._queue.popleft()
            size += len(packed)
            pipeline.append(packed)
        self._flying = len(pipeline)
        self._queued_bytes -= size
        pipeline += self._signals
        self._signals.clear()
        if not self._queue:
            pipeline += self._droppable
            self._droppable.clear()
            self._droppable_bytes = 0
        return pipeline

    def _is_compare_due(self, now: float) -> bool:
        return self._needs_compare and now - self._compared_at >= self._timing.redis_ask

    def disconnected(self) -> None:
        """The connection ended, or will not come. What was under way may have arrived or not, what waits would come
        too late, and what this connection took may have reached no node, as in a failover: all are asked to compare
        versions."""
        self._stats.publisher_falls += 1
        self.is_up = False
        self._changed()
        dropped = self._flying + len(self._queue)
        self._flying = self._queued_bytes = 0
        self._queue.clear()
        self._signals.clear()
        self._stats.whispers_dropped += len(self._droppable)
        self._droppable.clear()
        self._droppable_bytes = 0
        self._lose(dropped)

    def _lose(self, count: int) -> None:
        self._stats.lost += count
        if not self._needs_compare:
            self._needs_compare = True
            asyncio.get_running_loop().call_soon(self._lost)
