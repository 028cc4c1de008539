"""The port `Leases` on Redis: `iv:lease:ORGANISATION:CONVERSATION` = `epoch:node`, for ten seconds.

Neither a takeover nor a turn waits for it or fails by it: requests have a hard limit, after one that met it Redis is
left alone for a while, and whatever the client library raises means that there is no lease. Values carry no seal, since
a lease only ever causes a read of the row.
"""

import asyncio
import time
from collections.abc import Callable

import anyio

from intervene.adapters.redis.cluster import AnyConnections
from intervene.adapters.redis.connections import is_cancelled, said
from intervene.adapters.redis.stats import Stats
from intervene.core.ids import Key, NodeId
from intervene.outage import Outage
from intervene.tasks import Tasks

AT_ONCE = 16  # requests, each on a connection of its own
WAITING = 256  # leases being taken; more are skipped
FAILED = "a lease failed; turns go by the row alone"
EPOCH_DIGITS = 18  # at most; nothing longer is an epoch

# "Replace if higher, else leave alone, time to live included" is one step only in Lua, on any Redis from 6.2 on. WATCH
# takes two round trips and fails exactly when two nodes click at once; a bare SET NX would hide every takeover within
# ten seconds of another. Where scripts are forbidden there are no leases, and turns go by the row alone.
TAKE = """
local held = redis.call('GET', KEYS[1])
if held and tonumber(string.match(held, '^%d+') or 0) >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ':' .. ARGV[2], 'PX', ARGV[3])
return 1
"""


class RedisLeases:
    """One node's `Leases`. `close` gives up what is under way."""

    def __init__(
        self,
        connections: AnyConnections,
        *,
        node: NodeId,
        stats: Stats,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.stats = stats
        self._timing = connections.timing
        self._connections = connections
        self._node = node
        self._monotonic = monotonic
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._skip_until = 0.0
        self._tasks = Tasks()
        # Scripts may be forbidden and reads allowed, or the other way round: two outages.
        self._taking = Outage(level="warning", over="leases are taken again", timing=self._timing)
        self._peeking = Outage(level="warning", over="leases are read again", timing=self._timing)

    def take(self, key: Key, epoch: int) -> None:
        if len(self._tasks) >= WAITING:
            self.stats.leases_skipped += 1
            return
        self._tasks.spawn(self._take(key, epoch))

    async def _take(self, key: Key, epoch: int) -> None:
        lasts = int(self._timing.lease * 1000)
        await self._ask(key, self._taking, lambda name: ("EVAL", TAKE, 1, name, epoch, self._node, lasts))

    async def peek(self, key: Key) -> int:
        value = await self._ask(key, self._peeking, lambda name: ("GET", name))
        epoch = value.partition(b":")[0] if isinstance(value, bytes) else b""
        return int(epoch) if epoch.isdigit() and len(epoch) <= EPOCH_DIGITS else 0

    async def close(self) -> None:
        self._tasks.cancel()
        await self._tasks.wait()

    async def _ask(self, key: Key, outage: Outage, command: Callable[[str], tuple[str | int, ...]]) -> object:
        """The answer, or None on any trouble, whatever it is: a lease fails no turn and no takeover."""
        if not self._may_ask():
            self.stats.leases_skipped += 1
            return None
        try:
            with anyio.fail_after(self._timing.lease_answer):
                async with self._slots:
                    name = self._connections.names.lease(key)
                    client = self._connections.client(name, AT_ONCE)
                    answer: object = await client.execute_command(*command(name))  # type: ignore[no-untyped-call]
        except TimeoutError:
            self.stats.leases_late += 1
            self._skip_until = self._monotonic() + self._timing.lease_skip
            outage.failed(FAILED, reason=f"no answer within {self._timing.lease_answer} s")
            return None
        # redis-py names few of its errors. A connection that was reset while idle is uvloop's RuntimeError.
        except (Exception, asyncio.CancelledError) as problem:
            if isinstance(problem, asyncio.CancelledError) and is_cancelled():
                raise
            self._skip_until = 0.0  # whatever it says, it says at once
            self.stats.leases_failed += 1
            outage.failed(FAILED, reason=said(problem))
            return None
        self._skip_until = 0.0
        outage.answered()
        return answer

    def _may_ask(self) -> bool:
        now = self._monotonic()
        if now < self._skip_until:
            return False
        if self._skip_until:
            self._skip_until = now + self._timing.lease_skip  # one goes to see; the others wait for what it finds
        return True
