"""What the messages between nodes are about: a node receives those of the topics that it subscribes to.

`NODES`, `ADDRESSES` and `DIRECTORY` are received by every node. Releases add topics: a release that does not know
one does not receive its messages, so a message of a new kind goes on a topic that older releases do not subscribe to.
"""

from msgspec import Struct

from intervene.core.ids import Key, OrganisationId


class ConversationTopic(Struct, frozen=True, gc=False):
    key: Key


class OrganisationTopic(Struct, frozen=True, gc=False):
    organisation: OrganisationId


class InboxTopic(Struct, frozen=True, gc=False):
    """The lists of an organisation's conversations."""

    organisation: OrganisationId


class NodesTopic(Struct, frozen=True, gc=False):
    """The nodes themselves."""


class AddressesTopic(Struct, frozen=True, gc=False):
    """Addresses of all channels."""


class DirectoryTopic(Struct, frozen=True, gc=False):
    """People, and the tree of organisations."""


Topic = ConversationTopic | OrganisationTopic | InboxTopic | NodesTopic | AddressesTopic | DirectoryTopic

NODES = NodesTopic()
ADDRESSES = AddressesTopic()
DIRECTORY = DirectoryTopic()
