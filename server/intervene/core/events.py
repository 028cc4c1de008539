"""What the log stores: one vocabulary of facts. Staff are shown these as they stand; customers are shown
`wire.contact.ContactEvent`, an allow-list of its own. Types here never change and new fields have defaults, because
old logs are read for ever.
"""

from typing import ClassVar

from msgspec import Struct

from intervene.core.actors import Actor, Agent, Contact, Holder
from intervene.core.blocks import until_of
from intervene.core.control import Move
from intervene.core.ids import (
    AgentId,
    CommandId,
    ConversationId,
    EventId,
    FieldId,
    IdentityId,
    MessageId,
    QueueId,
    StatusId,
)

GREETING = "greeting"
AWAY = "away"


class EventBody(Struct, frozen=True, kw_only=True, tag_field="kind", omit_defaults=True, gc=False):
    """What an event says: the base of each kind."""

    is_public: ClassVar[bool] = False
    """Whether a customer may know of it. Fixed at commit; a private fact does not even take a public number. A kind is
    private unless it says otherwise, and of one that does, customers are shown what `wire.views.for_contact` names."""
    is_move: ClassVar[bool] = False
    """Whether it adds one to the epoch."""


class Opened(EventBody, frozen=True, kw_only=True, tag="opened", gc=False):
    """The conversation exists. `address`: where on the channel it came from; empty, it is the contact's id. `queue`:
    where it waits for people; empty, in the default one. `identity`: whose it is; empty, the one of the address."""

    contact: Contact
    channel: str
    address: str = ""
    queue: str = ""
    identity: str = ""


class MessageStarted(EventBody, frozen=True, kw_only=True, tag="message_started", gc=False):
    """A reply began; this is its place in the order. Its text comes in pieces, then as one `Message`."""

    is_public: ClassVar[bool] = True
    message: MessageId


class Message(EventBody, frozen=True, kw_only=True, tag="message", gc=False):
    is_public: ClassVar[bool] = True
    message: MessageId
    text: str
    interrupted: bool = False
    """Cut short; `text` is exactly what had been committed."""
    reason: str = ""
    """Why the product says it: `GREETING` or `AWAY`. Empty on all that others write."""
    edited: bool = False
    """`text` is what its author made of it later. No log has this: see `amendments`."""
    deleted: bool = False
    """Likewise: its author took it back, and `text` is empty."""


class Note(EventBody, frozen=True, kw_only=True, tag="note", gc=False):
    """Private among agents. `mentions`: those who are called to it, by their ids."""

    message: MessageId
    text: str
    mentions: tuple[AgentId, ...] = ()


class Edited(EventBody, frozen=True, kw_only=True, tag="edited", gc=False):
    """Its author wrote a message anew: that of event number `n`. `text` is all of it."""

    is_public: ClassVar[bool] = True
    message: MessageId
    n: int
    text: str


class Deleted(EventBody, frozen=True, kw_only=True, tag="deleted", gc=False):
    """Its author took a message back: that of event number `n`."""

    is_public: ClassVar[bool] = True
    message: MessageId
    n: int


class ControlChanged(EventBody, frozen=True, kw_only=True, tag="control", gc=False):
    """The holder changed. `epoch` of the event is the new one; nothing of a lower epoch follows."""

    is_public: ClassVar[bool] = True
    is_move: ClassVar[bool] = True
    move: Move
    holder: Holder
    is_open: bool = True
    reply_enabled: bool = False
    """Whether an agent holds control now."""
    answered: int = 0
    """Up to which `seq` the bot that held control had answered; what came after it is still owed an answer."""
    reason: str = ""
    """Why: a word of the product's, a bot's own words, those of the agent who gave it to a bot or, where `reason_name`
    stands beside it, one of the organisation's reasons for a close, by its id."""
    reason_name: str = ""
    """What that was called then."""
    queue: QueueId = QueueId("")
    """Of a transfer: where it waits now. `queue_name`: what the queue was called then."""
    queue_name: str = ""

    @property
    def agent(self) -> AgentId:
        """The holder's id; "" for nobody and for bots."""
        return self.holder.id if isinstance(self.holder, Agent) else AgentId("")


