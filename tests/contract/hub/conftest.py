"""What carries messages between nodes, and the locks: the adapters that the contract suite runs on, all of them well.

Redis is a real server, one for each test. What only one adapter has, and what happens when Redis is away, late or
emptied, has tests of its own: `test_local.py`, `tests/integration/adapters/redis`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple, Protocol

import pytest
from msgspec.structs import replace

from intervene.adapters.memory import LocalHub, LocalLeases
from intervene.adapters.redis import names
from intervene.adapters.redis.connections import Connections
from intervene.adapters.redis.hub import RedisHub
from intervene.adapters.redis.leases import RedisLeases
from intervene.adapters.redis.stats import Stats
from intervene.core.ids import Key, NodeId
from intervene.ports.hub import Hub, HubHandler
from intervene.ports.leases import Leases
from intervene.ports.topics import ConversationTopic
from tests.kit.limits import FACTOR, TIMING, eventually
from tests.kit.redis import RedisServer

KEYS = [b"a key that all nodes have"]


class Line(Protocol):
    """A hub as a whole."""

    async def connect(self, node: NodeId, handler: HubHandler) -> Hub:
        """Returns when it sends and receives."""

    async def settles(self, key: Key, followers: int) -> None:
        """Returns when what is published of it from now on goes to so many nodes."""


class LocalLine:
    def __init__(self) -> None:
        self.hub = LocalHub()

    async def connect(self, node: NodeId, handler: HubHandler) -> Hub:
        side = self.hub.side(node)
        side.connect(handler)
        return side

    async def settles(self, key: Key, followers: int) -> None:
        pass


class RedisLine:
    def __init__(self, server: RedisServer, stack: AsyncExitStack) -> None:
        self._server = server
        self._stack = stack

    async def connect(self, node: NodeId, handler: HubHandler) -> Hub:
        connections = Connections(self._server.url, replace(TIMING, redis_linger=0.01))  # who leaves is heard no longer
        self._stack.push_async_callback(connections.close)
        hub = RedisHub(connections, node=node, keys=KEYS)
        hub.connect(handler)
        keep = asyncio.create_task(hub.keep())
        self._stack.push_async_callback(_ends, keep)
        await eventually(lambda: hub.is_up)
        return hub

    async def settles(self, key: Key, followers: int) -> None:
        channel = names.PLAIN.channel(ConversationTopic(key))
        await eventually(lambda: self._server.subscribers(channel) == followers)


async def _ends(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def redis_server(directory: Path) -> AsyncIterator[RedisServer]:
    server = RedisServer(directory)
    try:
        await server.start()
        yield server
    finally:
        await server.kill()


@pytest.fixture(params=["local", "redis"])
async def line(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Line]:
    if request.param == "local":
        yield LocalLine()
        return
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(redis_server(tmp_path))
        yield RedisLine(server, stack)


class Locks(NamedTuple):
    """`settles` returns when leases asked for are taken, or never will be. `pass_time`: so many seconds go by, as far
    as leases see; `leeway`: how many more may do so between two lines of a test."""

    leases: Leases
    seconds: float
    leeway: float
    settles: Callable[[], Awaitable[None]]
    pass_time: Callable[[float], None]


@pytest.fixture(params=["local", "redis"])
async def locks(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Locks]:
    if request.param == "local":
        yield local_locks()
        return
    async with redis_server(tmp_path) as server:
        # On a busy machine an answer may take longer than a takeover would want to wait.
        connections = Connections(server.url, replace(TIMING, lease_answer=2.0))
        leases = RedisLeases(connections, node=NodeId("n1"), stats=Stats())
        yield redis_locks(leases, server)
        await leases.close()
        await connections.close()


def local_locks() -> Locks:
    now = 1000.0

    def pass_time(seconds: float) -> None:
        nonlocal now
        now += seconds

    async def settles() -> None:
        pass

    return Locks(LocalLeases(lambda: now, TIMING), TIMING.lease, 0.5, settles, pass_time)


def redis_locks(leases: RedisLeases, server: RedisServer) -> Locks:
    """Redis keeps the time here, and nobody can wind its clock: what is left to each lease is made less instead."""

    def pass_time(seconds: float) -> None:
        found = server.ask("KEYS", f"{names.PREFIX}:lease:*")
        assert isinstance(found, list)
        for name in found:
            left = server.ask("PTTL", name)
            assert isinstance(left, int)
            server.ask("PEXPIRE", name, left - round(seconds * 1000))  # in the past: it is gone

    async def settles() -> None:
        await eventually(lambda: not leases._tasks)

    return Locks(leases, TIMING.lease, FACTOR * 4.0, settles, pass_time)
