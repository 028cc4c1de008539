"""What the hub delivers goes to the part of the node that it concerns."""

from collections.abc import Sequence
from typing import NamedTuple, assert_never

from intervene.cluster.alone import Alone
from intervene.cluster.membership import Membership
from intervene.directory.people import KnownPeople
from intervene.edge.visitors import Visitors
from intervene.feed.feeds import Feeds
from intervene.inbox.inbox import Inbox
from intervene.inbox.mentions import Mentions
from intervene.policies.cache import PolicyCache
from intervene.policies.tree import TreeCache
from intervene.ports.log import Commit
from intervene.ports.messages import (
    Compare,
    Heartbeat,
    Mentioned,
    Message,
    Moved,
    PersonChanged,
    Pieces,
    Presence,
    Read,
    Rows,
    SettingsChanged,
    Spent,
    TakeoverReport,
    TreeChanged,
    Typing,
)
from intervene.ports.topics import ConversationTopic, InboxTopic, Topic
from intervene.takeovers import Takeovers


class Deliveries(NamedTuple):
    """The node's `HubHandler`."""

    feeds: Feeds
    takeovers: Takeovers
    membership: Membership | Alone
    visitors: Visitors
    policies: PolicyCache
    tree: TreeCache
    people: KnownPeople
    inbox: Inbox
    mentions: Mentions

    def receive(self, message: Message) -> None:
        match message:
            case Commit() | Pieces():
                self.feeds.take(message)
            case Typing():
                self.feeds.receive_typing(message)
            case Presence():
                self.feeds.receive_presence(message)
            case Read():
                self.feeds.receive_read(message)
            case TakeoverReport():
                self.takeovers.receive_report(message)
            case Spent(channel_id=channel_id):
                self.visitors.ended(channel_id)
            case Moved(channel_id=channel_id):
                self.visitors.moved(channel_id)
            case SettingsChanged():
                self.policies.receive(message)
            case PersonChanged():
                self.people.receive(message)
            case Mentioned():
                self.mentions.show(message)
            case TreeChanged():
                self.tree.receive(message)
            case Rows():
                self.inbox.boards.receive(message)
            case Heartbeat(node=node, can_write=can_write):
                self.membership.receive_heartbeat(node, can_write)
            case Compare():
                self.membership.compare()
                self.inbox.comparing.all_soon()
            case _:
                assert_never(message)

    def missed(self, topics: Sequence[Topic]) -> None:
        keys = [topic.key for topic in topics if isinstance(topic, ConversationTopic)]
        self.membership.gap(keys)
        self.feeds.ask_for_presence(keys)
        for topic in topics:
            if isinstance(topic, InboxTopic):
                self.inbox.boards.missed(topic.organisation)

    def lost(self) -> None:
        self.membership.lost()

    def can_write(self) -> bool:
        return self.membership.is_writing
