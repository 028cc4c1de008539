"""The rows of the nodes, on either engine."""

from collections.abc import Collection, Mapping, Sequence

from intervene.adapters.sql.queries import Ask, Database, Each, Query
from intervene.core.ids import AgentId, NodeId, OrganisationId
from intervene.ports.nodes import Member

_BEAT = """
    INSERT INTO node (id, beats, about) VALUES (?, 1, ?)
    ON CONFLICT (id) DO UPDATE SET beats = node.beats + 1, about = excluded.about
"""
_LEAVE_AGENTS = "DELETE FROM node_agent WHERE node = ? AND NOT EXISTS (SELECT 1 FROM node WHERE id = ?)"
_ADD_AGENT = "INSERT INTO node_agent (node, organisation, agent) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_DROP_AGENT = "DELETE FROM node_agent WHERE node = ? AND organisation = ? AND agent = ?"


class SqlNodes:
    """`ports.Nodes`. Rows are written in one order, so that no two nodes wait for each other."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def beat(self, node: NodeId, about: str = "") -> None:
        def query() -> Query[None]:
            yield Ask(_BEAT, (node, about))

        await self._database.tell(query())

    async def readings(self) -> Mapping[NodeId, int]:
        def query() -> Query[Mapping[NodeId, int]]:
            return {NodeId(id): beats for id, beats in (yield Ask("SELECT id, beats FROM node"))}

        return await self._database.ask(query())

    async def about(self) -> Mapping[NodeId, str]:
        def query() -> Query[Mapping[NodeId, str]]:
            return {NodeId(id): about for id, about in (yield Ask("SELECT id, about FROM node"))}

        return await self._database.ask(query())

    async def leave(self, node: NodeId) -> None:
        def query() -> Query[None]:
            yield Ask("DELETE FROM node WHERE id = ?", (node,))
            yield Ask(_LEAVE_AGENTS, (node, node))

        await self._database.tell(query())

    async def sweep(self, dead: Mapping[NodeId, int]) -> None:
        def query() -> Query[None]:
            yield Each("DELETE FROM node WHERE id = ? AND beats = ?", sorted(dead.items()))
            yield Each(_LEAVE_AGENTS, [(node, node) for node in sorted(dead)])

        await self._database.tell(query())

    async def keep_agents(self, node: NodeId, agents: Collection[Member]) -> None:
        def query() -> Query[None]:
            found = yield Ask("SELECT organisation, agent FROM node_agent WHERE node = ?", (node,))
            kept = {Member(organisation, agent) for organisation, agent in found}
            yield Each(_DROP_AGENT, [(node, *agent) for agent in sorted(kept.difference(agents))])
            yield Each(_ADD_AGENT, [(node, *agent) for agent in sorted(set(agents) - kept)])

        await self._database.tell(query())

    @staticmethod
    def has(node: NodeId, beats: int) -> Query[bool]:
        """Whether the database has so many beats of the node: if not, it is older than they are."""
        if beats == 0:
            return True
        return any(found >= beats for (found,) in (yield Ask("SELECT beats FROM node WHERE id = ?", (node,))))

    async def nodes_of(self, organisation: OrganisationId, agent: AgentId) -> Sequence[NodeId]:
        sql = "SELECT node FROM node_agent WHERE organisation = ? AND agent = ? ORDER BY node"

        def query() -> Query[Sequence[NodeId]]:
            return [NodeId(node) for (node,) in (yield Ask(sql, (organisation, agent)))]

        return await self._database.ask(query())
