"""The tree of organisations, where it is stored."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from msgspec import UNSET, Struct, UnsetType

from intervene.core.ids import OrganisationId
from intervene.core.people import AuditEntry
from intervene.core.tree import Organisation, Tree
from intervene.ports.requests import Request


class OrganisationChanges(Struct, frozen=True, kw_only=True, gc=False):
    """What of an organisation is to change. `expected`: the version that the change is made for."""

    name: str | UnsetType = UNSET
    parent: OrganisationId | UnsetType = UNSET
    is_archived: bool | UnsetType = UNSET
    expected: int


class Placed(NamedTuple):
    """An organisation as it is after a change, and the tree then."""

    organisation: Organisation
    tree: Tree


class Organisations(Protocol):
    """All raise `Unavailable`. Changes at once are made one after another; an entry is in the transaction of its
    change."""

    async def tree(self) -> Tree:
        """As of one moment."""

    async def read(self, organisation: OrganisationId) -> Organisation:
        """One that has set nothing has no row: it is a root with version 0."""

    async def below(self, parent: OrganisationId, after: str, limit: int) -> Sequence[Organisation]:
        """Right below it, by id, from the first one behind `after`."""

    async def add(self, organisation: Organisation, entry: AuditEntry, request: Request) -> Placed:
        """A new one below its `parent`; or the one that `request` made before. Raises `IdReused`, `IllegalMove` if it
        would be too deep, and `TooMany` beyond `limits.ORGANISATIONS`."""

    async def change(self, organisation: OrganisationId, changes: OrganisationChanges, entry: AuditEntry) -> Placed:
        """Raises `VersionChanged`, and `IllegalMove` for a place below itself, or one too deep."""

    async def place(self, organisation: OrganisationId, parent: OrganisationId | None, entry: AuditEntry) -> Tree:
        """From now on the organisation is below `parent`, or a root; it need not have been known. The new tree, once
        the change and `entry` are durable. Raises `IllegalMove` for a place below itself, or one too deep, and
        `TooMany` beyond `limits.ORGANISATIONS`."""
