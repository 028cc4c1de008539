"""A Redis Cluster, 7.0 or newer: which of its masters has which slots, and the connections to each of them.

redis-py has a client for clusters, with sharded pub/sub. It is not used for the reasons in `connections.py`: here too
each life of a connection is a new object, and the code that uses it gets an error when it ends. What is left of a
cluster's client is this: ask for the shards, and ask again after `MOVED`.
"""

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import anyio
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError

from intervene.adapters.redis import names
from intervene.adapters.redis.connections import EXPECTED, Connections, is_cancelled, said
from intervene.core.timing import PRODUCTION, Timing
from intervene.outage import Outage

SCHEMES = {"redis+cluster": "redis", "rediss+cluster": "rediss"}


class Address(NamedTuple):
    host: str
    port: int

    @property
    def place(self) -> str:
        """As in a URL."""
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


class Shard(NamedTuple):
    """A master and its slots, as ranges with both ends."""

    address: Address
    ranges: tuple[tuple[int, int], ...]


class ClusterConnections:
    """`redis+cluster://[user:password@]host:port,host:port` (`rediss+cluster://` for TLS), with options as
    `Connections` has them. The addresses are where to ask first: one of them must answer. Raises `ValueError` for a URL
    that says something else."""

    names = names.TAGGED

    def __init__(self, url: str, timing: Timing = PRODUCTION) -> None:
        self.timing = timing
        self.shards: Sequence[Shard] = ()
        self.outage = Outage(over="the Redis Cluster says again what its parts are", level="warning", timing=timing)
        self._url = urlsplit(url)
        self._owners: list[Address | None] = [None] * names.SLOTS
        self._at: dict[Address, Connections] = {}
        self._answered: list[Address] = []
        """The part that answered last, which is asked first."""
        people, _, hosts = self._url.netloc.rpartition("@")
        self._people = f"{people}@" if people else ""
        self._seeds = [_address(host) for host in hosts.split(",")]
        if self._url.path.strip("/"):
            raise ValueError("a Redis Cluster has no numbered databases")
        self.at(self._seeds[0])  # what is unknown is found out now

    def at(self, address: Address) -> Connections:
        """To one part of it."""
        if address not in self._at:
            parts = self._url._replace(scheme=SCHEMES[self._url.scheme], netloc=f"{self._people}{address.place}")
            self._at[address] = Connections(urlunsplit(parts), self.timing)
        return self._at[address]

    def owner(self, name: bytes) -> Address | None:
        """Of the slot of that name. None if that is not known, or the slot is not served."""
        return self._owners[names.slot(name)]

    def owns(self, address: Address, slot: int) -> bool:
        return self._owners[slot] == address

    @property
    def is_covered(self) -> bool:
        """Each slot is served."""
        return None not in self._owners

    def client(self, name: str, most: int) -> Redis:
        """For requests about that name, over at most so many connections. Raises `RedisError`."""
        address = self.owner(name.encode())
        if address is None:
            raise ConnectionError("no part of the cluster is known to serve it")
        return self.at(address).client(name, most)

    async def look(self) -> bool:
        """Ask one part after the other for all, until one answers. Whether one did."""
        known = [shard.address for shard in self.shards]
        for address in dict.fromkeys([*self._answered, *known, *self._seeds]):
            try:
                with anyio.fail_after(self.timing.redis_answer):
                    async with self.at(address).open() as connection:
                        self._take(await _ask(connection, address, is_tls=self._url.scheme.startswith("rediss")))
                self._answered = [address]
                self.outage.answered()
                return True
            except EXPECTED as problem:
                if is_cancelled():
                    raise
                self.outage.failed("no part of the Redis Cluster says what its parts are", reason=said(problem))
        return False

    def _take(self, shards: Sequence[Shard]) -> None:
        self.shards = shards
        self._owners = [None] * names.SLOTS
        for shard in shards:
            for first, last in shard.ranges:
                self._owners[first : last + 1] = [shard.address] * (last + 1 - first)

    async def close(self) -> None:
        """Never raises."""
        for connections in self._at.values():
            with suppress(Exception):
                await connections.close()


AnyConnections = Connections | ClusterConnections


def connect(url: str, timing: Timing = PRODUCTION) -> AnyConnections:
    """To one Redis or to a cluster, by the URL's scheme. Raises `ValueError`."""
    return ClusterConnections(url, timing) if urlsplit(url).scheme in SCHEMES else Connections(url, timing)


async def _ask(connection: AbstractConnection, asked: Address, *, is_tls: bool) -> list[Shard]:
    await connection.send_command("CLUSTER", "SHARDS", check_health=False)
    answer = await connection.read_response(timeout=math.inf)
    return [shard for described in answer if (shard := _shard(_fields(described), asked, is_tls))]


def _shard(described: Mapping[str, Any], asked: Address, is_tls: bool) -> Shard | None:
    """None for one that has no slots, or no master that answers."""
    slots = [int(slot) for slot in described["slots"]]
    for node in map(_fields, described["nodes"]):
        if slots and node["role"] == b"master" and node.get("health", b"online") == b"online":
            host = node["endpoint"] or b""
            port = node["tls-port" if is_tls and "tls-port" in node else "port"]
            # Without an endpoint it is the address where we asked (CLUSTER SHARDS, "endpoint").
            address = Address(asked.host if host in (b"", b"?") else host.decode(), int(port))
            return Shard(address, tuple(zip(slots[::2], slots[1::2], strict=True)))
    return None


def _fields(described: Any) -> dict[str, Any]:
    """RESP2 has them as a list, RESP3 as a map."""
    pairs = described.items() if isinstance(described, dict) else zip(described[::2], described[1::2], strict=True)
    return {name.decode(): value for name, value in pairs}


def _address(host: str) -> Address:
    parts = urlsplit(f"redis://{host}")
    if not parts.hostname:
        raise ValueError(f"{host!r} is no address of a part of a Redis Cluster")
    return Address(parts.hostname, parts.port or 6379)
