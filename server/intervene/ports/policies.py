"""What organisations have set, where it is stored."""

from typing import Protocol

from intervene.core.ids import OrganisationId
from intervene.core.policy import Settings, Stored


class Policies(Protocol):
    """Each organisation's settings and their version, which every change raises by one, those of `ports.Settings` too.
    An organisation that has set nothing has the defaults, at version 0. All raise `Unavailable`."""

    async def read(self, organisation: OrganisationId) -> Stored:
        """All of it, of one moment."""

    async def change(self, organisation: OrganisationId, settings: Settings) -> int:
        """From now on these are set. The new version, once it is durable. What a newer release has set beside them
        stays."""

    async def organisation_of(self, channel: str) -> OrganisationId | None:
        """Whose the channel is, for ever, also if it is archived. `webchat` is everybody's, and so nobody's."""
