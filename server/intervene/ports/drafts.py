"""What people have typed and not sent: each one's own, and nobody else's to read."""

from typing import NamedTuple, Protocol

from intervene.core.ids import AgentId, Key


class Draft(NamedTuple):
    """`at`: when it was kept, in milliseconds since 1970, 0 for the empty one that stands for none."""

    text: str = ""
    at: int = 0


class Drafts(Protocol):
    """All raise `Unavailable`."""

    async def keep(self, person: AgentId, key: Key, text: str) -> None:
        """In the place of the one before; an empty text removes it. Beyond `limits.DRAFTS` of a person, those that were
        kept longest ago go."""

    async def read(self, person: AgentId, key: Key) -> Draft:
        """The one that is kept of them in that conversation."""
