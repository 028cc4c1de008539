"""A redis-server for each test that wants one, and nodes on it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import uvloop
from msgspec.structs import replace

from intervene.core.timing import Timing
from tests.integration.adapters.redis.nodes import KEYS, RedisNode
from tests.kit.limits import TIMING
from tests.kit.proxy import Proxy
from tests.kit.redis import RedisServer

Nodes = Callable[..., Awaitable[RedisNode]]
Serve = Callable[..., Awaitable[RedisServer]]


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """We serve on uvloop, whose transports fail in ways of their own."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
def patient() -> Timing:
    """On a busy machine a request may take longer than a takeover would want to wait."""
    return replace(TIMING, lease_answer=1.5)


@pytest.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Serve]:
    """Starts servers, with options of their own; they end with the test."""
    async with AsyncExitStack() as stack:

        async def start(**options: str) -> RedisServer:
            server = RedisServer(tmp_path, **options)
            stack.push_async_callback(server.kill)
            await server.start()
            return server

        yield start


@pytest.fixture
async def server(serve: Serve) -> RedisServer:
    return await serve()


@pytest.fixture
async def proxy(server: RedisServer) -> AsyncIterator[Proxy]:
    async with Proxy(server.port) as proxy:
        yield proxy


@pytest.fixture
async def nodes(server: RedisServer) -> AsyncIterator[Nodes]:
    """Makes nodes that are up, or `idle` ones that have not begun."""
    async with AsyncExitStack() as stack:

        async def make(
            name: str, url: str = "", *, keys: Sequence[bytes] = KEYS, idle: bool = False, **waits: float
        ) -> RedisNode:
            node = RedisNode(name, url or server.url, keys, replace(TIMING, **waits))
            stack.push_async_callback(node.ends)
            if not idle:
                await node.starts()
            return node

        yield make
