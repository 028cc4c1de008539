"""Keys of host applications, where they are stored."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from msgspec import UNSET, Struct, UnsetType

from intervene.core.actors import Role
from intervene.core.ids import OrganisationId
from intervene.core.people import AuditEntry
from intervene.core.signing_keys import SigningKey
from intervene.core.tree import Tree
from intervene.ports.requests import Request


class KeyChanges(Struct, frozen=True, kw_only=True, gc=False):
    """`expected`: the version that the change is made for."""

    name: str | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    lifetime: int | UnsetType = UNSET
    is_archived: bool | UnsetType = UNSET
    expected: int


class KeptKey(NamedTuple):
    """A key after a change. The change raised the version of `tree`: nodes that read it read the keys too."""

    key: SigningKey
    tree: Tree


class SigningKeys(Protocol):
    """All raise `Unavailable`. An entry is in the transaction of its change, and never has the key itself."""

    async def good(self) -> Sequence[SigningKey]:
        """Of all organisations, those that are not archived."""

    async def page(self, organisation: OrganisationId, after: str, limit: int) -> Sequence[SigningKey]:
        """By `kid`, from the first one behind `after`, archived ones too."""

    async def read(self, organisation: OrganisationId, kid: str) -> SigningKey:
        """Raises `NotFound`."""

    async def add(self, key: SigningKey, entry: AuditEntry, request: Request) -> KeptKey:
        """Or the one that `request` made before. Raises `IdReused`, `BadSetting` if the organisation has that key
        already, and `LimitReached` beyond `limits.SIGNING_KEYS`."""

    async def change(self, organisation: OrganisationId, kid: str, changes: KeyChanges, entry: AuditEntry) -> KeptKey:
        """Raises `NotFound`, `VersionChanged`, `BadSetting` and `LimitReached`."""
