"""How people sign in, where it is stored: their devices, links that are good once, and attempts."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from msgspec import Struct

from intervene.core.devices import Device
from intervene.core.ids import AgentId, OrganisationId
from intervene.core.people import AuditEntry, StaffMember
from intervene.ports.people import Changes

T = TypeVar("T")


class Outcome(NamedTuple):
    """What becomes of a device: as it is then, or None: it is removed. `entry` is recorded with it."""

    device: Device | None
    entry: AuditEntry | None = None


class Devices(Protocol):
    """All raise `Unavailable`."""

    async def add(self, device: Device, entry: AuditEntry) -> Device:
        """As it is stored: its times are the database's. Beyond `limits.DEVICES` of one person, those that were used
        longest ago are removed."""

    async def decide(self, id: str, decide: Callable[[Device, int], Outcome]) -> Device | None:
        """`decide` gets the device as it is, with the database's time in milliseconds since 1970, under the lock of its
        row; it may be called again. What it makes of it; None if it is removed, or there is none."""

    async def of(self, organisation: OrganisationId, person: AgentId) -> Sequence[Device]:
        """The last that was made first."""

    async def remove(self, person: AgentId, id: str, entry: AuditEntry) -> bool:
        """Whether there was one."""


class Link(Struct, frozen=True, kw_only=True, gc=False):
    """`hash`: of the link's secret, which is stored nowhere. `expires`: milliseconds since 1970, by the database."""

    hash: str
    organisation: OrganisationId
    person: AgentId
    purpose: str
    expires: int = 0


class Links(Protocol):
    """All raise `Unavailable`."""

    async def make(self, link: Link, seconds: int, entry: AuditEntry) -> Link:
        """Good for so long. Those of the person that were made before are removed."""

    async def find(self, hash: str) -> Link | None:
        """None if there is none, or it has ended."""

    async def redeem(self, hash: str, changes: Changes, entry: AuditEntry) -> StaffMember | None:
        """Remove the link and change the person whose it is, in one transaction: of any number at once, one. None if
        there is no such link, it has ended, or the person is disabled."""


class Counted(NamedTuple):
    """`whose` attempts are counted, and how many there may be in a period."""

    whose: str
    most: int


class Attempts(Protocol):
    """All raise `Unavailable`."""

    async def take(self, counted: Sequence[Counted], seconds: int) -> int:
        """Count one for each, in periods of so many seconds, the same with each call. 0; or, if one of them has had as
        many as it may, in how many seconds the next period begins: then none is counted."""

    async def give_back(self, counted: Sequence[Counted], seconds: int) -> None:
        """What was just counted was none that counts."""
