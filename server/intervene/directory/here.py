"""Who of the staff has a session, in a process whose database no other one can open: no rows say it, and what people
choose changes only here. So it is made anew only when something has changed.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol

from intervene.core.ids import AgentId, NodeId, OrganisationId
from intervene.ports.attendance import Attendance, Chosen, Sighting
from intervene.ports.nodes import Member


class Choices:
    """What people chose, and their names: read once, and again after a change."""

    def __init__(self, stored: Attendance) -> None:
        self.changes = 0
        self._stored = stored
        self._known: dict[AgentId, Chosen] = {}

    async def choose(self, organisation: OrganisationId, person: AgentId, is_available: bool) -> None:
        """As `ports.Attendance`."""
        try:
            await self._stored.choose(organisation, person, is_available)
        finally:
            self.forget([person])

    def forget(self, people: Iterable[AgentId]) -> None:
        """Their rows may have changed."""
        self.changes += 1
        for person in people:
            self._known.pop(person, None)

    async def of(self, people: Collection[AgentId]) -> Mapping[AgentId, Chosen]:
        """Of those who have a row. Raises `Unavailable`."""
        changes = self.changes
        known = {person: self._known[person] for person in people if person in self._known}
        if missing := [person for person in people if person not in known]:
            found = await self._stored.choices(missing)
            known |= {person: found[person] for person in missing if person in found}  # by the ids that are kept anyhow
        if changes == self.changes:
            self._known = known
        return known


class Sessions(Protocol):
    """Of `edge.socket.attendance`."""

    @property
    def changes(self) -> int:
        """How often somebody came, left or gave input."""

    def active(self) -> Mapping[Member, int]: ...


class Here:
    """`beats`: how many heartbeats of this node were written."""

    def __init__(self, node: NodeId, sessions: Sessions, choices: Choices, beats: Callable[[], int]) -> None:
        self._node = node
        self._sessions = sessions
        self._choices = choices
        self._beats = beats
        self._changes = (-1, -1)

    async def sightings(self) -> Sequence[Sighting] | None:
        """None: they are as they were. Raises `Unavailable`."""
        changes = self._sessions.changes, self._choices.changes
        if changes == self._changes:
            return None
        active, beat = self._sessions.active(), self._beats()
        chosen = await self._choices.of({member.agent for member in active})
        self._changes = changes
        return [
            Sighting(self._node, member, beat - at, chosen[member.agent])
            for member, at in active.items()
            if member.agent in chosen
        ]
