"""What stands beside the log, on either engine."""

from collections.abc import Mapping, Sequence

from intervene.adapters.sql.queries import Ask, Database, Each, Query
from intervene.core.actors import Agent
from intervene.core.ids import AgentId, Key
from intervene.ports.read_positions import HOLDER, Moved
from intervene.ports.takeover_times import Takeover

_HANDLE = "SELECT handle FROM conversation WHERE organisation = ? AND id = ?"

# `WHERE true` shows SQLite's parser that the ON belongs to no join.
_KEEP_TAKEOVER = f"""
    INSERT INTO takeover (
        conversation, epoch, agent, name, at, committed_ms, written, written_ms, seen, seen_ms, bot_stopped_ms
    ) SELECT handle, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM ({_HANDLE}) AS row WHERE true
    ON CONFLICT (conversation, epoch) DO UPDATE SET
        agent = excluded.agent, name = excluded.name, at = excluded.at, committed_ms = excluded.committed_ms,
        written = excluded.written, written_ms = excluded.written_ms, seen = excluded.seen, seen_ms = excluded.seen_ms,
        bot_stopped_ms = excluded.bot_stopped_ms
"""
_TAKEOVERS = f"""
    SELECT epoch, agent, name, at, committed_ms, written, written_ms, seen, seen_ms, bot_stopped_ms
    FROM takeover WHERE conversation = ({_HANDLE}) ORDER BY epoch
"""
_KEEP_READ = f"""
    INSERT INTO read_position (conversation, reader, n) SELECT handle, ?, ? FROM ({_HANDLE}) AS row WHERE true
    ON CONFLICT (conversation, reader) DO UPDATE SET n = excluded.n WHERE excluded.n > read_position.n
"""
_TWO_POSITIONS = f"SELECT reader, n FROM read_position WHERE conversation = ({_HANDLE}) AND reader IN (?, ?)"
_PUBLIC = f"SELECT pub FROM event WHERE conversation = ({_HANDLE}) AND seq <= ? AND pub > 0 ORDER BY seq DESC LIMIT 1"
_READ_POSITIONS = f"SELECT reader, n FROM read_position WHERE conversation = ({_HANDLE})"


class SqlDirectory:
    """`ports.Directory`. What is kept of a conversation that does not exist is forgotten."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep_takeovers(self, takeovers: Sequence[tuple[Key, Takeover]]) -> None:
        def query() -> Query[None]:
            yield Each(_KEEP_TAKEOVER, [(*_columns(takeover), *key) for key, takeover in takeovers])

        await self._database.tell(query())

    async def takeovers(self, key: Key) -> Sequence[Takeover]:
        def query() -> Query[Sequence[Takeover]]:
            return [_takeover(*row) for row in (yield Ask(_TAKEOVERS, key))]

        return await self._database.ask(query())

    async def keep_read(self, key: Key, reader: str, n: int, held: int = -1) -> Moved:
        def query() -> Query[Moved]:
            kept = dict((yield Ask(_TWO_POSITIONS, (*key, reader, HOLDER))))
            before = kept.get(reader, 0)
            if n > before:
                yield Ask(_KEEP_READ, (reader, n, *key))
            pub = 0
            if held >= 0:
                for (public,) in (yield Ask(_PUBLIC, (*key, max(held, before)))):
                    if public > kept.get(HOLDER, 0):
                        yield Ask(_KEEP_READ, (HOLDER, public, *key))
                        pub = public
            return Moved(n if n > before else 0, pub)

        return await self._database.tell(query())

    async def read_positions(self, key: Key) -> Mapping[str, int]:
        def query() -> Query[Mapping[str, int]]:
            return dict((yield Ask(_READ_POSITIONS, key)))

        return await self._database.ask(query())


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
