"""What a node on PostgreSQL is built on, with Redis where there are several (`backends.py`)."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from types import MappingProxyType

from intervene import migrations
from intervene.adapters.memory import LocalHub, LocalLeases
from intervene.adapters.postgres.database import PostgresDatabase
from intervene.adapters.postgres.log import PostgresLog
from intervene.adapters.redis.cluster import AnyConnections, connect
from intervene.adapters.redis.hub import RedisHub
from intervene.adapters.redis.leases import RedisLeases
from intervene.adapters.sql.nodes import SqlNodes
from intervene.adapters.sql.store import Store
from intervene.cluster.exit_locks import ExitLocks, FileLocks
from intervene.config import Config, ConfigError
from intervene.core.errors import Unavailable
from intervene.core.ids import NodeId
from intervene.node.backends import Backends, NoHub
from intervene.node.metrics import hub_figures
from intervene.ports.nodes import Nodes

LOCKS = "nodes"  # the folder of exit locks, in the data directory


async def open_clustered(config: Config, url: str, node: NodeId, keys: Sequence[str]) -> Backends:
    """As `open_backends`. Also a single node on PostgreSQL, which has no hub."""
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
        hub_health=NoHub(),
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