class QueueSet(EventBody, frozen=True, kw_only=True, tag="queue_set", gc=False):
    """It waits there, or would. `name`: what the queue was called then."""

    queue: QueueId
    name: str


class StatusSet(EventBody, frozen=True, kw_only=True, tag="status_set", gc=False):
    """`status` is empty for none. `name`: what it was called then."""

    status: StatusId
    name: str = ""


class TagsSet(EventBody, frozen=True, kw_only=True, tag="tags_set", gc=False):
    """All tags that it has from now on."""

    tags: tuple[str, ...]


class FieldsSet(EventBody, frozen=True, kw_only=True, tag="fields_set", gc=False):
    """The custom fields that have changed; an empty value: it has none."""

    fields: dict[FieldId, str]


class AttributesKept(EventBody, frozen=True, kw_only=True, tag="attributes_kept", gc=False):
    """What a bot says of the contact, by name; an empty value: it says so no more."""

    values: dict[str, str]


class Rated(EventBody, frozen=True, kw_only=True, tag="rated", gc=False):
    """What the customer thinks of the conversation that was closed: `score` from 1, which is bad, to 5."""

    score: int
    comment: str = ""


class Identified(EventBody, frozen=True, kw_only=True, tag="identified", gc=False):
    """It is that identity's from now on, because its own was joined to it. `vouched`: the host application or a
    provider has said so."""

    identity: IdentityId
    contact: Contact
    vouched: bool = False


class Continued(EventBody, frozen=True, kw_only=True, tag="continued", gc=False):
    """It goes on in the conversation `to`; nothing more is taken here. `unanswered`: the customer had written here and
    was not answered, which customers are not shown."""

    is_public: ClassVar[bool] = True
    to: ConversationId
    unanswered: bool = False


class ContinuedFrom(EventBody, frozen=True, kw_only=True, tag="continued_from", gc=False):
    """The other end of `Continued`. `unanswered`: the customer had written there and was not answered."""

    conversation: ConversationId
    unanswered: bool = False


class Blocked(EventBody, frozen=True, kw_only=True, tag="blocked", gc=False):
    """The customer's address is blocked on the channel, empty: everywhere, until a time in milliseconds since 1970, 0:
    for good. Nothing opens the conversation before that."""

    channel: str
    address: str
    until: int = 0
    why: str = ""

    @property
    def ends(self) -> int:
        """As a time that can be compared."""
        return until_of(self.until)


class Unblocked(EventBody, frozen=True, kw_only=True, tag="unblocked", gc=False):
    """The address is not blocked any more."""

    ends: ClassVar[int] = 0
    channel: str
    address: str


Body = (
    Opened
    | MessageStarted
    | Message
    | Note
    | Edited
    | Deleted
    | ControlChanged
    | QueueSet
    | StatusSet
    | TagsSet
    | FieldsSet
    | AttributesKept
    | Rated
    | Identified
    | Continued
    | ContinuedFrom
    | Blocked
    | Unblocked
)


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One committed fact. `seq` counts all events of the conversation from 1; `pub` counts those a customer may
    see and is 0 on the others; `at` is in milliseconds since 1970, never falling."""

    seq: int
    pub: int = 0
    id: EventId
    at: int
    epoch: int
    author: Actor
    body: Body
    command: CommandId = CommandId("")
    turn: int = 0


class Piece(Struct, frozen=True, kw_only=True, gc=False):
    """Part `n` (from 1) of a streamed message. A message's text is the join of its pieces."""

    message: MessageId
    n: int
    text: str


def author_key(author: Actor) -> str:
    """The author as one string, for the uniqueness of command ids."""
    return f"{author.kind}:{author.id}"
