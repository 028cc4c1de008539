"""The processes that share the database."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from intervene.core.ids import AgentId, NodeId, OrganisationId


class Member(Struct, frozen=True, order=True, gc=False):
    """An agent, everywhere. An agent's id alone is no key."""

    organisation: OrganisationId
    agent: AgentId


class Nodes(Protocol):
    """The processes that share the database: a count for each, and whose sessions it has. A node writes its own rows.
    A node is dead when its count stands still; no clocks are compared, here or by readers. All raise `Unavailable`.
    """

    async def beat(self, node: NodeId, about: str = "", agents_beat: int = 0) -> None:
        """Count the node's row up by one; the first beat makes the row. One that raises may have counted. `about`:
        what the node says of itself, for people and `doctor`. `agents_beat`: which heartbeat, by its own count, the
        rows of its agents were last right for: while they cannot be written, nobody's absence grows."""

    async def readings(self) -> Mapping[NodeId, int]:
        """All counts, as of one moment. A node that finds its own gone, or lower than the beats that it knows were
        written, has a database that went back, or was swept: what it remembers and its agents' rows are void."""

    async def about(self) -> Mapping[NodeId, str]:
        """What nodes say of themselves."""

    async def leave(self, node: NodeId) -> None:
        """Delete the node's rows, at its own end. Twice is once."""

    async def sweep(self, dead: Mapping[NodeId, int]) -> None:
        """Delete the rows of nodes that were long dead when they had these counts; one that has counted on stays."""

    async def keep_agents(self, node: NodeId, agents: Mapping[Member, int]) -> None:
        """These agents and no others have a session with the node, each with the heartbeat, by the node's own count,
        at which they gave input last. Calls of one node come one after another."""

    async def nodes_of(self, organisation: OrganisationId, agent: AgentId) -> Sequence[NodeId]:
        """Where the agent has sessions, according to rows of nodes alive and dead."""
