"""The port `Leases` on Redis: `iv:lease:{organisation}:{conversation}` = `epoch:node`, for ten seconds.

A takeover never waits for it and never fails by it: requests have a hard limit, and after one that met it Redis is left
alone for a while. Values carry no seal, since a lease only ever causes a read of the row.
"""

import asyncio
import time
from collections.abc import Callable

import anyio
import structlog
from redis.exceptions import RedisError

from intervene.adapters.redis import names
from intervene.adapters.redis.connections import Connections
from intervene.adapters.redis.stats import Stats
from intervene.core.ids import Key, NodeId

log_ = structlog.get_logger(__name__)

LEASE_SECONDS = 10.0
ANSWER_SECONDS = 0.25
SKIP_SECONDS = 10.0  # that Redis is left alone after it was late
AT_ONCE = 16  # requests, each on a connection of its own
WAITING = 256  # leases being taken; more are skipped

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
        connections: Connections,
        *,
        node: NodeId,
        stats: Stats,
        prefix: str = names.PREFIX,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.stats = stats
        self._client = connections.client(AT_ONCE)
        self._node = node
        self._prefix = prefix
        self._monotonic = monotonic
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._skip_until = 0.0
        self._tasks: set[asyncio.Task[object]] = set()

    def take(self, key: Key, epoch: int) -> None:
        if len(self._tasks) >= WAITING:
            self.stats.leases_skipped += 1
            return
        lasts = int(LEASE_SECONDS * 1000)
        request = self._ask("EVAL", TAKE, 1, names.lease(self._prefix, key), epoch, self._node, lasts)
        task: asyncio.Task[object] = asyncio.get_running_loop().create_task(request)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def peek(self, key: Key) -> int:
        value = await self._ask("GET", names.lease(self._prefix, key))
        epoch = value.partition(b":")[0] if isinstance(value, bytes) else b""
        return int(epoch) if epoch.isdigit() else 0

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _ask(self, *command: str | int) -> object:
        """The answer, or None on any trouble."""
        if not self._may_ask():
            self.stats.leases_skipped += 1
            return None
        try:
            with anyio.fail_after(ANSWER_SECONDS):
                async with self._slots:
                    answer: object = await self._client.execute_command(*command)  # type: ignore[no-untyped-call]
        except TimeoutError:
            self.stats.leases_late += 1
            self._skip_until = self._monotonic() + SKIP_SECONDS
            return None
        except (RedisError, OSError) as problem:
            self._skip_until = 0.0  # whatever it says, it says at once
            self.stats.leases_failed += 1
            if self.stats.leases_failed == 1:
                log_.warning("a lease failed; turns go by the row alone", reason=str(problem))
            return None
        self._skip_until = 0.0
        return answer

    def _may_ask(self) -> bool:
        now = self._monotonic()
        if now < self._skip_until:
            return False
        if self._skip_until:
            self._skip_until = now + SKIP_SECONDS  # one goes to see; the others wait for what it finds
        return True
