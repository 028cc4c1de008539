"""Contacts, where they are stored: whose an address is, and what is known of whom."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from msgspec import Struct

from intervene.core.contacts import Attribute, ContactAddress, ContactRow, Profile, Source, Whose
from intervene.core.conversation.state import Conversation
from intervene.core.ids import ChannelId, ContactId, OrganisationId
from intervene.core.people import AuditEntry
from intervene.ports.requests import Request


class NewContact(Struct, frozen=True, kw_only=True, gc=False):
    """A contact whom staff enter."""

    organisation: OrganisationId
    id: ContactId
    name: str
    addresses: tuple[ContactAddress, ...]


class Cursor(NamedTuple):
    """The last contact of a page, which are in the order of their names."""

    folded: bytes
    id: str


class Owners(Protocol):
    """Whose addresses are."""

    async def whose(self, address: ChannelId) -> Whose:
        """Of an address of which nothing is stored: its own. Raises `Unavailable`."""


class Contacts(Owners, Protocol):
    """All raise `Unavailable`."""

    async def named(
        self, organisation: OrganisationId, prefix: str, after: Cursor | None, limit: int
    ) -> Sequence[ContactRow]:
        """Contacts whose names begin so, in the order of their names; without those that were merged into others."""

    async def at(self, organisation: OrganisationId, address: str) -> Sequence[ContactRow]:
        """The contacts who have exactly that address, on any channel."""

    async def profile(self, organisation: OrganisationId, id: ContactId) -> Profile | None:
        """Of one that was merged: that of the other one. None if there is no such contact."""

    async def conversations(
        self, organisation: OrganisationId, id: ContactId, before: int, limit: int
    ) -> Sequence[tuple[int, Conversation]]:
        """The contact's, on all channels, the newest first, without the text of open replies; each with a number, by
        which the next page begins: below `before`, 0 for the first."""

    async def add(self, new: NewContact, entry: AuditEntry, request: Request | None = None) -> ContactRow:
        """A new row and its addresses, with `entry` in the same transaction. Raises `IdReused`, and `IllegalMove` if
        an address is another contact's."""

    async def rename(
        self, organisation: OrganisationId, id: ContactId, name: str, expected: int, entry: AuditEntry
    ) -> ContactRow | None:
        """With `entry` in the same transaction; None if there is no such contact. Raises `VersionChanged`."""

    async def set_attributes(
        self, organisation: OrganisationId, id: ContactId, source: Source, by: str, values: Mapping[str, str]
    ) -> Sequence[Attribute]:
        """What `source` says of the contact from now on; an empty value says nothing any more. The answer is all that
        is known then. Raises `LimitReached` beyond `limits.ATTRIBUTES`."""
