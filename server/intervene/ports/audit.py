"""The record of what people changed. A change writes its entry in its own transaction (`adapters/sql/audit.py`)."""

from collections.abc import Sequence
from typing import Protocol

from intervene.core.ids import OrganisationId
from intervene.core.people import AuditEntry


class Audit(Protocol):
    """Append-only: no entry is ever changed or deleted. All raise `Unavailable`."""

    async def record(self, entry: AuditEntry) -> None:
        """What changed nothing, such as a sign-in. Durable on return."""

    async def of(self, organisation: OrganisationId, limit: int, before: int = 0) -> Sequence[AuditEntry]:
        """The latest first, at most `limit`; those with a number below `before`, if that is not 0."""
