"""The names of channels and keys in Redis. An organisation is written without colons and
asterisks, so no two have one name."""

from binascii import crc_hqx
from functools import lru_cache
from itertools import count
from typing import NamedTuple, assert_never
from urllib.parse import quote

from intervene.core.ids import Key, NodeId, OrganisationId
from intervene.ports.topics import (
    AddressesTopic,
    ConversationTopic,
    DirectoryTopic,
    InboxTopic,
    NodesTopic,
    OrganisationTopic,
    Topic,
)

PREFIX = "iv"
SLOTS = 16_384  # of a cluster


class Names(NamedTuple):
    """`{` and `}` around what a name is about make it the hash tag (Redis Cluster specification, "Hash tags"): only
    that decides the slot. So the channel and the lease of a conversation are in one slot, and fail together."""

    start: str = f"{PREFIX}:"
    opening: str = ""
    closing: str = ""

    def channel(self, topic: Topic) -> bytes:
        if isinstance(topic, ConversationTopic):  # nearly always
            key = topic.key
            return f"{self.start}{_quoted(key.organisation)}:{key.conversation}{self.closing}".encode()
        return f"{self.start}{_about(topic)}{self.closing}".encode()

    def lease(self, key: Key) -> str:
        return f"{PREFIX}:lease:{self.opening}{_quoted(key.organisation)}:{key.conversation}{self.closing}"


PLAIN = Names()
TAGGED = Names(f"{PREFIX}:{{", "{", "}")


def echo_channel(slot: int, node: NodeId) -> bytes:
    """The channel of that slot to which a node publishes for itself alone."""
    return f"{PREFIX}:*echo*:{{{_tag(slot)}}}:{node}".encode()


def slot(name: bytes) -> int:
    """Of a name that has a hash tag, in a cluster."""
    return crc_hqx(name.partition(b"{")[2].partition(b"}")[0], 0) % SLOTS


@lru_cache(1024)
def _tag(slot: int) -> str:
    return next(tag for tag in map(str, count()) if crc_hqx(tag.encode(), 0) % SLOTS == slot)


def _about(topic: OrganisationTopic | InboxTopic | NodesTopic | AddressesTopic | DirectoryTopic) -> str:
    match topic:
        case OrganisationTopic(organisation=organisation):
            return f"*organisation*:{_quoted(organisation)}"
        case InboxTopic(organisation=organisation):
            return f"*inbox*:{_quoted(organisation)}"
        case NodesTopic():
            return "*nodes*"
        case AddressesTopic():
            return "*addresses*"
        case DirectoryTopic():
            return "*directory*"
        case _:
            assert_never(topic)


@lru_cache(1024)
def _quoted(organisation: OrganisationId) -> str:
    return quote(organisation, safe="")
