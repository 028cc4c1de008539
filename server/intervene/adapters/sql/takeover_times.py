"""The times of takeovers, on either engine."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from intervene.adapters.sql.database import Ask, Database, Each, Query
from intervene.adapters.sql.keys import HANDLE, named
from intervene.adapters.sql.schema import takeover
from intervene.adapters.sql.statements import Statement, typed
from intervene.core.actors import Agent
from intervene.core.ids import AgentId, Key
from intervene.ports.takeover_times import Takeover

_KEPT = [column for column in takeover.c if column is not takeover.c.conversation]

_insert = insert(takeover).from_select(
    ["conversation", *(column.name for column in _KEPT)], HANDLE.add_columns(*map(typed, _KEPT))
)
_KEEP = Statement(
    _insert.on_conflict_do_update(
        index_elements=[takeover.c.conversation, takeover.c.epoch],
        set_={column.name: _insert.excluded[column.name] for column in _KEPT if column is not takeover.c.epoch},
    )
)
_OF = Statement(select(*_KEPT).where(takeover.c.conversation == HANDLE.scalar_subquery()).order_by(takeover.c.epoch))


class SqlTakeoverTimes:
    """`ports.TakeoverTimes`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, takeovers: Sequence[tuple[Key, Takeover]]) -> None:
        def query() -> Query[None]:
            yield Each(_KEEP, [named(key) | _columns(takeover) for key, takeover in takeovers])

        await self._database.tell(query())

    async def of(self, key: Key) -> Sequence[Takeover]:
        def query() -> Query[Sequence[Takeover]]:
            return [_takeover(*row) for row in (yield Ask(_OF, named(key)))]

        return await self._database.ask(query())


def _columns(takeover: Takeover) -> dict[str, object]:
    return {
        "epoch": takeover.epoch,
        "agent": takeover.by.id,
        "name": takeover.by.name,
        "at": takeover.at,
        "committed_ms": takeover.committed_ms,
        "written": takeover.written,
        "written_ms": takeover.written_ms,
        "seen": takeover.seen,
        "seen_ms": takeover.seen_ms,
        "bot_stopped_ms": takeover.bot_stopped_ms,
    }


def _takeover(epoch: int, agent: str, name: str, at: int, *times: Any) -> Takeover:
    committed_ms, written, written_ms, seen, seen_ms, bot_stopped_ms = times
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
