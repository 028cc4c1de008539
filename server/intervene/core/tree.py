"""Organisations form a tree. A node holds all of it, as one value."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from msgspec import Struct

from intervene.core.actors import Role
from intervene.core.ids import OrganisationId
from intervene.core.limits import TREE_DEPTH

_NONE: Mapping[OrganisationId, OrganisationId] = MappingProxyType({})


class Organisation(Struct, frozen=True, kw_only=True, gc=False):
    """A row of the tree. `parent` "": a root. `archived`: when, in milliseconds since 1970, 0: it is not. `version` is
    of its name, place and archiving."""

    id: OrganisationId
    parent: OrganisationId
    name: str = ""
    archived: int = 0
    version: int = 0


class Tree(Struct, frozen=True):
    """`parents`: of each organisation that has one. What is not in it is a root. `archived`: those that take nothing
    new. `version` counts the changes."""

    version: int = 0
    parents: Mapping[OrganisationId, OrganisationId] = _NONE
    archived: frozenset[OrganisationId] = frozenset()

    def ancestors(self, organisation: OrganisationId) -> tuple[OrganisationId, ...]:
        """The nearest first, without the organisation itself."""
        return tuple(self._up_from(organisation))

    def reaches(self, home: OrganisationId, role: Role, organisation: OrganisationId) -> bool:
        """Whether a person may act there: supervisors and admins at home and everywhere below, agents at home."""
        return home == organisation or (role.leads and home in self._up_from(organisation))

    def below(self, organisation: OrganisationId) -> list[OrganisationId]:
        """In the order of their ids, on whatever level. It looks at the whole tree."""
        return sorted(one for one in self.parents if organisation in self._up_from(one))

    def height(self, organisation: OrganisationId) -> int:
        """Of what is below it, in levels: 1 for an organisation with nothing below. It looks at the whole tree."""
        below = [len(path) - path.index(organisation) for path in map(self._path, self.parents) if organisation in path]
        return max(below, default=1)

    def _path(self, organisation: OrganisationId) -> tuple[OrganisationId, ...]:
        """From the root to the organisation."""
        return (organisation, *self._up_from(organisation))[::-1]

    def _up_from(self, organisation: OrganisationId) -> Iterator[OrganisationId]:
        """Bounded: a circle in the stored rows is nobody's reason to hang."""
        parents = self.parents
        for _ in range(TREE_DEPTH - 1):
            parent = parents.get(organisation)
            if parent is None:
                return
            yield parent
            organisation = parent


ROOTS = Tree()
"""Where no organisation is below another."""
