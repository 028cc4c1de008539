"""Where Redis is, by URL, and how one connection to it is kept up for ever.

redis-py makes the connections: TCP, TLS, a socket file, passwords, Sentinel. What it would do on top is not used. Its
pub/sub subscribes again in silence after a cut, gives up after a longer one, and reads without a limit; its timeouts
are `asyncio.wait_for`, which swallows a cancel. So each life of a connection is a new object here, every wait has a
limit of ours, and the code that uses it gets an error when it ends.
"""

import asyncio
import random
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import anyio
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection, ConnectionPool, parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.maint_notifications import MaintNotificationsConfig

from intervene.adapters.redis import names
from intervene.core.timing import PRODUCTION, Timing
from intervene.outage import Outage

# How a connection ends. uvloop raises RuntimeError on one that was reset while idle.
EXPECTED = (RedisError, OSError, EOFError, RuntimeError, asyncio.CancelledError)

SENTINEL_SCHEMES = {"redis+sentinel": False, "rediss+sentinel": True}


class Connections:
    """To one Redis: `redis://`, `rediss://`, `unix://`, or `redis+sentinel://[user:password@]host:port,host/service`
    (`rediss+sentinel://` for TLS). Options follow as a query, as redis-py names them: `?protocol=3`,
    `?ssl_ca_certs=...`, `?sentinel_password=...`. Raises `ValueError` for a URL that says something else."""

    names = names.PLAIN

    def __init__(self, url: str, timing: Timing = PRODUCTION) -> None:
        self.timing = timing
        self._clients: dict[int, Redis] = {}
        self.outage = Outage(over="Redis is back", level="warning", timing=timing)
        """Of the hub, not of leases. `answered` when a node receives what it has published."""
        scheme = urlsplit(url).scheme
        self._sentinel: Sentinel | None = None
        self._pools: list[ConnectionPool] = []
        if scheme in SENTINEL_SCHEMES:
            self._read_sentinel_url(url, is_tls=SENTINEL_SCHEMES[scheme])
        else:
            self._options = _options(url, timing)
        self._pool = self._make_pool()

    def _read_sentinel_url(self, url: str, *, is_tls: bool) -> None:
        parts = urlsplit(url)
        people, _, hosts = parts.netloc.rpartition("@")
        service, _, number = parts.path.strip("/").partition("/")
        if not hosts or not service:
            raise ValueError("a Sentinel URL is redis+sentinel://host:port,host:port/service")
        self._service = service
        self._options = _options(f"redis://{people}@sentinel/{number}?{parts.query}", self.timing, "host")
        asking = {
            name.removeprefix("sentinel_"): self._options.pop(name)
            for name in ("sentinel_username", "sentinel_password")
            if name in self._options
        }
        asking["ssl"] = self._options["ssl"] = is_tls
        seconds = self.timing.redis_sentinel
        asking |= {"socket_timeout": seconds, "socket_connect_timeout": seconds, "protocol": 2}
        asking["retry"] = Retry(NoBackoff(), 0)  # the next one may know
        asking |= {name: value for name, value in self._options.items() if is_tls and name.startswith("ssl_")}
        addresses = [_address(host) for host in hosts.split(",")]
        self._sentinel = Sentinel(addresses, sentinel_kwargs=asking)  # type: ignore[no-untyped-call]

    def _make_pool(self, most: int = 1) -> ConnectionPool:
        try:
            if self._sentinel:
                pool: ConnectionPool = SentinelConnectionPool(  # type: ignore[no-untyped-call]
                    self._service, self._sentinel, max_connections=most, **self._options
                )
            else:
                pool = ConnectionPool(max_connections=most, **self._options)
            pool.make_connection()  # type: ignore[no-untyped-call]  # what is unknown is found out now
        except (TypeError, RedisError) as problem:
            raise ValueError(f"the URL of Redis cannot be used: {problem}") from problem
        self._pools.append(pool)
        return pool

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AbstractConnection]:
        """A new connection that has answered once, closed at the end. Raises `RedisError` and `OSError`."""
        connection: AbstractConnection = self._pool.make_connection()  # type: ignore[no-untyped-call]
        try:
            with anyio.fail_after(self.timing.redis_connect):
                await connection.connect()  # type: ignore[no-untyped-call]
                await connection.send_command("PING", check_health=False)
                await connection.read_response()
            yield connection
        finally:
            with suppress(Exception):
                await connection.disconnect(nowait=True)

    async def keep(
        self, part: str, live: Callable[[AbstractConnection], Awaitable[None]], fell: Callable[[], None]
    ) -> None:
        """For ever: open a connection, `live` on it until that raises, call `fell`, and rest a while. Whatever the
        client library raises ends a connection, and nothing else."""
        tries = 0
        while True:
            began = time.monotonic()
            try:
                async with self.open() as connection:
                    await live(connection)
            except (Exception, asyncio.CancelledError) as problem:
                if is_cancelled():  # closing the connection may have raised something else in its place
                    raise
                reason = _first(problem)
                known = isinstance(reason, EXPECTED)
                self.outage.failed("Redis is away", part=part, reason=said(reason), exc_info=None if known else reason)
            fell()
            tries = 0 if time.monotonic() - began > self.timing.redis_steady else tries + 1
            longest = min(self.timing.redis_retry_longest, self.timing.redis_retry * 2**tries)
            await asyncio.sleep(random.uniform(0.0, longest))

    def client(self, _name: str, most: int) -> Redis:
        """For requests about that name, over at most so many connections; more at once raise `RedisError`."""
        if most not in self._clients:
            self._clients[most] = Redis(connection_pool=self._make_pool(most))
        return self._clients[most]

    async def close(self) -> None:
        """Never raises: what else has to be closed must be."""
        for client in (*self._pools, *(self._sentinel.sentinels if self._sentinel else ())):
            with suppress(Exception):
                await client.aclose()


def _options(url: str, timing: Timing, *without: str) -> dict[str, Any]:
    options: dict[str, Any] = {"protocol": 2}  # redis-py writes every push of RESP3 into a debug log, as a string
    options |= parse_url(url)
    options |= {
        "socket_timeout": None,  # each use has its own
        "socket_connect_timeout": timing.redis_connect,
        "health_check_interval": 0,
        "driver_info": None,
        "maint_notifications_config": MaintNotificationsConfig(enabled=False),
    }
    if "path" not in options:
        options["socket_keepalive_options"] = {
            number: value
            for name, value in (
                ("TCP_KEEPIDLE", 5),
                ("TCP_KEEPINTVL", 2),
                ("TCP_KEEPCNT", 3),
                ("TCP_USER_TIMEOUT", int(timing.redis_unacknowledged * 1000)),
            )
            if (number := getattr(socket, name, None)) is not None  # not every system has them all
        }
    for name in (*without, "max_connections", "retry_on_timeout", "timeout", "decode_responses"):
        options.pop(name, None)
    return options


def _address(host: str) -> tuple[str, int]:
    parts = urlsplit(f"redis://{host}")
    if not parts.hostname:
        raise ValueError(f"{host!r} is no address of a Sentinel")
    return parts.hostname, parts.port or 26379


def is_cancelled() -> bool:
    """Whether our task is being cancelled. If not, a `CancelledError` is the client library's own."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def said(problem: BaseException) -> str:
    """Some problems have no words, as a timeout."""
    return str(problem) or type(problem).__name__


def _first(problem: BaseException) -> BaseException:
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return problem
