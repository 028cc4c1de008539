"""What a node is built on, by its settings: a log, what stands beside it, and a way to other nodes.

Both builders return the same shape. Where one has nothing to do it has a null object, so the rest of the node does not
ask which of the two it has.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import NamedTuple, Protocol

from intervene import migrations
from intervene.adapters.memory import LocalHub, LocalLeases
from intervene.adapters.postgres.database import PostgresDatabase
from intervene.adapters.postgres.log import PostgresLog
from intervene.adapters.redis.cluster import AnyConnections, connect
from intervene.adapters.redis.hub import RedisHub
from intervene.adapters.redis.leases import RedisLeases
from intervene.adapters.sql.nodes import SqlNodes
from intervene.adapters.sql.store import Store
from intervene.adapters.sqlite.database import SqliteDatabase
from intervene.adapters.sqlite.log import SqliteLog
from intervene.cluster.exit_locks import ExitLocks, FileLocks, NoLocks
from intervene.config import Config, ConfigError
from intervene.core.errors import Unavailable
from intervene.core.ids import NodeId
from intervene.node.metrics import Figure, hub_figures
from intervene.ports.hub import Hub
from intervene.ports.leases import Leases
from intervene.ports.nodes import Nodes

LOCKS = "nodes"  # the folder of exit locks, in the data directory

Part = Callable[[], Awaitable[None]]
"""Work that goes on for as long as the node runs."""


class HubHealth(Protocol):
    @property
    def is_up(self) -> bool: ...

    @property
    def silent_seconds(self) -> float: ...


class _NoHub:
    """Without other nodes everything that is published has arrived."""

    is_up = True
    silent_seconds = 0.0


class Backends(NamedTuple):
    store: Store
    readers: int
    """Reads that the database makes at once."""
    hub: Hub
    hub_health: HubHealth
    has_hub: bool
    leases: Leases
    locks: ExitLocks
    is_alone: bool
    """No other node uses the database."""
    is_shared: bool
    """The database is a server's, so that others may use it: heartbeats are written into it."""
    is_up: Callable[[], bool]
    """Of a database that is not shared: whether it takes writes. A shared one is judged by heartbeats."""
    watch_history: Callable[[NodeId, Callable[[], int], Callable[[], None]], None]
    """`(node, written, went_back)`: call `went_back` when the database has fewer than `written()` heartbeats of `node`:
    it was restored from a backup."""
    start_over: Callable[[], None]
    """The database is known to be older than it was."""
    settle: Callable[[], None]
    """Hand on what was decided under a lock by now. To be called within a tick of the loop, which may be long."""
    parts: Mapping[str, Part]
    figures: Sequence[Figure]
    close: Callable[[], Awaitable[None]]


async def open_backends(config: Config, node: NodeId, keys: Sequence[str]) -> Backends:
    """Raises `Unavailable`, `ConfigError` and `OSError`, each with a sentence for the person who starts the node."""
    if config.database_url is None:
        return await _embedded(config, node)
    return await _clustered(config, config.database_url, node, keys)


async def _embedded(config: Config, node: NodeId) -> Backends:
    database = await SqliteDatabase.start(
        config.database, migrations.upgrade, durability=config.durability, timing=config.timing
    )
    return Backends(
        store=Store.of(SqliteLog(database), database),
        readers=database.readers,
        hub=LocalHub().side(node),
        hub_health=_NoHub(),
        has_hub=False,
        leases=LocalLeases(timing=config.timing),
        locks=NoLocks(),
        is_alone=True,
        is_shared=False,
        is_up=lambda: database.is_up,
        watch_history=lambda node, written, went_back: None,
        start_over=lambda: None,
        settle=database.writer.settle,
        parts=MappingProxyType({"database": database.keep}),
        figures=(),
        close=database.close,
    )


async def _clustered(config: Config, url: str, node: NodeId, keys: Sequence[str]) -> Backends:
    """Also a single node on PostgreSQL, which has no hub."""
    redis = _redis(config)
    database = await PostgresDatabase.start(url, migrations.upgrade_postgres, config.timing)
    is_alone = redis is None
    try:
        await database.reserve(is_alone=is_alone)
    except BaseException:
        await database.close()
        raise
    store, locks = Store.of(PostgresLog(database), database), FileLocks(config.data / LOCKS, node)

    def watch_history(node: NodeId, written: Callable[[], int], went_back: Callable[[], None]) -> None:
        database.as_left = lambda: SqlNodes.has(node, written())
        database.went_back = went_back

    def leave(*closing: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        return partial(_leave, database, store.nodes, node, locks, *closing, database.close)

    shared = Backends(
        store=store,
        readers=database.readers,
        hub=LocalHub().side(node),
        hub_health=_NoHub(),
        has_hub=False,
        leases=LocalLeases(timing=config.timing),
        locks=locks,
        is_alone=is_alone,
        is_shared=True,
        is_up=lambda: True,
        watch_history=watch_history,
        start_over=database.start_over,
        settle=lambda: None,
        parts=MappingProxyType({"reservation": partial(database.keep, is_alone=is_alone)}),
        figures=(),
        close=database.close,
    )
    if redis is None:
        return shared._replace(close=leave())
    hub = RedisHub(redis, node=node, keys=[key.encode() for key in keys])
    leases = RedisLeases(redis, node=node, stats=hub.stats)
    return shared._replace(
        hub=hub,
        hub_health=hub,
        has_hub=True,
        leases=leases,
        parts=MappingProxyType({**shared.parts, "hub": hub.keep}),
        figures=hub_figures(hub),
        close=leave(leases.close, redis.close),
    )


async def _leave(
    database: PostgresDatabase, nodes: Nodes, node: NodeId, locks: ExitLocks, *closing: Callable[[], Awaitable[None]]
) -> None:
    database.forget_node()
    try:
        await nodes.leave(node)
    except Unavailable:
        pass  # others will find that its heartbeats are missing
    locks.close()
    for close in closing:
        await close()


def _redis(config: Config) -> AnyConnections | None:
    try:
        return connect(config.redis_url, config.timing) if config.redis_url else None
    except ValueError as problem:
        # Not its own words: they may be a piece of the password.
        raise ConfigError(
            "redis_url is no URL of a Redis: redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://."
        ) from problem
