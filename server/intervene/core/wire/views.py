"""State, events and errors as each audience may see them: an allow-list. What is not named here stays private."""

from collections.abc import Sequence
from typing import Protocol, assert_never

from intervene.core.actors import Actor, Agent, Bot, Contact, Holder, Nobody, System
from intervene.core.control import Place
from intervene.core.conversation.card import NO_CARD
from intervene.core.conversation.last import Last
from intervene.core.conversation.packing import INBOX_FORMAT
from intervene.core.conversation.state import Conversation, OpenReply
from intervene.core.errors import InterveneError
from intervene.core.events import Continued, ControlChanged, Deleted, Edited, Event, Message, MessageStarted
from intervene.core.ids import CommandId, ConversationId
from intervene.core.wire.common import OpenStream
from intervene.core.wire.contact import (
    ContactAck,
    ContactBody,
    ContactContinued,
    ContactControl,
    ContactDeleted,
    ContactEdited,
    ContactError,
    ContactEvent,
    ContactMessage,
    ContactMessageStarted,
    ContactPage,
    ContactState,
    ContactWatched,
    Party,
)
from intervene.core.wire.inbox import LastLine, Row
from intervene.core.wire.staff import Error, StaffAck, StaffPage, StaffState, StaffWatched


def party(who: Actor | Holder) -> Party:
    match who:
        case Agent(name=name):
            return Party(kind="agent", name=name)
        case Bot(name=name):
            return Party(kind="bot", name=name)
        case Contact():
            return Party(kind="you")
        case System() | Nobody():
            return Party(kind="nobody")
        case _:
            assert_never(who)


def for_contact(conversation: ConversationId, event: Event) -> ContactEvent | None:
    """The event as a customer may see it, or None. A kind that is not named here stays private."""
    body: ContactBody
    match event.body:
        case Message() as it:  # first, as most are
            body = ContactMessage(
                message=it.message, by=party(event.author), text=it.text, interrupted=it.interrupted,
                edited=it.edited, deleted=it.deleted,
            )  # fmt: skip
        case MessageStarted(message=message):
            body = ContactMessageStarted(message=message, by=party(event.author))
        case Edited(message=message, text=text):
            body = ContactEdited(message=message, text=text)
        case Deleted(message=message):
            body = ContactDeleted(message=message)
        case ControlChanged(holder=holder, is_open=is_open):
            body = ContactControl(holder=party(holder), is_open=is_open)
        case Continued(to=to):
            body = ContactContinued(to=to)
        case _:
            return None
    return ContactEvent(conversation=conversation, pub=event.pub, id=event.id, at=event.at, event=body)


def staff_state(state: Conversation) -> StaffState:
    return StaffState(
        contact=state.contact, channel=state.channel, seq=state.seq, epoch=state.epoch, holder=state.holder,
        is_open=state.is_open, reply_enabled=state.reply_enabled, asked=state.asked, queue=state.card.queue,
        status=state.card.status, tags=list(state.card.tags), fields=dict(state.card.fields),
        reason=state.card.reason, rating=state.card.rating,
    )  # fmt: skip


def row(state: Conversation) -> Row:
    """As lists have it. What rows of a format before 3 do not keep, no node shows."""
    is_listed = state.format >= INBOX_FORMAT
    card, counters, last = state.card if is_listed else NO_CARD, state.counters, state.last
    return Row(
        organisation=state.organisation, id=state.id, epoch=state.epoch, seq=state.seq, contact=state.contact,
        channel=state.channel, holder=state.holder, is_open=state.is_open, since=state.held_since or state.last_at,
        asked=counters.asked, answered=counters.answered, last_at=counters.last_at,
        waiting_since=state.waiting_since if is_listed or state.place is not Place.NOBODY else state.held_since,
        unanswered_since=counters.unanswered_since if is_listed else 0, queue=card.queue, status=card.status,
        tags=card.tags, last=_last_line(last) if is_listed and last.by else None,
    )  # fmt: skip


def _last_line(last: Last) -> LastLine:
    return LastLine(by=last.by, text=last.text, id=last.id, name=last.name)


def contact_state(state: Conversation) -> ContactState:
    return ContactState(pub=state.pub, holder=party(state.holder), is_open=state.is_open)


def open_stream(state: Conversation, reply: OpenReply | None) -> OpenStream | None:
    """`reply`: the open reply of `state`."""
    stream = state.stream
    return OpenStream(message=stream.message, n=stream.pieces, text=reply.text) if stream and reply else None


def error(problem: InterveneError, *, id: str = "", conversation: str = "") -> Error:
    """`problem` may name what it is about by itself."""
    about = {"id": id, "conversation": conversation, **problem.facts}
    return Error(code=problem.code, message=problem.sentence, **about)


def contact_error(problem: InterveneError, *, id: str = "", conversation: str = "") -> ContactError:
    get = problem.facts.get
    return ContactError(
        code=problem.code, message=problem.sentence, id=get("id", id), conversation=get("conversation", conversation),
        retry_after=get("retry_after", 0.0), to=get("to", ""),
    )  # fmt: skip


# -- answers -----------------------------------------------------------------------------------------------------------


class Result(Protocol):
    """Of `ports.log.Receipt`."""

    @property
    def seq(self) -> int: ...
    @property
    def pub(self) -> int: ...
    @property
    def epoch(self) -> int: ...
    @property
    def at(self) -> int: ...


class Read(Protocol):
    """Of `ports.log.Snapshot`: what is shown of it."""

    @property
    def state(self) -> Conversation: ...
    @property
    def reply(self) -> OpenReply | None: ...
    @property
    def events(self) -> Sequence[Event]: ...
    @property
    def more(self) -> bool: ...
    @property
    def read(self) -> int: ...
    @property
    def contact_read(self) -> int: ...


def ack(is_staff: bool, conversation: ConversationId, id: CommandId, result: Result) -> StaffAck | ContactAck:
    if is_staff:
        return StaffAck(id=id, conversation=conversation, seq=result.seq, epoch=result.epoch, at=result.at)
    return ContactAck(id=id, conversation=conversation, pub=result.pub, at=result.at)


def watched(is_staff: bool, read: Read, *, reset: bool) -> StaffWatched | ContactWatched:
    state, stream = read.state, open_stream(read.state, read.reply)
    if is_staff:
        return StaffWatched(
            conversation=state.id, events=list(read.events), state=staff_state(state), more=read.more, reset=reset,
            stream=stream, read=read.read, contact_read=read.contact_read,
        )  # fmt: skip
    return ContactWatched(
        conversation=state.id, events=_public(state.id, read.events), state=contact_state(state), more=read.more,
        reset=reset, stream=stream, read=read.read,
    )  # fmt: skip


def page(is_staff: bool, read: Read) -> StaffPage | ContactPage:
    conversation = read.state.id
    if is_staff:
        return StaffPage(conversation=conversation, events=list(read.events), more=read.more)
    return ContactPage(conversation=conversation, events=_public(conversation, read.events), more=read.more)


def _public(conversation: ConversationId, events: Sequence[Event]) -> list[ContactEvent]:
    """The allow-list has the last word, whatever range was read."""
    shown = (for_contact(conversation, event) for event in events if event.pub)
    return [event for event in shown if event is not None]
