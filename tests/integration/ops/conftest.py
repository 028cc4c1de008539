"""A PostgreSQL and a Redis for each test that wants them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.kit.redis import RedisServer


@pytest.fixture
async def redis_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RedisServer]:
    server = RedisServer(Path(tmp_path_factory.mktemp("redis")))
    await server.start()
    yield server
    await server.kill()
