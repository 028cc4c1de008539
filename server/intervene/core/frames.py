"""What clients and the server say to each other: JSON text frames, one tagged union each way and audience.

`docs/protocol.md` states the rules. Customers have unions of their own, built as an allow-list: never a staff frame
with fields left out. `wire.py` turns these into bytes and back.
"""

from typing import Annotated

from msgspec import Meta, Struct

from intervene.core.actors import Actor, Agent, Bot, Contact, Holder, Role
from intervene.core.codes import ErrorCode
from intervene.core.conversation.state import Conversation
from intervene.core.errors import InterveneError
from intervene.core.events import ControlChanged, Event, Message, MessageStarted, Note, Opened
from intervene.core.ids import CommandId, ConversationId, EventId, MessageId
from intervene.core.limits import ID_CHARS, PAGE_EVENTS

SUBPROTOCOL = "intervene.v1"

Id = Annotated[str, Meta(min_length=1, max_length=ID_CHARS, pattern=r"\A[!-~]+\Z")]
Number = Annotated[int, Meta(ge=0, le=2**53)]


class _In(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", gc=False):
    pass


class _Out(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", gc=False):
    pass


class _Part(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Of a frame that goes out."""


class Position(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The last event a client has: its number (`seq` for staff, `pub` for customers) and its id."""

    n: Number
    id: Annotated[str, Meta(max_length=ID_CHARS)]


# -- in: everybody -----------------------------------------------------------------------------------------------------


class Hello(_In, tag="hello", frozen=True, kw_only=True):
    token: Annotated[str, Meta(max_length=8192)]
    client: Annotated[str, Meta(max_length=128)] = ""


class Refresh(_In, tag="refresh", frozen=True, kw_only=True):
    """A newer token for the same person."""

    token: Annotated[str, Meta(max_length=8192)]


class Ping(_In, tag="ping", frozen=True, kw_only=True):
    pass


class Watch(_In, tag="watch", frozen=True, kw_only=True):
    """Follow a conversation. With `after` it resumes there; without it starts with the newest page."""

    conversation: Id
    after: Position | None = None


class Unwatch(_In, tag="unwatch", frozen=True, kw_only=True):
    conversation: Id


class GetPage(_In, tag="get_page", frozen=True, kw_only=True):
    """The events before number `before`, newest `limit` of them."""

    conversation: Id
    before: Number
    limit: Annotated[int, Meta(ge=1, le=PAGE_EVENTS)] = 50


class SetTyping(_In, tag="set_typing", frozen=True, kw_only=True):
    conversation: Id
    on: bool


class SetRead(_In, tag="set_read", frozen=True, kw_only=True):
    """I have read up to number `n`."""

    conversation: Id
    n: Number


class Seen(_In, tag="seen", frozen=True, kw_only=True):
    """The control event with number `n` is on my screen now."""

    conversation: Id
    n: Number


# -- in: staff ---------------------------------------------------------------------------------------------------------


class StaffSay(_In, tag="say", frozen=True, kw_only=True):
    id: Id
    conversation: Id
    text: str
    epoch: Number
    seen: Number
    confirmed: bool = False


class AddNote(_In, tag="add_note", frozen=True, kw_only=True):
    id: Id
    conversation: Id
    text: str


class Intervene(_In, tag="intervene", frozen=True, kw_only=True):
    id: Id
    conversation: Id
    epoch: Number


class HandBack(_In, tag="hand_back", frozen=True, kw_only=True):
    id: Id
    conversation: Id
    epoch: Number
    bot: Annotated[str, Meta(max_length=ID_CHARS)] = ""
    """Empty: the bot that conversations start with."""


class Release(_In, tag="release", frozen=True, kw_only=True):
    id: Id
    conversation: Id
    epoch: Number


class CloseConversation(_In, tag="close", frozen=True, kw_only=True):
    id: Id
    conversation: Id
    epoch: Number
    seen: Number


class Reopen(_In, tag="reopen", frozen=True, kw_only=True):
    id: Id
    conversation: Id
    epoch: Number


# -- in: customers -----------------------------------------------------------------------------------------------------


class Open(_In, tag="open", frozen=True, kw_only=True):
    """My conversation; it is created if there is none."""


class ContactSay(_In, tag="say", frozen=True, kw_only=True):
    id: Id
    conversation: Id
    text: str


class AskForPerson(_In, tag="ask_for_person", frozen=True, kw_only=True):
    id: Id
    conversation: Id


_Shared = Refresh | Ping | Watch | Unwatch | GetPage | SetTyping | SetRead | Seen
StaffIn = _Shared | StaffSay | AddNote | Intervene | HandBack | Release | CloseConversation | Reopen
ContactIn = _Shared | Open | ContactSay | AskForPerson


# -- out: everybody ----------------------------------------------------------------------------------------------------


class Pong(_Out, tag="pong", frozen=True, kw_only=True):
    pass


class Refreshed(_Out, tag="refreshed", frozen=True, kw_only=True):
    expires: int


class Away(_Out, tag="away", frozen=True, kw_only=True):
    """This node is going: come back, to another or the same, after so many milliseconds."""

    after_ms: int


class PieceAdded(_Out, tag="piece", frozen=True, kw_only=True):
    conversation: ConversationId
    message: MessageId
    n: int
    text: str


class ReadUpTo(_Out, tag="read", frozen=True, kw_only=True):
    """For staff: where they themselves have read to, when another session of theirs moved that. For a customer: where
    the agent who holds control has read to. The highest `n` counts."""

    conversation: ConversationId
    n: int


class OpenStream(_Part, frozen=True, kw_only=True):
    """The reply that is being written now: all its committed text and the number of its last piece."""

    message: MessageId
    n: int
    text: str


# -- out: staff --------------------------------------------------------------------------------------------------------


class Error(_Out, tag="error", frozen=True, kw_only=True):
    """What a frame met. `id` names the command, `conversation` the conversation, where there is one."""

    code: ErrorCode
    message: str
    id: str = ""
    conversation: str = ""
    retry_after: float = 0.0
    by: Agent | None = None
    at: int = 0
    holder: Holder | None = None
    epoch: int = -1
    asked: int = 0
    move: str = ""
    place: str = ""
    to: str = ""


class StaffWelcome(_Out, tag="welcome", frozen=True, kw_only=True):
    """`features` as in `core.features`; `now` is the server's clock."""

    agent: Agent
    role: Role
    expires: int
    ping_seconds: float
    features: list[str] = []
    now: int = 0


class StaffEvent(_Out, tag="event", frozen=True, kw_only=True):
    conversation: ConversationId
    event: Event


class StaffState(_Part, frozen=True, kw_only=True):
    """What is true of a conversation at number `seq`."""

    contact: Contact
    channel: str
    seq: int
    epoch: int
    holder: Holder
    is_open: bool
    reply_enabled: bool
    asked: int


class StaffWatched(_Out, tag="watched", frozen=True, kw_only=True):
    """Complete up to `state.seq`: what follows comes as frames. `reset`: forget what you had, this replaces it.
    `more`: older events exist. `stream` is absent when nothing is being written. `read` is as in `ReadUpTo`."""

    conversation: ConversationId
    events: list[Event]
    state: StaffState
    more: bool
    reset: bool
    stream: OpenStream | None = None
    read: int = 0


class StaffPage(_Out, tag="page", frozen=True, kw_only=True):
    conversation: ConversationId
    events: list[Event]
    more: bool


class StaffAck(_Out, tag="ack", frozen=True, kw_only=True):
    """The command's event. An answer without `seq` means that nothing had to change."""

    id: CommandId
    conversation: ConversationId
    seq: int = 0
    epoch: int
    at: int = 0


class StaffTyping(_Out, tag="typing", frozen=True, kw_only=True):
    conversation: ConversationId
    who: Actor
    on: bool
    epoch: int


class Here(_Out, tag="here", frozen=True, kw_only=True):
    """Who watches: the agents, and whether the customer is connected. `count`: how many agents there are, if those
    that are named are not all."""

    conversation: ConversationId
    agents: list[Agent]
    contact: bool
    count: int = 0


class TakeoverTimes(_Out, tag="takeover", frozen=True, kw_only=True):
    """Milliseconds since the click reached the server; -1 while unknown. `seen` counts the sessions that
    confirmed, `written` those that were written to."""

    conversation: ConversationId
    epoch: int
    by: Agent
    committed_ms: float
    written: int = 0
    written_ms: float = -1.0
    seen: int = 0
    seen_ms: float = -1.0
    bot_stopped_ms: float = -1.0


StaffOut = (
    StaffWelcome | Pong | Refreshed | Away | Error | StaffWatched | StaffPage | StaffEvent | PieceAdded | StaffAck
    | StaffTyping | ReadUpTo | Here | TakeoverTimes
)  # fmt: skip


# -- out: customers ----------------------------------------------------------------------------------------------------


class ContactError(_Out, tag="error", frozen=True, kw_only=True):
    """Only the sentence, when to retry and where to go on: who holds what, in which epoch, is not a customer's to
    know."""

    code: ErrorCode
    message: str
    id: str = ""
    conversation: str = ""
    retry_after: float = 0.0
    to: str = ""


class ContactWelcome(_Out, tag="welcome", frozen=True, kw_only=True):
    """As `StaffWelcome`."""

    name: str
    expires: int
    ping_seconds: float
    features: list[str] = []
    now: int = 0


class OpenedConversation(_Out, tag="opened", frozen=True, kw_only=True):
    conversation: ConversationId


class Party(_Part, frozen=True, kw_only=True):
    """Who wrote or holds control, as a customer may know it: `you`, `bot`, `agent` or `nobody`."""

    kind: str
    name: str = ""


class ContactMessageStarted(_Out, tag="message_started", tag_field="kind", frozen=True, kw_only=True):
    message: MessageId
    by: Party


class ContactMessage(_Out, tag="message", tag_field="kind", frozen=True, kw_only=True):
    message: MessageId
    by: Party
    text: str
    interrupted: bool = False


class ContactControl(_Out, tag="control", tag_field="kind", frozen=True, kw_only=True):
    holder: Party
    is_open: bool


ContactBody = ContactMessageStarted | ContactMessage | ContactControl


class ContactEvent(_Out, tag="event", frozen=True, kw_only=True):
    conversation: ConversationId
    pub: int
    id: EventId
    at: int
    event: ContactBody


class ContactState(_Part, frozen=True, kw_only=True):
    pub: int
    holder: Party
    is_open: bool


class ContactWatched(_Out, tag="watched", frozen=True, kw_only=True):
    """As `StaffWatched`, in numbers that count only what a customer may see."""

    conversation: ConversationId
    events: list[ContactEvent]
    state: ContactState
    more: bool
    reset: bool
    stream: OpenStream | None = None
    read: int = 0


class ContactPage(_Out, tag="page", frozen=True, kw_only=True):
    conversation: ConversationId
    events: list[ContactEvent]
    more: bool


class ContactAck(_Out, tag="ack", frozen=True, kw_only=True):
    id: CommandId
    conversation: ConversationId
    pub: int = 0
    at: int = 0


class ContactTyping(_Out, tag="typing", frozen=True, kw_only=True):
    conversation: ConversationId
    who: Party
    on: bool


ContactOut = (
    ContactWelcome | Pong | Refreshed | Away | ContactError | OpenedConversation | ContactWatched | ContactPage
    | ContactEvent | PieceAdded | ContactAck | ContactTyping | ReadUpTo
)  # fmt: skip


# -- what a customer may know ------------------------------------------------------------------------------------------


def party(who: Actor | Holder) -> Party:
    match who:
        case Bot(name=name):
            return Party(kind="bot", name=name)
        case Agent(name=name):
            return Party(kind="agent", name=name)
        case Contact():
            return Party(kind="you")
        case _:
            return Party(kind="nobody")


def for_contact(conversation: ConversationId, event: Event) -> ContactEvent | None:
    """The event as a customer may see it, or None. Each kind is named: a new one stays private until it is here."""
    body: ContactBody
    match event.body:
        case MessageStarted(message=message):
            body = ContactMessageStarted(message=message, by=party(event.author))
        case Message(message=message, text=text, interrupted=interrupted):
            body = ContactMessage(message=message, by=party(event.author), text=text, interrupted=interrupted)
        case ControlChanged(holder=holder, is_open=is_open):
            body = ContactControl(holder=party(holder), is_open=is_open)
        case Opened() | Note():
            return None
    return ContactEvent(conversation=conversation, pub=event.pub, id=event.id, at=event.at, event=body)


def staff_state(state: Conversation) -> StaffState:
    return StaffState(
        contact=state.contact, channel=state.channel, seq=state.seq, epoch=state.epoch, holder=state.holder,
        is_open=state.is_open, reply_enabled=state.reply_enabled, asked=state.asked,
    )  # fmt: skip


def contact_state(state: Conversation) -> ContactState:
    return ContactState(pub=state.pub, holder=party(state.holder), is_open=state.is_open)


def open_stream(state: Conversation) -> OpenStream | None:
    stream = state.stream
    return OpenStream(message=stream.message, n=stream.pieces, text=state.written) if stream else None


def error(problem: InterveneError, *, id: str = "", conversation: str = "") -> Error:
    """`problem` may name what it is about by itself."""
    about = {"id": id, "conversation": conversation, **problem.facts}
    return Error(code=problem.code, message=problem.sentence, **about)


def contact_error(problem: InterveneError, *, id: str = "", conversation: str = "") -> ContactError:
    get = problem.facts.get
    return ContactError(
        code=problem.code, message=problem.sentence, id=get("id", id), conversation=get("conversation", conversation),
        retry_after=get("retry_after", 0.0),
    )  # fmt: skip
