"""What stands beside the log, on SQLite: written by the log's writer, read like the log."""

from collections.abc import Mapping, Sequence
from sqlite3 import Connection

from intervene.adapters.sql.database import SqliteDatabase
from intervene.core.control import Agent
from intervene.core.ids import AgentId, Key
from intervene.ports import Takeover

_HANDLE = "SELECT handle FROM conversation WHERE organisation = ? AND id = ?"

_KEEP_TAKEOVER = f"""
    INSERT OR REPLACE INTO takeover (
        conversation, epoch, agent, name, at, committed_ms, written, written_ms, seen, seen_ms, bot_stopped_ms
    ) SELECT handle, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM ({_HANDLE})
"""
_TAKEOVERS = f"""
    SELECT epoch, agent, name, at, committed_ms, written, written_ms, seen, seen_ms, bot_stopped_ms
    FROM takeover WHERE conversation = ({_HANDLE}) ORDER BY epoch
"""
# `WHERE true` tells SQLite's parser that the ON belongs to no join.
_KEEP_READ = f"""
    INSERT INTO read_position (conversation, reader, n) SELECT handle, ?, ? FROM ({_HANDLE}) WHERE true
    ON CONFLICT (conversation, reader) DO UPDATE SET n = excluded.n WHERE excluded.n > n
"""
_READ_POSITIONS = f"SELECT reader, n FROM read_position WHERE conversation = ({_HANDLE})"


class SqliteDirectory:
    """`ports.Directory`. What is kept of a conversation that does not exist is forgotten."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def keep_takeovers(self, takeovers: Sequence[tuple[Key, Takeover]]) -> None:
        values = [(*_columns(takeover), *key) for key, takeover in takeovers]
        await self._database.writer.run(lambda connection: connection.executemany(_KEEP_TAKEOVER, values).rowcount)

    async def takeovers(self, key: Key) -> Sequence[Takeover]:
        def query(connection: Connection) -> Sequence[Takeover]:
            return [_takeover(*row) for row in connection.execute(_TAKEOVERS, key)]

        return await self._database.read(query)

    async def keep_read(self, key: Key, reader: str, n: int) -> None:
        await self._database.writer.run(lambda connection: connection.execute(_KEEP_READ, (reader, n, *key)).rowcount)

    async def read_positions(self, key: Key) -> Mapping[str, int]:
        return await self._database.read(lambda connection: dict(connection.execute(_READ_POSITIONS, key).fetchall()))


def _columns(takeover: Takeover) -> tuple[object, ...]:
    return (
        takeover.epoch,
        takeover.by.id,
        takeover.by.name,
        takeover.at,
        takeover.committed_ms,
        takeover.written,
        takeover.written_ms,
        takeover.seen,
        takeover.seen_ms,
        takeover.bot_stopped_ms,
    )


def _takeover(
    epoch: int,
    agent: str,
    name: str,
    at: int,
    committed_ms: float,
    written: int,
    written_ms: float,
    seen: int,
    seen_ms: float,
    bot_stopped_ms: float,
) -> Takeover:
    return Takeover(
        epoch=epoch,
        by=Agent(id=AgentId(agent), name=name),
        at=at,
        committed_ms=committed_ms,
        written=written,
        written_ms=written_ms,
        seen=seen,
        seen_ms=seen_ms,
        bot_stopped_ms=bot_stopped_ms,
    )
