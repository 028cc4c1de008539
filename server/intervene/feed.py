"""What this node knows of a conversation, and who follows it. (Contract first; the mechanism follows.)"""

from typing import Protocol

from intervene.core.control import Agent
from intervene.core.ids import Key
from intervene.ports import Snapshot


class Watcher(Protocol):
    """A session, as a feed sees it. All three methods are synchronous and cheap: they add to the socket's own list."""

    is_staff: bool
    agent: Agent | None
    """For `here`; None for a customer."""

    def send(self, data: bytes, frames: int) -> None:
        """Whole websocket frames, `frames` of them, joined."""

    def show(self, key: Key, snapshot: Snapshot, *, reset: bool) -> bool:
        """The conversation as of the moment of joining; everything after it comes through `send`. Answers whether
        the session may watch it: False leaves the feed."""

    def miss(self, key: Key, problem: Exception) -> None:
        """Joining failed: there is no such conversation (`NotFound`), or the log is away (`Unavailable`)."""
