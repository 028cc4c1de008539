"""Frames of customers: what they send, and what they are sent. Each field here is one that a customer may know."""

from typing import Annotated

from msgspec import Meta, field

from intervene.core.access import Visitor
from intervene.core.codes import ErrorCode
from intervene.core.conversation import moves, ratings, speech
from intervene.core.ids import CommandId, ConversationId, EventId, MessageId
from intervene.core.limits import ATTRIBUTES_AT_ONCE, COMMENT_BYTES
from intervene.core.text import message_text, piece_text
from intervene.core.wire.common import (
    Away,
    CommandFrame,
    GetPage,
    Id,
    Incoming,
    MakeId,
    OpenStream,
    Outgoing,
    Part,
    PieceAdded,
    Pong,
    ReadUpTo,
    Refreshed,
    Seen,
    SetRead,
    SetTyping,
    Shared,
    Unwatch,
    Watch,
)

# -- in ----------------------------------------------------------------------------------------------------------------


class Open(Incoming, tag="open", frozen=True, kw_only=True):
    """My conversation; it is created if there is none. `fresh`: the next one, if the latest is over."""

    fresh: bool = False


class ContactSay(CommandFrame, tag="say", frozen=True, kw_only=True):
    text: str

    def command(self, by: Visitor, make_id: MakeId) -> speech.ContactSay:
        return speech.ContactSay(
            id=CommandId(self.id), by=by, message=MessageId(make_id()), text=message_text(self.text)
        )


class AskForPerson(CommandFrame, tag="ask_for_person", frozen=True, kw_only=True):
    def command(self, by: Visitor, _: MakeId) -> moves.AskForPerson:
        return moves.AskForPerson(id=CommandId(self.id), by=by)


class Rate(CommandFrame, tag="rate", frozen=True, kw_only=True):
    """What I think of the conversation that was closed: from 1, which is bad, to 5."""

    score: Annotated[int, Meta(ge=1, le=5)]
    comment: str = ""

    def command(self, by: Visitor, _: MakeId) -> ratings.Rate:
        comment = piece_text(self.comment, COMMENT_BYTES)
        return ratings.Rate(id=CommandId(self.id), by=by, score=self.score, comment=comment)


class SetAttributes(Incoming, tag="set_attributes", frozen=True, kw_only=True):
    """What my page says of me, by name; an empty text says it no more. Staff are shown it as unverified."""

    id: Id
    attributes: Annotated[dict[str, str], Meta(max_length=ATTRIBUTES_AT_ONCE)]


ContactCommand = ContactSay | AskForPerson | Rate
ContactIn = Shared | Watch | Unwatch | GetPage | SetTyping | SetRead | Seen | Open | SetAttributes | ContactCommand


# -- out ---------------------------------------------------------------------------------------------------------------


class ContactError(Outgoing, tag="error", frozen=True, kw_only=True):
    """Only the sentence, when to retry and where to go on: who holds what, in which epoch, is not a customer's to
    know."""

    code: ErrorCode
    message: str
    id: str = ""
    conversation: str = ""
    retry_after: float = 0.0
    to: str = ""


class ContactWelcome(Outgoing, tag="welcome", frozen=True, kw_only=True):
    """As `StaffWelcome`. `claimed`: the visitor of `hello.claim` is the user now, and their token is good no more."""

    name: str
    expires: int
    ping_seconds: float
    features: list[str] = field(default_factory=list)
    now: int = 0
    claimed: bool = False


class OpenedConversation(Outgoing, tag="opened", frozen=True, kw_only=True):
    conversation: ConversationId


class AttributesSet(Outgoing, tag="attributes_set", frozen=True, kw_only=True):
    """Those of the `set_attributes` with that id are kept."""

    id: str


class Party(Part, frozen=True, kw_only=True):
    """Who wrote or holds control, as a customer may know it: `you`, `bot`, `agent` or `nobody`."""

    kind: str
    name: str = ""


class ContactMessageStarted(Outgoing, tag="message_started", tag_field="kind", frozen=True, kw_only=True):
    message: MessageId
    by: Party


class ContactMessage(Outgoing, tag="message", tag_field="kind", frozen=True, kw_only=True):
    message: MessageId
    by: Party
    text: str
    interrupted: bool = False
    edited: bool = False
    deleted: bool = False


class ContactEdited(Outgoing, tag="edited", tag_field="kind", frozen=True, kw_only=True):
    message: MessageId
    text: str


class ContactDeleted(Outgoing, tag="deleted", tag_field="kind", frozen=True, kw_only=True):
    message: MessageId


class ContactControl(Outgoing, tag="control", tag_field="kind", frozen=True, kw_only=True):
    holder: Party
    is_open: bool


class ContactContinued(Outgoing, tag="continued", tag_field="kind", frozen=True, kw_only=True):
    """It goes on in another conversation: open that one."""

    to: ConversationId


ContactBody = (
    ContactMessageStarted | ContactMessage | ContactEdited | ContactDeleted | ContactControl | ContactContinued
)  # fmt: skip


class ContactEvent(Outgoing, tag="event", frozen=True, kw_only=True):
    conversation: ConversationId
    pub: int
    id: EventId
    at: int
    event: ContactBody


class ContactState(Part, frozen=True, kw_only=True):
    pub: int
    holder: Party
    is_open: bool


class ContactWatched(Outgoing, tag="watched", frozen=True, kw_only=True):
    """As `StaffWatched`, in numbers that count only what a customer may see."""

    conversation: ConversationId
    events: list[ContactEvent]
    state: ContactState
    more: bool
    reset: bool
    stream: OpenStream | None = None
    read: int = 0


class ContactPage(Outgoing, tag="page", frozen=True, kw_only=True):
    conversation: ConversationId
    events: list[ContactEvent]
    more: bool


class ContactAck(Outgoing, tag="ack", frozen=True, kw_only=True):
    id: CommandId
    conversation: ConversationId
    pub: int = 0
    at: int = 0


class ContactTyping(Outgoing, tag="typing", frozen=True, kw_only=True):
    conversation: ConversationId
    who: Party
    on: bool


class PlaceInLine(Outgoing, tag="position", frozen=True, kw_only=True):
    """My conversation waits for a person, and `ahead` others have waited in its queue for longer; absent: that is shown
    no more. `open`: within hours. Sent when it changes; it ends with control, and with the session."""

    conversation: ConversationId
    ahead: int | None = None
    open: bool = False


ContactOut = (
    ContactWelcome | Pong | Refreshed | Away | ContactError | OpenedConversation | ContactWatched | ContactPage
    | ContactEvent | PieceAdded | ContactAck | ContactTyping | ReadUpTo
    | AttributesSet | PlaceInLine
)  # fmt: skip
