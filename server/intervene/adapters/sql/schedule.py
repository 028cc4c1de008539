"""Due work, on either engine."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, case, select, text

from intervene.adapters.sql.database import Ask, Database, Query, one
from intervene.adapters.sql.keys import key_of
from intervene.adapters.sql.schema import conversation, timer
from intervene.adapters.sql.statements import Now, Statement, number, word
from intervene.core.conversation.packing import FORMAT, is_open, unpack_turn
from intervene.core.conversation.timers import Kind
from intervene.core.ids import Key, NodeId
from intervene.ports.schedule import Pending, Work

MOST_WORK = 500
MOST_CLAIMS = 5000

_NOW = Statement(select(Now()))


_state = (conversation.c.state, conversation.c.format)


def _rows(*columns: Any) -> Select[Any]:
    """Of conversations whose format this node can read."""
    c = conversation.c
    return select(c.organisation, c.id, *columns).where(c.format <= number("format")).limit(number("limit"))


def _turns(runner: ColumnElement[bool]) -> Select[Any]:
    columns = _rows(conversation.c.runner, conversation.c.epoch, conversation.c.due, *_state)
    return columns.where(text("runner <> ''"), runner).order_by(conversation.c.changed_at)  # as the index says it


def _timers(*columns: Any) -> Select[Any]:
    joined = _rows(*columns).join_from(timer, conversation, timer.c.conversation == conversation.c.handle)
    return joined.where(timer.c.kind == word("kind")).order_by(timer.c.due)


_CLAIMED = Statement(_turns(conversation.c.runner == word("node")))
_DUE = Statement(
    _timers(conversation.c.runner, timer.c.epoch, timer.c.due, *_state).where(timer.c.due <= number("now"))
)
_NEXT = Statement(_timers(timer.c.epoch, timer.c.due, conversation.c.changed_at).where(timer.c.due > number("after")))


_ROWS = Statement(
    select(
        conversation.c.handle, conversation.c.organisation, conversation.c.id, conversation.c.format,
        case((conversation.c.format < number("format"), conversation.c.state)), conversation.c.base,
    )
    .where(conversation.c.handle > number("after"))
    .order_by(conversation.c.handle)
    .limit(number("limit"))
)  # fmt: skip


@cache
def _stranded(nodes: int) -> Statement:
    """Turns that none of so many nodes has."""
    living = [word(f"node_{place}") for place in range(nodes)]
    return Statement(_turns(conversation.c.runner.not_in(living)))


class SqlSchedule:
    """`ports.Schedule`. Turns that run as they should must not hide those that wait: each part has its own limit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self) -> int:
        return int(await self._database.ask(one(_NOW)))

    async def work(self, now: int, node: NodeId, others: Collection[NodeId]) -> Sequence[Work]:
        living = {f"node_{place}": each for place, each in enumerate([node, *sorted(others)])}
        most: dict[str, object] = {"format": FORMAT, "limit": MOST_WORK}

        def query() -> Query[Sequence[Work]]:
            stranded = yield Ask(_stranded(len(living)), most | living)
            due = yield Ask(_DUE, most | {"kind": Kind.WAIT, "now": now})
            claimed = yield Ask(_CLAIMED, {"format": FORMAT, "limit": MOST_CLAIMS, "node": node})
            return [_work(*row) for row in (*stranded, *due, *claimed)]

        return await self._database.ask(query())

    async def outdated(self, after: int, limit: int) -> tuple[Sequence[tuple[Key, bool]], int | None]:
        def query() -> Query[tuple[Sequence[tuple[Key, bool]], int | None]]:
            rows = yield Ask(_ROWS, {"format": FORMAT, "after": after, "limit": limit})
            found = [
                (key_of(organisation, id), is_open(format, state, base))
                for _, organisation, id, format, state, base in rows
                if state is not None
            ]
            return found, rows[-1][0] if len(rows) == limit else None

        return await self._database.ask(query())

    async def timers(self, after: int, limit: int) -> Sequence[Pending]:
        def query() -> Query[Sequence[Pending]]:
            found = yield Ask(_NEXT, {"format": FORMAT, "limit": limit, "kind": Kind.WAIT, "after": after})
            return [
                Pending(key_of(organisation, id), epoch, due, since) for organisation, id, epoch, due, since in found
            ]

        return await self._database.ask(query())


def _work(organisation: str, id: str, runner: str, epoch: int, due: int, state: bytes, format: int) -> Work:
    turn = unpack_turn(format, state)
    return Work(key=key_of(organisation, id), runner=runner, epoch=epoch, turn=turn, due=due, format=format)
