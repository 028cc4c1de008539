"""The names of channels and keys in Redis. An organisation is written without colons and
asterisks, so no two have one name."""

from functools import lru_cache
from typing import assert_never
from urllib.parse import quote

from intervene.core.ids import Key, OrganisationId
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


def channel(prefix: str, topic: Topic) -> bytes:
    match topic:
        case ConversationTopic(key=key):
            return f"{prefix}:{_quoted(key.organisation)}:{key.conversation}".encode()
        case OrganisationTopic(organisation=organisation):
            return f"{prefix}:*organisation*:{_quoted(organisation)}".encode()
        case InboxTopic(organisation=organisation):
            return f"{prefix}:*inbox*:{_quoted(organisation)}".encode()
        case NodesTopic():
            return f"{prefix}:*nodes*".encode()
        case AddressesTopic():
            return f"{prefix}:*addresses*".encode()
        case DirectoryTopic():
            return f"{prefix}:*directory*".encode()
        case _:
            assert_never(topic)


def lease(prefix: str, key: Key) -> str:
    return f"{prefix}:lease:{_quoted(key.organisation)}:{key.conversation}"


@lru_cache(1024)
def _quoted(organisation: OrganisationId) -> str:
    return quote(organisation, safe="")
