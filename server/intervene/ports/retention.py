"""What is kept no longer, and what is kept in another way than before."""

from typing import Protocol


class Retention(Protocol):
    async def drop_pieces(self, before: int) -> int:
        """Delete the pieces of messages that were complete before that time (milliseconds since 1970), some at a time.
        Answers how many. Raises `Unavailable`."""

    async def drop_drafts(self, before: int) -> None:
        """Delete the drafts that were kept before that time. Raises `Unavailable`."""

    async def drop_requests(self, before: int) -> None:
        """Forget the requests that were carried out before that time. Raises `Unavailable`."""

    async def fold_names(self) -> None:
        """Fold the names of contacts that a migration has left to this, some at a time. Raises `Unavailable`."""
