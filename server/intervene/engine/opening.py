"""Creating conversations: the one change that no command of a queue makes, because there is no row to queue for."""

from collections.abc import Callable

from intervene.core.access import Visitor
from intervene.core.conversation.commit import Context
from intervene.core.conversation.decide import open_conversation
from intervene.core.conversation.moves import Open
from intervene.core.ids import ConversationId, Key, NodeId
from intervene.engine.batch import make_commit
from intervene.feed.feeds import Feeds
from intervene.ports.log import Commit, Log


class Opening:
    """`publish` gets each commit."""

    def __init__(
        self,
        *,
        node: NodeId,
        log: Log,
        feeds: Feeds,
        publish: Callable[[Commit], None],
        make_id: Callable[[], str],
    ) -> None:
        self._node = node
        self._log = log
        self._feeds = feeds
        self._publish = publish
        self._make_id = make_id

    async def open(self, visitor: Visitor, make_context: Callable[[], Context]) -> ConversationId:
        """The visitor's conversation; it is created if there is none. Raises `Unavailable` and `Spent`."""
        command = Open(
            conversation=ConversationId(self._make_id()),
            contact=visitor.contact,
            address=visitor.reached_at,
        )

        def begin() -> Commit:
            change = open_conversation(command, visitor.organisation, make_context())
            return make_commit(self._node, None, change.state, change.facts, ())

        feed = self._feeds.pin(Key(visitor.organisation, command.conversation))
        try:
            conversation, commit = await self._log.open(visitor.organisation, command, begin)
            if commit is not None:
                self._publish(commit)
        finally:
            self._feeds.unpin(feed)
        return conversation
