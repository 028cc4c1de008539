"""A node of the spine, the release before the cluster: run with its code in PYTHONPATH, and nothing of today's.

It had the adapters for PostgreSQL and Redis, and no server used them. What is put together here is what its node would
have been with them: its engine, feeds, runner and edge as they were; beats and comparisons of its own, which it had
not, as plainly as they can be.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from intervene.adapters.sql.postgres import PostgresLog  # type: ignore[import-not-found]  # as that release had it
from intervene.adapters.sql.postgres_database import PostgresDatabase  # type: ignore[import-not-found]

from intervene import config, logs, node
from intervene.adapters.redis.connections import Connections
from intervene.adapters.redis.hub import RedisHub
from intervene.adapters.redis.leases import RedisLeases
from intervene.adapters.sql.nodes import SqlNodes

BEAT_SECONDS = 2.0

database_url = os.environ.pop("INTERVENE_DATABASE_URL")
connections = Connections(os.environ.pop("INTERVENE_REDIS_URL"))


async def migrated(_: str) -> None:
    """By the newer node that came first: this release knows nothing of what it did, and needs nothing of it."""


class Database:
    """In place of the SQLite one."""

    @staticmethod
    async def start(*_: object, **__: object) -> PostgresDatabase:
        return await PostgresDatabase.start(database_url, migrated)


Node: Any = node.Node  # type: ignore[attr-defined]  # as that release had it


class Spine(Node):  # type: ignore[misc]
    def __init__(self, settings: config.Config, database: Any) -> None:
        keys = [key.encode() for key in settings.keys]
        made: dict[str, Any] = {}

        def connect(id: Any) -> RedisHub:
            made["hub"] = hub = RedisHub(connections, node=id, keys=keys)
            made["leases"] = RedisLeases(connections, node=id, stats=hub.stats)
            return hub

        def feeds(log: Any, hub: Any) -> Any:
            made["feeds"], made["log"] = Feeds(log, hub), log
            return made["feeds"]

        Feeds, Upkeep = node.Feeds, node.Upkeep  # type: ignore[attr-defined]  # as that release had them
        namespace: Any = node
        namespace.LocalHub = lambda: SimpleNamespace(connect=connect)
        namespace.LocalLeases = lambda: made["leases"]
        namespace.SqliteLog = PostgresLog
        namespace.Feeds = feeds
        namespace.Upkeep = lambda **given: Upkeep(**{**given, "is_gone": lambda _: False})
        super().__init__(settings, database)
        self._made = made
        self._nodes = SqlNodes(database)
        made["hub"].gap = self._gap

    def _gap(self, keys: Sequence[Any]) -> None:
        self._made["task"] = asyncio.get_running_loop().create_task(self._compares(keys))

    async def _compares(self, keys: Sequence[Any]) -> None:
        for key, version in (await self._made["log"].versions(keys)).items():
            self._made["feeds"].check(key, version)

    @classmethod
    async def start(cls, settings: config.Config) -> Any:
        made = await super().start(settings)
        await made._nodes.beat(made.id)
        made._tasks += [asyncio.create_task(made._made["hub"].keep()), asyncio.create_task(made._beats())]
        return made

    async def _beats(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            await self._nodes.beat(self.id)


if __name__ == "__main__":
    namespace: Any = node
    namespace.SqliteDatabase = Database
    namespace.Node = Spine
    settings = config.load(os.environ, None).config  # type: ignore[attr-defined]
    logs.configure(settings.log_format, settings.log_level)
    sys.exit(node.serve(settings))  # type: ignore[attr-defined]
