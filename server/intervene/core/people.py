"""People who work for an organisation, as they are stored, and what is recorded of their changes. What they may look at
is `access.py`'s.
"""

from typing import Any

from msgspec import Struct

from intervene.core.actors import Agent, Role
from intervene.core.ids import AgentId, OrganisationId


class StaffMember(Struct, frozen=True, kw_only=True, gc=False):
    """A person's row. Their home is `organisation`; `id` is unique in the installation. Times are milliseconds since
    1970, on the database's clock.

    `version` is raised by whatever ends sessions: role, password, disabling, signing out everywhere. A host
    application's tokens made before `tokens_from` are refused. `disabled`: when, 0: not.
    """

    organisation: OrganisationId
    id: AgentId
    role: Role
    name: str
    email: str = ""
    version: int = 1
    tokens_from: int = 0
    is_available: bool = True
    disabled: int = 0
    created_at: int = 0

    @property
    def agent(self) -> Agent:
        return Agent(id=self.id, name=self.name)


class AuditEntry(Struct, frozen=True, kw_only=True, gc=False):
    """What somebody did in an organisation: `action`, such as `person.disable`, to `subject`, such as a person's id.
    `before` and `after` are what of the subject has changed, `network` is where it was done from.

    `by` is empty for the operator of the server. `once`: of entries with one name, the organisation keeps the first.
    """

    organisation: OrganisationId
    action: str
    subject: str
    by: AgentId = AgentId("")
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    network: str = ""
    once: str = ""
    at: int = 0
    """Given by the database: milliseconds since 1970, on its clock."""
    number: int = 0
    """Given by the database: later entries have higher ones."""
