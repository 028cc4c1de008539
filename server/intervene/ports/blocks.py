"""The list of blocked addresses, where it is stored. The log writes into it too: `core/conversation/blocking.py`."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from intervene.core.blocks import Block
from intervene.core.contacts import Whose
from intervene.core.ids import ChannelId, ConversationId, OrganisationId
from intervene.core.people import AuditEntry


class Affected(NamedTuple):
    """A customer of a blocked address: their addresses on one channel, and their latest conversation there, "" for
    none."""

    addresses: Sequence[ChannelId]
    conversation: ConversationId


class Arrival(NamedTuple):
    """Of an address that says hello, on one snapshot: whose it is, and what `Blocks.of` answers."""

    whose: Whose
    block: Block | None


class Blocks(Protocol):
    """One entry for each channel ("": all of them) and address of an organisation. All raise `Unavailable`."""

    async def put(self, organisation: OrganisationId, block: Block, entry: AuditEntry) -> Block:
        """From now on it is blocked like that, with `entry` in the same transaction. What has ended is dropped. Raises
        `LimitReached` beyond `limits.BLOCKS`."""

    async def remove(self, organisation: OrganisationId, channel: str, address: str, entry: AuditEntry) -> bool:
        """Whether there was one."""

    async def page(
        self, organisation: OrganisationId, after: tuple[str, str] | None, limit: int
    ) -> Sequence[Block]:  # fmt: skip
        """By channel and address, those behind `after`; also what has ended and was not dropped yet."""

    async def of(self, address: ChannelId, now: int) -> Block | None:
        """The one that counts longest for the customer of the address: an identity with a blocked address is blocked.
        `now` in milliseconds since 1970: what has ended is none."""

    async def arrival(self, address: ChannelId, now: int) -> Arrival:
        """As `of` and `Owners.whose`, in one read."""

    async def affected(self, organisation: OrganisationId, channel: str, address: str) -> Sequence[Affected]:
        """The customer of an address on a channel; on all of them, those of each."""

    async def lately(self, at: int, limit: int) -> Sequence[tuple[int, OrganisationId, Block]]:
        """What was blocked at that time or later, the earliest first, each with its time: milliseconds since 1970, on
        the database's clock."""
