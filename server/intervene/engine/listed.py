"""What a node gives to its lists of conversations: what it commits."""

from typing import Protocol

from intervene.core.ids import OrganisationId
from intervene.ports.log import Commit


class Listed(Protocol):
    def take(self, commit: Commit) -> None:
        """It was committed here."""

    def missed(self, organisation: OrganisationId) -> None:
        """So was something else, which was not known in time to be given to `take`."""


class Unlisted:
    """Where there are no lists."""

    def take(self, commit: Commit) -> None:
        pass

    def missed(self, organisation: OrganisationId) -> None:
        pass
