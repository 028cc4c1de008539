"""The sessions of staff, what people chose, and what agents hold, on either engine."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from sys import intern

import msgspec
from sqlalchemy import func, select, text, tuple_, update

from intervene.adapters.sql.database import Ask, Database, Query, rows
from intervene.adapters.sql.keys import key_of
from intervene.adapters.sql.people_tables import person
from intervene.adapters.sql.schema import conversation, node, node_agent
from intervene.adapters.sql.statements import Statement, number, word
from intervene.adapters.sql.versions import portions
from intervene.core.conversation.packing import COLUMNS, FORMAT, Row, unpack
from intervene.core.ids import AgentId, NodeId, OrganisationId, QueueId
from intervene.ports.attendance import FIRST, Chosen, Cursor, Held, Holding, Sighting
from intervene.ports.nodes import Member

_SIGHTINGS = Statement(
    select(
        node_agent.c.node,
        node_agent.c.organisation,
        node_agent.c.agent,
        func.coalesce(node.c.agents_beat - node_agent.c.active_beat, 0),
        func.coalesce(person.c.name, node_agent.c.agent),
        func.coalesce(person.c.available, 1),
    )
    .join(node, node.c.id == node_agent.c.node)
    .outerjoin(person, person.c.id == node_agent.c.agent)
)

_CHOOSE = Statement(
    update(person)
    .where(person.c.organisation == word("organisation"), person.c.id == word("person"))
    .values(available=number("available"))
)

_HOLDINGS = Statement(
    select(
        conversation.c.holder,
        conversation.c.handle,
        conversation.c.organisation,
        conversation.c.id,
        conversation.c.queue,
        func.coalesce(person.c.disabled, 0),
    )
    .outerjoin(person, person.c.id == conversation.c.holder)
    .where(
        text("holder <> ''"),  # as the index says it
        tuple_(conversation.c.holder, conversation.c.handle) > tuple_(word("holder"), number("handle")),
    )
    .order_by(conversation.c.holder, conversation.c.handle)
    .limit(number("limit"))
)


@cache
def _held(conversations: int) -> Statement:
    some = [number(f"h{place}") for place in range(conversations)]
    return Statement(
        select(func.coalesce(person.c.disabled, 0), *(conversation.c[name] for name in COLUMNS))
        .outerjoin(person, person.c.id == conversation.c.holder)
        .where(conversation.c.handle.in_(some))
        .order_by(conversation.c.handle)
    )


@cache
def _choices(people: int) -> Statement:
    some = [word(f"p{place}") for place in range(people)]
    return Statement(select(person.c.id, person.c.name, person.c.available).where(person.c.id.in_(some)))


class SqlAttendance:
    """`ports.Attendance`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sightings(self) -> Sequence[Sighting]:
        return [_sighting(*row) for row in await self._database.ask(rows(_SIGHTINGS))]

    async def choices(self, people: Collection[AgentId]) -> Mapping[AgentId, Chosen]:
        asked = portions(people)

        def query() -> Query[dict[AgentId, Chosen]]:
            chosen: dict[AgentId, Chosen] = {}
            for ids in asked:
                values: dict[str, object] = {f"p{place}": id for place, id in enumerate(ids)}
                found = yield Ask(_choices(len(ids)), values)
                chosen |= {AgentId(id): Chosen(name, available > 0) for id, name, available in found}
            return chosen

        return await self._database.ask(query()) if asked else {}

    async def choose(self, organisation: OrganisationId, person: AgentId, is_available: bool) -> None:
        values = {"organisation": organisation, "person": person, "available": int(is_available)}
        await self._database.tell(rows(_CHOOSE, **values))

    async def holdings(self, after: Cursor, limit: int) -> tuple[Sequence[Holding], Cursor]:
        found = await self._database.ask(rows(_HOLDINGS, holder=after[0], handle=after[1], limit=limit))
        page = [
            Holding(AgentId(holder), handle, key_of(organisation, id), QueueId(queue), disabled > 0)
            for holder, handle, organisation, id, queue, disabled in found
        ]
        return page, (page[-1].holder, page[-1].handle) if len(page) == limit else FIRST

    async def held(self, holdings: Sequence[Holding]) -> Sequence[Held]:
        keys = {holding.key for holding in holdings}  # a handle may be another conversation's by now
        asked = portions([holding.handle for holding in holdings])

        def query() -> Query[list[Held]]:
            states: list[Held | None] = []
            for handles in asked:
                values: dict[str, object] = {f"h{place}": handle for place, handle in enumerate(handles)}
                found = yield Ask(_held(len(handles)), values)
                states += [_state(disabled, Row(*columns)) for disabled, *columns in found]
            return [held for held in states if held and held.state.key in keys and held.state.reply_enabled]

        return await self._database.ask(query()) if asked else []


def _sighting(at: str, organisation: str, agent: str, idle: int, name: str, available: int) -> Sighting:
    member = Member(OrganisationId(intern(organisation)), AgentId(agent))
    return Sighting(NodeId(at), member, max(0, idle), Chosen(name, available > 0))


def _state(disabled: int, row: Row) -> Held | None:
    try:
        return Held(unpack(row), disabled > 0) if row.format <= FORMAT else None
    except msgspec.MsgspecError:
        return None  # `verify` finds it; the others must not wait behind it
