"""The rows of the agents who have a session with this node, kept with its heartbeats: seldom, as each is a write."""

from collections.abc import Mapping

from intervene.core.ids import NodeId
from intervene.core.limits import ACTIVE_SECONDS
from intervene.core.presence import beats
from intervene.ports.nodes import Member, Nodes

ACTIVE_BEATS = beats(ACTIVE_SECONDS)


class KeptAgents:
    """Numbers of heartbeats are the node's own count."""

    def __init__(self, nodes: Nodes, node: NodeId) -> None:
        self.beat = 0
        """At which the rows were last what they shall be."""
        self._nodes = nodes
        self._node = node
        self._kept: dict[Member, int] | None = None
        """What the rows say: when each of them gave input last. None: that is not known."""
        self._written: dict[Member, int] = {}
        """When each of them was written last."""

    async def keep(self, agents: Mapping[Member, int], beat: int) -> None:
        """After the heartbeat `beat`: who came and who left, and what others did, if their row is `ACTIVE_BEATS` old.
        Raises `Unavailable`."""
        kept = self._kept or {}
        wanted = {member: self._due(kept, member, active, beat) for member, active in agents.items()}
        if wanted != self._kept:
            self._kept = None  # if this raises, it is not known what is kept
            await self._nodes.keep_agents(self._node, wanted)
            self._kept = wanted
            self._written = {
                member: self._written.get(member, beat) if kept.get(member) == active else beat
                for member, active in wanted.items()
            }
        self.beat = beat

    def _due(self, kept: Mapping[Member, int], member: Member, active: int, beat: int) -> int:
        is_fresh = member in kept and beat - self._written[member] < ACTIVE_BEATS
        return kept[member] if is_fresh else active

    def forget(self) -> None:
        """The rows are those of another database."""
        self._kept = None
