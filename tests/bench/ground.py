"""What two nodes stand on: a PostgreSQL that flushes to the disk, a Redis, and what each costs alone.

Both, and the nodes, share the servers' processor; only the load has its own. On the machines of a cluster they would
not: what is read here of times under load is worse than there, and what a network costs is missing.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, cast

import anyio
import asyncpg

from intervene.adapters.redis.commands import BROADCAST
from tests.bench import process
from tests.bench.process import Server
from tests.kit.postgres import Postgres, programs
from tests.kit.redis import RedisServer

ROWS = 1000  # of the floor
CHANNEL = b"floor"

# As the log's append: a row is written again and gets an event.
_COMMIT = """
    WITH won AS (UPDATE item SET version = version + 1, state = $2 WHERE id = $1 RETURNING id, version)
    INSERT INTO event (item, version, data) SELECT id, version, $3 FROM won
"""
_TABLES = f"""
    CREATE TABLE item (id bigint PRIMARY KEY, version bigint, state bytea) WITH (fillfactor = 50);
    CREATE TABLE event (item bigint, version bigint, data bytea, PRIMARY KEY (item, version));
    INSERT INTO item SELECT id, 0, '' FROM generate_series(0, {ROWS - 1}) AS id;
"""


class Ground(NamedTuple):
    postgres: Postgres
    redis: RedisServer
    floor: "Floor"
    here: Server
    there: Server

    def nodes_cpu(self) -> float:
        """Seconds of processor time, of both nodes."""
        return self.here.cpu() + self.there.cpu()

    def stores_cpu(self) -> float:
        """The same of PostgreSQL and Redis."""
        assert self.redis.process is not None, "it was started"
        return sum(map(process.cpu, self.postgres.processes)) + process.cpu(self.redis.process.pid)


@asynccontextmanager
async def stand(directory: Path, **settings: object) -> AsyncIterator[Ground]:
    """Two nodes with these settings. Raises `process.Missing`."""
    bin = programs()
    if bin is None:
        raise process.Missing("PostgreSQL is not installed")
    if RedisServer.program() is None:
        raise process.Missing("Redis is not installed")
    with process.among_servers():
        postgres = Postgres.create(bin, is_durable=True)
    redis = RedisServer(directory)
    try:
        with process.among_servers():
            await redis.start()
        await postgres.sql("CREATE DATABASE floor")
        await postgres.sql("CREATE DATABASE intervene")
        settings |= {"database_url": postgres.url("intervene"), "redis_url": redis.url}
        async with (
            _floor(postgres, redis) as floor,
            process.intervene(directory / "here", **settings) as here,
            process.intervene(directory / "there", **settings) as there,
        ):
            yield Ground(postgres, redis, floor, here, there)
    finally:
        with anyio.CancelScope(shield=True):
            await redis.kill()
        postgres.close()


class Floor:
    """What no cluster does without, on the same servers, from this process. Milliseconds."""

    def __init__(self, database: Any, publisher: "_Wire", subscriber: "_Wire") -> None:
        self._database = database
        self._publisher = publisher
        self._subscriber = subscriber
        self._count = 0

    async def commit(self) -> float:
        """One durable statement that writes a row and an event, of about the log's size."""
        begun = time.perf_counter()
        await self._database.execute(_COMMIT, random.randrange(ROWS), bytes(250), bytes(250))
        return (time.perf_counter() - begun) * 1000

    async def publish(self) -> float:
        """Until what is published on one connection is heard on another."""
        self._count += 1
        data = b"%d:" % self._count + bytes(500)
        heard = self._subscriber.wait(data)
        begun = time.perf_counter()
        self._publisher.send(BROADCAST.pack_publish(CHANNEL, data))
        await heard
        return (time.perf_counter() - begun) * 1000


class _Wire(asyncio.Protocol):
    """A connection to Redis that looks for one thing at a time in what comes."""

    def __init__(self) -> None:
        self._wanted = b""
        self._came = b""
        self._heard: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._came += data
        if self._heard is not None and self._wanted in self._came:
            self._heard.set_result(None)
            self._heard = None
        if self._heard is None:
            self._came = b""

    def send(self, data: bytes) -> None:
        self._transport.write(data)

    def wait(self, wanted: bytes) -> "asyncio.Future[None]":
        self._wanted, self._heard = wanted, asyncio.get_running_loop().create_future()
        return self._heard


@asynccontextmanager
async def _floor(postgres: Postgres, redis: RedisServer) -> AsyncIterator[Floor]:
    connection = await asyncpg.connect(postgres.url("floor"))
    loop = asyncio.get_running_loop()
    wires = [(await loop.create_connection(_Wire, "127.0.0.1", redis.port))[1] for _ in range(2)]
    try:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            assert await connection.fetchval(f"SHOW {name}") == "on", f"figures are of a database with {name}"
        await connection.execute(_TABLES)
        subscribed = wires[1].wait(CHANNEL)
        wires[1].send(b"SUBSCRIBE %b\r\n" % CHANNEL)
        await subscribed
        yield Floor(connection, *wires)
    finally:
        connection.terminate()
