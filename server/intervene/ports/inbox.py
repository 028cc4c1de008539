"""Lists of conversations, for staff."""

from collections.abc import Sequence
from typing import Protocol

from intervene.core.conversation.state import Conversation
from intervene.core.ids import OrganisationId


class Inbox(Protocol):
    async def recent(self, organisation: OrganisationId, limit: int) -> Sequence[Conversation]:
        """The conversations that changed last, the latest first, without the text of open replies. Raises
        `Unavailable`."""
