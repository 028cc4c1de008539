"""Opens what a node is built on, by its settings (`backends.py`)."""

from collections.abc import Sequence
from types import MappingProxyType

from intervene import migrations
from intervene.adapters.memory import LocalHub, LocalLeases
from intervene.adapters.sql.store import Store
from intervene.adapters.sqlite.database import SqliteDatabase
from intervene.adapters.sqlite.log import SqliteLog
from intervene.cluster.exit_locks import NoLocks
from intervene.config import Config
from intervene.core.ids import NodeId
from intervene.node.backends import Backends, NoHub


async def open_backends(config: Config, node: NodeId, keys: Sequence[str]) -> Backends:
    """Raises `Unavailable`, `ConfigError` and `OSError`, each with a sentence for the person who starts the node."""
    if config.database_url is None:
        return await _embedded(config, node)
    from intervene.node.clustered import open_clustered  # a server's drivers, which a node on SQLite never loads

    return await open_clustered(config, config.database_url, node, keys)


async def _embedded(config: Config, node: NodeId) -> Backends:
    database = await SqliteDatabase.start(
        config.database, migrations.upgrade, durability=config.durability, timing=config.timing
    )
    return Backends(
        store=Store.of(SqliteLog(database), database),
        readers=database.readers,
        hub=LocalHub().side(node),
        hub_health=NoHub(),
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
