"""The rows of the nodes, on either engine."""

from collections.abc import Mapping, Sequence

from msgspec.structs import asdict
from sqlalchemy import delete, exists, literal_column, select
from sqlalchemy.dialects.postgresql import insert

from intervene.adapters.sql.database import Ask, Database, Each, Query, rows
from intervene.adapters.sql.schema import node as node_
from intervene.adapters.sql.schema import node_agent
from intervene.adapters.sql.statements import Statement, number, word
from intervene.core.ids import AgentId, NodeId, OrganisationId
from intervene.ports.nodes import Member

_insert = insert(node_).values(
    id=word("id"), beats=literal_column("1"), about=word("about"), agents_beat=number("agents_beat")
)
_new = _insert.excluded
_BEAT = Statement(
    _insert.on_conflict_do_update(
        index_elements=[node_.c.id],
        set_={"beats": node_.c.beats + 1, "about": _new.about, "agents_beat": _new.agents_beat},
    )
)
_READINGS = Statement(select(node_.c.id, node_.c.beats))
_ABOUT = Statement(select(node_.c.id, node_.c.about))
_BEATS = Statement(select(node_.c.beats).where(node_.c.id == word("id")))
_LEAVE = Statement(delete(node_).where(node_.c.id == word("id")))
_SWEEP = Statement(delete(node_).where(node_.c.id == word("id"), node_.c.beats == number("beats")))

_LEAVE_AGENTS = Statement(
    delete(node_agent).where(node_agent.c.node == word("id"), ~exists().where(node_.c.id == word("id")))
)
_AGENTS = Statement(
    select(node_agent.c.organisation, node_agent.c.agent, node_agent.c.active_beat).where(
        node_agent.c.node == word("node")
    )
)
_agent = insert(node_agent)
_KEEP_AGENT = Statement(
    _agent.on_conflict_do_update(
        index_elements=[node_agent.c.node, node_agent.c.organisation, node_agent.c.agent],
        set_={"active_beat": _agent.excluded.active_beat},
    )
)
_DROP_AGENT = Statement(
    delete(node_agent).where(
        node_agent.c.node == word("node"),
        node_agent.c.organisation == word("organisation"),
        node_agent.c.agent == word("agent"),
    )
)
_NODES_OF = Statement(
    select(node_agent.c.node)
    .where(node_agent.c.organisation == word("organisation"), node_agent.c.agent == word("agent"))
    .order_by(node_agent.c.node)
)


class SqlNodes:
    """`ports.Nodes`. Rows are written in one order, so that no two nodes wait for each other."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def beat(self, node: NodeId, about: str = "", agents_beat: int = 0) -> None:
        await self._database.tell(rows(_BEAT, id=node, about=about, agents_beat=agents_beat))

    async def readings(self) -> Mapping[NodeId, int]:
        return {NodeId(id): beats for id, beats in await self._database.ask(rows(_READINGS))}

    async def about(self) -> Mapping[NodeId, str]:
        return {NodeId(id): about for id, about in await self._database.ask(rows(_ABOUT))}

    async def leave(self, node: NodeId) -> None:
        def query() -> Query[None]:
            yield Ask(_LEAVE, {"id": node})
            yield Ask(_LEAVE_AGENTS, {"id": node})

        await self._database.tell(query())

    async def sweep(self, dead: Mapping[NodeId, int]) -> None:
        def query() -> Query[None]:
            yield Each(_SWEEP, [{"id": node, "beats": beats} for node, beats in sorted(dead.items())])
            yield Each(_LEAVE_AGENTS, [{"id": node} for node in sorted(dead)])

        await self._database.tell(query())

    async def keep_agents(self, node: NodeId, agents: Mapping[Member, int]) -> None:
        def query() -> Query[None]:
            found = yield Ask(_AGENTS, {"node": node})
            kept = {Member(organisation, agent): active for organisation, agent, active in found}
            gone = sorted(kept.keys() - agents.keys())
            yield Each(_DROP_AGENT, [{"node": node} | asdict(agent) for agent in gone])
            changed = sorted(agent for agent, active in agents.items() if kept.get(agent) != active)
            of = [{"node": node, "active_beat": agents[agent]} | asdict(agent) for agent in changed]
            yield Each(_KEEP_AGENT, of)

        await self._database.tell(query())

    @staticmethod
    def has(node: NodeId, beats: int) -> Query[bool]:
        """Whether the database has so many beats of the node: if not, it is older than they are."""
        if beats == 0:
            return True
        return any(found >= beats for (found,) in (yield Ask(_BEATS, {"id": node})))

    async def nodes_of(self, organisation: OrganisationId, agent: AgentId) -> Sequence[NodeId]:
        found = await self._database.ask(rows(_NODES_OF, organisation=organisation, agent=agent))
        return [NodeId(node) for (node,) in found]
