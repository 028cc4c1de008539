"""Names for the identifiers, so that one kind cannot be passed for another, and the key of a conversation."""

from typing import NamedTuple, NewType

OrganisationId = NewType("OrganisationId", str)
ConversationId = NewType("ConversationId", str)
MessageId = NewType("MessageId", str)
CommandId = NewType("CommandId", str)
"""Chosen by the author of a command; unique per conversation and author. A repeat gets the first result."""
EventId = NewType("EventId", str)
"""Random; shows a client that the log it resumes is the one it left."""
AgentId = NewType("AgentId", str)
ContactId = NewType("ContactId", str)
IdentityId = NewType("IdentityId", str)
"""A contact on one channel."""
BotId = NewType("BotId", str)
NodeId = NewType("NodeId", str)
"""One server process. A process that starts again is another node."""


QueueId = NewType("QueueId", str)
StatusId = NewType("StatusId", str)
HoursId = NewType("HoursId", str)
FieldId = NewType("FieldId", str)
ReasonId = NewType("ReasonId", str)

DEFAULT_QUEUE = QueueId("default")
"""Each organisation has it, with or without a row."""
WEBCHAT = "webchat"
"""The one channel. There an address is a contact's id, so far."""


class ChannelId(NamedTuple):
    """An address in an organisation: unique, and the key of its row."""

    organisation: OrganisationId
    channel: str
    address: str


class Address(NamedTuple):
    """Where a contact is reached on a channel: a visitor's id, a phone number ..."""

    channel: str
    address: str

    def within(self, organisation: OrganisationId) -> ChannelId:
        return ChannelId(organisation, self.channel, self.address)


class Key(NamedTuple):
    """Where a conversation is found, everywhere: cache, SQL, hub topic, lease. An id alone finds nothing,
    so a guessed id of another organisation simply misses."""

    organisation: OrganisationId
    conversation: ConversationId
