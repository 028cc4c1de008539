"""What this node remembers of organisations and people is compared with the database: one query every
`timing.policies`. Messages on the hub usually come first; this is what counts.
"""

import asyncio
from collections.abc import Collection, Mapping
from typing import Protocol

from intervene.core.errors import Unavailable
from intervene.core.ids import AgentId
from intervene.core.timing import PRODUCTION, Timing
from intervene.policies.cache import PolicyCache
from intervene.policies.tree import TreeCache
from intervene.ports.versions import PersonVersion, Versions


class KnownPeople(Protocol):
    """The people of whom a node remembers something, or has sessions."""

    def ids(self) -> Collection[AgentId]: ...

    def compare(self, found: Mapping[AgentId, PersonVersion]) -> None:
        """What the database has of those: without those that have no row."""


class Comparison:
    def __init__(
        self,
        stored: Versions,
        policies: PolicyCache,
        tree: TreeCache,
        people: KnownPeople | None = None,
        timing: Timing = PRODUCTION,
    ) -> None:
        self._stored = stored
        self._policies = policies
        self._tree = tree
        self._people = people
        self._timing = timing

    async def keep(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(self._timing.policies)
            try:
                await self.compare()
            except Unavailable:
                pass  # others log that; the next comparison finds what has changed meanwhile

    async def compare(self) -> None:
        """Raises `Unavailable`."""
        people = self._people
        known = self._policies.versions()
        found = await self._stored.read(known, people.ids() if people else ())
        self._tree.compare(found.tree)
        self._policies.compare(known, found.organisations)
        if people:
            people.compare(found.people)
