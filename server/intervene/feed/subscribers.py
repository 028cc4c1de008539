"""What follows a conversation on this node: sessions that are shown it, and parts of the node that react to it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from intervene.core.access import Unseen
from intervene.core.actors import Agent
from intervene.core.conversation.state import Conversation
from intervene.core.errors import NotFound, Unavailable
from intervene.core.fair import Owner
from intervene.core.ids import Key
from intervene.guard import log_failure
from intervene.ports.log import Snapshot


class Watcher(Protocol):
    """A session, as a feed sees it. All its methods are synchronous and cheap: they add to the socket's own list."""

    @property
    def is_staff(self) -> bool: ...

    @property
    def number(self) -> int:
        """No other session of this node has or had it."""

    @property
    def owner(self) -> Owner:
        """The owner of the reads of its pages."""

    @property
    def agent(self) -> Agent | None:
        """For `here`; None for a customer."""

    def send(self, data: bytes, frames: int) -> None:
        """Whole websocket frames, `frames` of them, joined."""

    def show(self, key: Key, snapshot: Snapshot, *, reset: bool) -> bool:
        """The conversation as of the moment of joining; everything after it comes through `send`. Answers whether
        the session may watch it: False leaves the feed."""

    def unseen(self, key: Key, state: Conversation) -> Unseen | None:
        """None while the session may go on to watch it, else why it may not."""

    def lose(self, key: Key, why: Unseen) -> None:
        """It may not, and has left the feed."""

    def miss(self, key: Key, problem: NotFound | Unavailable) -> None:
        """Joining failed."""


class Waiting(NamedTuple):
    """An answer that leaves when the feed has come to `version`."""

    version: int
    answer: Callable[[], None]
    watcher: Watcher | None


SendEach = Callable[[Sequence[Watcher], bytes, int], None]
"""`Watcher.send`, to each of them."""


def is_of(watcher: Watcher, agent: Agent | None) -> bool:
    return agent is not None and watcher.agent is not None and watcher.agent.id == agent.id


def send_each(watchers: Sequence[Watcher], data: bytes, frames: int) -> None:
    """`Watcher.send`, to each of them: one that fails must not keep the others from it."""
    for watcher in watchers:
        try:
            watcher.send(data, frames)
        except Exception:
            log_failure(watcher.send)


class Observer(Protocol):
    """A part of this node that reacts to states, whichever node committed them."""

    def changed(self, before: Conversation | None, after: Conversation) -> None:
        """A feed went from `before` (None: it had just begun) to `after`, and not `has_same_turn`. Synchronous; must
        not raise."""

    def lost(self, key: Key) -> None:
        """This node can follow the conversation no longer. The same."""
