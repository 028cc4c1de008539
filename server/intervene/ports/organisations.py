"""The tree of organisations, where it is stored."""

from typing import Protocol

from intervene.core.ids import OrganisationId
from intervene.core.people import AuditEntry
from intervene.core.tree import Tree


class Organisations(Protocol):
    """All raise `Unavailable`."""

    async def tree(self) -> Tree:
        """As of one moment."""

    async def place(self, organisation: OrganisationId, parent: OrganisationId | None, entry: AuditEntry) -> Tree:
        """From now on the organisation is below `parent`, or a root; it need not have been known. The new tree, once
        the change and `entry` are durable. Raises `IllegalMove` for a place below itself, or one too deep, and
        `TooMany` beyond `limits.ORGANISATIONS`. Changes at once are made one after another."""
