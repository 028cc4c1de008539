"""People who work for organisations, where they are stored."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import UNSET, Struct, UnsetType

from intervene.core.actors import Role
from intervene.core.ids import AgentId, OrganisationId
from intervene.core.people import AuditEntry, StaffMember
from intervene.ports.requests import Request


class Newcomer(Struct, frozen=True, kw_only=True, gc=False):
    """Somebody whose token names them by `subject`, an id of its own. `name` and `role` are for a new row. `spare_id`:
    random; their own id if `subject` is another person's."""

    organisation: OrganisationId
    subject: str
    name: str
    role: Role
    spare_id: AgentId


class Changes(Struct, frozen=True, kw_only=True, gc=False):
    """What of a person is to change. `password`: a hash, "" for none. `signs_out`: all their tokens end. `expected`:
    the version that the change is made for, 0 for any."""

    role: Role | UnsetType = UNSET
    name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    password: str | UnsetType = UNSET
    is_available: bool | UnsetType = UNSET
    is_disabled: bool | UnsetType = UNSET
    signs_out: bool = False
    expected: int = 0


class People(Protocol):
    """All raise `Unavailable`. An e-mail address is one person's, in the whole installation, and compared as it is
    given: callers make it lower case."""

    async def of(self, organisation: OrganisationId, id: AgentId) -> StaffMember | None:
        """Whose home it is."""

    async def with_ids(self, ids: Sequence[AgentId]) -> Sequence[StaffMember]:
        """Wherever they are at home, in no order; without those that have no row."""

    async def named(self, organisation: OrganisationId, subject: str) -> StaffMember | None:
        """The person whom tokens of the organisation name by `subject`."""

    async def arrive(self, newcomer: Newcomer) -> StaffMember:
        """The same, with a new row if there was none. However many ask at once, it is one row. Raises `TooMany` beyond
        `limits.PEOPLE`."""

    async def with_email(self, email: str) -> tuple[StaffMember, str] | None:
        """And the hash of their password, "" if they have none."""

    async def is_anybody(self) -> bool:
        """Whether there is anybody, in any organisation."""

    async def page(self, organisation: OrganisationId, after: str, limit: int) -> Sequence[StaffMember]:
        """By id, from the first one behind `after`."""

    async def add(
        self, member: StaffMember, password: str, entry: AuditEntry, request: Request | None = None
    ) -> StaffMember:
        """A new row, with `entry` in the same transaction; or that of the person whom `request` made before. Raises
        `IdReused`, `TooMany` beyond `limits.PEOPLE`, and `IllegalMove` if the id or the e-mail address is another's."""

    async def change(
        self, organisation: OrganisationId, id: AgentId, changes: Changes, entry: AuditEntry
    ) -> StaffMember | None:
        """As it is then, with `entry` in the same transaction; None if there is no such person. What ends sessions
        raises the version: another role or password, disabling, signing out; the last two also refuse tokens of before.
        All but another role sign their devices out too. Raises `IllegalMove` if the e-mail address is another's, and
        `VersionChanged` if another version was expected."""
