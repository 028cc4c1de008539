"""How new is what a node remembers of organisations and people: in one query for all."""

from collections.abc import Collection, Mapping
from typing import NamedTuple, Protocol

from intervene.core.ids import AgentId, OrganisationId


class PersonVersion(NamedTuple):
    version: int
    is_disabled: bool


class Found(NamedTuple):
    """`organisations`: without those that have set nothing; `people`: without those that have no row."""

    tree: int
    organisations: Mapping[OrganisationId, int]
    people: Mapping[AgentId, PersonVersion]


class Versions(Protocol):
    async def read(self, organisations: Collection[OrganisationId], people: Collection[AgentId]) -> Found:
        """In one query. Raises `Unavailable`."""
