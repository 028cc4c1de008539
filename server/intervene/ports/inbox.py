"""Lists of conversations, for staff."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from intervene.core.control import Place
from intervene.core.conversation.state import Conversation
from intervene.core.ids import ConversationId, OrganisationId, QueueId


class At(NamedTuple):
    """Where a list was left: its last conversation, and its column `since`."""

    since: int
    id: ConversationId


class Version(NamedTuple):
    id: ConversationId
    version: int
    since: int

    @property
    def at(self) -> At:
        return At(self.since, self.id)


class InLine(NamedTuple):
    """A conversation that waits, and its queue."""

    id: ConversationId
    queue: QueueId


class Inbox(Protocol):
    """The conversations of one place in an organisation, in order of their column `since`: what waits, the oldest
    first, all else the newest first; ties in the order of ids. What has changed while it is paged may be on two pages
    or on none. Rows that a release before format 3 has left unlisted are on none. All raise `Unavailable`."""

    async def page(
        self, organisation: OrganisationId, place: Place, after: At | None, limit: int
    ) -> Sequence[Conversation]:
        """Without the text of open replies."""

    async def versions(
        self, organisation: OrganisationId, place: Place, after: At | None, limit: int
    ) -> Sequence[Version]:
        """The same conversations, no more than their versions."""

    async def line(self, organisation: OrganisationId, limit: int) -> Sequence[InLine]:
        """What waits, the oldest first."""

    async def find(self, organisation: OrganisationId, ids: Sequence[ConversationId]) -> Sequence[Conversation]:
        """Those of them that there are, wherever they are."""

    async def is_complete(self, organisation: OrganisationId) -> bool:
        """Whether all of its conversations are listed."""
