"""Reading what organisations set in rows: statements and queries, which changes of them use too."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import literal, select, union_all

from intervene.adapters.sql.database import Ask, Query
from intervene.adapters.sql.settings_tables import queue_member, tables
from intervene.adapters.sql.statements import Statement, number, word
from intervene.core.errors import NotFound
from intervene.core.ids import AgentId, OrganisationId, QueueId
from intervene.core.settings import Kind, Row, convert, unwritten

IN_POLICIES: tuple[Kind, ...] = tuple(kind for kind in Kind if kind is not Kind.CANNED_REPLY)
_COLUMNS = ("id", "version", "archived", "data", "request")


@cache
def one_of(kind: Kind) -> Statement:
    table = tables[kind]
    columns = [table.c[name] for name in _COLUMNS]
    return Statement(select(*columns).where(table.c.organisation == word("organisation"), table.c.id == word("id")))


@cache
def page_of(kind: Kind) -> Statement:
    table = tables[kind]
    columns = [table.c[name] for name in _COLUMNS]
    whose = table.c.organisation == word("organisation")
    return Statement(
        select(*columns).where(whose, table.c.id > word("after")).order_by(table.c.id).limit(number("limit"))
    )


_ALL = Statement(
    union_all(
        *(
            select(literal(kind.value), *(tables[kind].c[name] for name in _COLUMNS)).where(
                tables[kind].c.organisation == word("organisation")
            )
            for kind in IN_POLICIES
        )
    )
)
_ALL_MEMBERS = Statement(
    select(queue_member.c.queue, queue_member.c.person).where(queue_member.c.organisation == word("organisation"))
)
_TEAM = Statement(
    select(queue_member.c.person).where(
        queue_member.c.organisation == word("organisation"), queue_member.c.queue == word("row")
    )
)


def in_policy(organisation: OrganisationId) -> Query[tuple[tuple[Row, ...], Mapping[str, frozenset[AgentId]]]]:
    """What rules read: rows, and members by queue."""
    rows = yield Ask(_ALL, {"organisation": organisation})
    members: dict[str, set[AgentId]] = {}
    for queue, person in (yield Ask(_ALL_MEMBERS, {"organisation": organisation})):
        members.setdefault(queue, set()).add(AgentId(person))
    teams = {queue: frozenset(agents) for queue, agents in members.items()}
    return tuple(row_of(Kind(kind), *columns) for kind, *columns in rows), teams


def found(organisation: OrganisationId, kind: Kind, id: str) -> Query[tuple[Row, dict[str, Any], str]]:
    """With what is stored, and the request that made it."""
    for columns in (yield Ask(one_of(kind), {"organisation": organisation, "id": id})):
        return row_of(kind, *columns), msgspec.json.decode(columns[3], type=dict[str, Any]), columns[4]
    for row in unwritten(kind):
        if row.id == id:
            return row, msgspec.to_builtins(row.values), ""
    raise NotFound("There is no such setting, or none of yours.")


def team(organisation: OrganisationId, queue: QueueId) -> Query[frozenset[AgentId]]:
    found = yield Ask(_TEAM, {"organisation": organisation, "row": queue})
    return frozenset(AgentId(person) for (person,) in found)


def row_of(kind: Kind, id: str, version: int, archived: int, data: str, _request: str) -> Row:
    values = convert(kind, msgspec.json.decode(data))
    return Row(kind=kind, id=id, version=version, is_archived=bool(archived), values=values)
