"""State, events and errors as each audience may see them: an allow-list. What is not named here stays private."""

from intervene.core.actors import Actor, Agent, Bot, Contact, Holder
from intervene.core.conversation.state import Conversation
from intervene.core.errors import InterveneError
from intervene.core.events import ControlChanged, Event, Message, MessageStarted, Note, Opened
from intervene.core.ids import ConversationId
from intervene.core.wire.common import OpenStream
from intervene.core.wire.contact import (
    ContactBody,
    ContactControl,
    ContactError,
    ContactEvent,
    ContactMessage,
    ContactMessageStarted,
    ContactState,
    Party,
)
from intervene.core.wire.staff import Error, StaffState


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
