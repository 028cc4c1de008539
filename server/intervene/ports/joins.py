"""Identities that are joined, and addresses that are taken out of them. What follows in conversations is a job, which
is kept until it is done."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from intervene.core.actors import Contact
from intervene.core.ids import ChannelId, ConversationId, IdentityId, OrganisationId
from intervene.core.people import AuditEntry


class JoinJob(Struct, frozen=True, kw_only=True, gc=False):
    """`kept` goes on as the winner's, whose contact is `contact`; `dropped` is continued in it, "" for none. Without
    `kept`, `dropped` is closed, because its customer's address is another's now. `step`: done so far."""

    id: str
    organisation: OrganisationId
    channel: str
    loser: IdentityId
    winner: IdentityId
    contact: Contact
    kept: ConversationId = ConversationId("")
    dropped: ConversationId = ConversationId("")
    step: int = 1


class Joins(Protocol):
    """All raise `Unavailable`, also where two changes of the same addresses meet: the caller tries again. Rows are
    locked in this order: identities by their ids, then addresses by theirs."""

    async def claim(self, visitor: ChannelId, user: ChannelId, id: str) -> JoinJob | None:
        """The visitor's conversations are the user's from now on, and the visitor's address is spent. The job is stored
        under `id`; None: nothing follows. An address that is spent already is left as it is."""

    async def join(self, address: ChannelId, other: ChannelId, id: str) -> JoinJob | None:
        """Both addresses belong to one identity from now on, that of `other`. Raises `LimitReached` beyond
        `limits.ADDRESSES`."""

    async def detach(self, address: ChannelId, id: str, identity: IdentityId, entry: AuditEntry) -> JoinJob | None:
        """The address gets an identity and a contact of that new id, with `entry` in the same transaction. None: it
        had no conversation. Raises `NotFound` for an address of which nothing is stored, or that was spent."""

    async def due(self, limit: int) -> Sequence[JoinJob]:
        """Those that are not done, the oldest first."""

    async def advance(self, id: str, step: int) -> None: ...

    async def end(self, id: str) -> None:
        """All is done. Twice is once."""

    async def moved_since(self, at: int, limit: int) -> Sequence[tuple[int, ChannelId]]:
        """Addresses that got another identity at that time or later: as `Addresses.spent_since`."""
