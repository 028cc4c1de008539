"""Frames of staff: what they send, and what they are sent.

A frame that is a command makes it, in the name of its sender; `wire.intents` calls that for sockets and HTTP.
"""

from typing import Annotated

from msgspec import UNSET, Meta, field

from intervene.core.access import Staff, Unseen
from intervene.core.actors import Actor, Agent, Contact, Holder, Role
from intervene.core.codes import ErrorCode
from intervene.core.conversation import desk, moves, speech
from intervene.core.events import Event
from intervene.core.ids import (
    AgentId,
    CommandId,
    ConversationId,
    FieldId,
    MessageId,
    QueueId,
    ReasonId,
    StatusId,
)
from intervene.core.limits import CARD_BYTES, FIELDS, ID_CHARS, MENTIONS, TAGS
from intervene.core.text import briefing_text, message_text, piece_text, tag_texts
from intervene.core.wire.assignment import Assign, SendBot, Transfer
from intervene.core.wire.beginning import Begin
from intervene.core.wire.blocking import Block
from intervene.core.wire.common import (
    Away,
    CommandFrame,
    GetPage,
    Id,
    MakeId,
    Number,
    OpenStream,
    Organisation,
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
from intervene.core.wire.inbox import InboxIn, InboxOut
from intervene.core.wire.presence import Active, SetPresence, StaffPresence
from intervene.core.wire.staff_words import Delete, Edit, Mentioned

# -- in ----------------------------------------------------------------------------------------------------------------


class StaffWatch(Watch, tag="watch", frozen=True, kw_only=True):
    organisation: Organisation = UNSET


class StaffUnwatch(Unwatch, tag="unwatch", frozen=True, kw_only=True):
    organisation: Organisation = UNSET


class StaffGetPage(GetPage, tag="get_page", frozen=True, kw_only=True):
    organisation: Organisation = UNSET


class StaffSetTyping(SetTyping, tag="set_typing", frozen=True, kw_only=True):
    organisation: Organisation = UNSET


class StaffSetRead(SetRead, tag="set_read", frozen=True, kw_only=True):
    organisation: Organisation = UNSET


class StaffSeen(Seen, tag="seen", frozen=True, kw_only=True):
    organisation: Organisation = UNSET


class StaffSay(CommandFrame, tag="say", frozen=True, kw_only=True):
    text: str
    epoch: Number
    seen: Number
    confirmed: bool = False
    organisation: Organisation = UNSET

    def command(self, by: Staff, make_id: MakeId) -> speech.AgentSay:
        return speech.AgentSay(
            id=CommandId(self.id),
            by=by,
            message=MessageId(make_id()),
            text=message_text(self.text),
            epoch=self.epoch,
            seen=self.seen,
            confirmed=self.confirmed,
        )


class AddNote(CommandFrame, tag="add_note", frozen=True, kw_only=True, omit_defaults=True):
    """`mentions`: colleagues who are called to it, by their ids; what stands twice counts once."""

    text: str
    mentions: Annotated[list[Id], Meta(max_length=MENTIONS)] = field(default_factory=list)
    organisation: Organisation = UNSET

    def command(self, by: Staff, make_id: MakeId) -> speech.AddNote:
        return speech.AddNote(
            id=CommandId(self.id), by=by, message=MessageId(make_id()), text=message_text(self.text),
            mentions=tuple(dict.fromkeys(map(AgentId, self.mentions))),
        )  # fmt: skip


class Intervene(CommandFrame, tag="intervene", frozen=True, kw_only=True):
    epoch: Number
    organisation: Organisation = UNSET

    def command(self, by: Staff, _: MakeId) -> moves.Intervene:
        return moves.Intervene(id=CommandId(self.id), by=by, epoch=self.epoch)


class HandBack(CommandFrame, tag="hand_back", frozen=True, kw_only=True, omit_defaults=True):
    epoch: Number
    bot: Annotated[str, Meta(max_length=ID_CHARS)] = ""
    """Empty: the bot that conversations start with."""
    reason: str = ""
    """Why, in the agent's own words, for the bot."""
    organisation: Organisation = UNSET

    def command(self, by: Staff, _: MakeId) -> moves.HandBack:
        reason = briefing_text(self.reason)
        return moves.HandBack(id=CommandId(self.id), by=by, bot=self.bot, epoch=self.epoch, reason=reason)


class Release(CommandFrame, tag="release", frozen=True, kw_only=True, omit_defaults=True):
    epoch: Number
    reason: str = ""
    """Why, in the agent's own words, for colleagues."""
    organisation: Organisation = UNSET

    def command(self, by: Staff, _: MakeId) -> moves.Release:
        return moves.Release(id=CommandId(self.id), by=by, epoch=self.epoch, reason=briefing_text(self.reason))


class CloseConversation(CommandFrame, tag="close", frozen=True, kw_only=True, omit_defaults=True):
    epoch: Number
    seen: Number
    reason: Annotated[str, Meta(max_length=ID_CHARS)] = ""
    """One of the organisation's; some queues want one."""
    organisation: Organisation = UNSET

    def command(self, by: Staff, _: MakeId) -> moves.Close:
        return moves.Close(id=CommandId(self.id), by=by, epoch=self.epoch, seen=self.seen, reason=ReasonId(self.reason))


class Reopen(CommandFrame, tag="reopen", frozen=True, kw_only=True):
    epoch: Number
    organisation: Organisation = UNSET

    def command(self, by: Staff, _: MakeId) -> moves.Reopen:
        return moves.Reopen(id=CommandId(self.id), by=by, epoch=self.epoch)


class SetQueue(CommandFrame, tag="set_queue", frozen=True, kw_only=True):
    epoch: Number
    queue: Id
    organisation: Organisation = UNSET

    def command(self, by: Staff, _: MakeId) -> desk.SetQueue:
        return desk.SetQueue(id=CommandId(self.id), by=by, queue=QueueId(self.queue), epoch=self.epoch)


class SetStatus(CommandFrame, tag="set_status", frozen=True, kw_only=True):
    """Empty: none."""

    epoch: Number
    status: Annotated[str, Meta(max_length=ID_CHARS)]
    organisation: Organisation = UNSET

    def command(self, by: Staff, _: MakeId) -> desk.SetStatus:
        return desk.SetStatus(id=CommandId(self.id), by=by, status=StatusId(self.status), epoch=self.epoch)


class SetTags(CommandFrame, tag="set_tags", frozen=True, kw_only=True):
    """All that it shall have. What is not visible is left out, and so is what stands twice."""

    epoch: Number
    tags: Annotated[list[str], Meta(max_length=TAGS)]
    organisation: Organisation = UNSET

    def command(self, by: Staff, _: MakeId) -> desk.SetTags:
        return desk.SetTags(id=CommandId(self.id), by=by, tags=tag_texts(self.tags), epoch=self.epoch)


class SetFields(CommandFrame, tag="set_fields", frozen=True, kw_only=True):
    """The custom fields that change, by their ids; an empty value removes one."""

    epoch: Number
    fields: Annotated[dict[str, str], Meta(max_length=FIELDS)]
    organisation: Organisation = UNSET

    def command(self, by: Staff, _: MakeId) -> desk.SetFields:
        fields = {FieldId(id): piece_text(value, CARD_BYTES).strip() for id, value in self.fields.items()}
        return desk.SetFields(id=CommandId(self.id), by=by, fields=fields, epoch=self.epoch)


StaffCommand = (
    StaffSay | AddNote | Intervene | HandBack | Release | CloseConversation | Reopen | SetQueue | SetStatus | SetTags
    | SetFields | Assign | Transfer | SendBot | Edit | Delete | Block
)  # fmt: skip
StaffIn = (
    Shared | StaffWatch | StaffUnwatch | StaffGetPage | StaffSetTyping | StaffSetRead | StaffSeen | SetPresence | Active
    | InboxIn | Begin
    | StaffCommand
)  # fmt: skip


# -- out ---------------------------------------------------------------------------------------------------------------


class Error(Outgoing, tag="error", frozen=True, kw_only=True):
    """What a frame met. `id` names the command, `conversation` and `view` what it is about, where they are known."""

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
    view: str = ""
    until: int = 0


class StaffWelcome(Outgoing, tag="welcome", frozen=True, kw_only=True):
    """`features` as in `core.features`; `now` is the server's clock."""

    agent: Agent
    role: Role
    expires: int
    ping_seconds: float
    features: list[str] = field(default_factory=list)
    now: int = 0


class StaffEvent(Outgoing, tag="event", frozen=True, kw_only=True):
    conversation: ConversationId
    event: Event


class StaffState(Part, frozen=True, kw_only=True):
    """What is true of a conversation at number `seq`."""

    contact: Contact
    channel: str
    seq: int
    epoch: int
    holder: Holder
    is_open: bool
    reply_enabled: bool
    asked: int
    queue: QueueId
    status: str = ""
    tags: list[str] = field(default_factory=list)
    fields: dict[FieldId, str] = field(default_factory=dict)
    reason: str = ""
    rating: int = 0


class StaffWatched(Outgoing, tag="watched", frozen=True, kw_only=True):
    """Complete up to `state.seq`: what follows comes as frames. `reset`: forget what you had, this replaces it.
    `more`: older events exist. `stream` is absent when nothing is being written. `read` is as in `ReadUpTo`, and
    `contact_read` as `pub` in `ContactRead`."""

    conversation: ConversationId
    events: list[Event]
    state: StaffState
    more: bool
    reset: bool
    stream: OpenStream | None = None
    read: int = 0
    contact_read: int = 0


class ContactRead(Outgoing, tag="contact_read", frozen=True, kw_only=True):
    """The customer has read up to there, in their own count: that of `pub` of events. The highest counts."""

    conversation: ConversationId
    pub: int


class StaffPage(Outgoing, tag="page", frozen=True, kw_only=True):
    conversation: ConversationId
    events: list[Event]
    more: bool


class StaffAck(Outgoing, tag="ack", frozen=True, kw_only=True):
    """The command's event. An answer without `seq` means that nothing had to change."""

    id: CommandId
    conversation: ConversationId
    seq: int = 0
    epoch: int
    at: int = 0


class StaffTyping(Outgoing, tag="typing", frozen=True, kw_only=True):
    conversation: ConversationId
    who: Actor
    on: bool
    epoch: int


class Here(Outgoing, tag="here", frozen=True, kw_only=True):
    """Who watches: the agents, and whether the customer is connected. `count`: how many agents there are, if those
    that are named are not all."""

    conversation: ConversationId
    agents: list[Agent]
    contact: bool
    count: int = 0


class TakeoverTimes(Outgoing, tag="takeover", frozen=True, kw_only=True):
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


class Gone(Outgoing, tag="gone", frozen=True, kw_only=True):
    """The watch has ended: the person may not see the conversation any more. `why` as in `access.Unseen`."""

    conversation: ConversationId
    why: Unseen


StaffOut = (
    StaffWelcome | Pong | Refreshed | Away | Error | StaffWatched | StaffPage | StaffEvent | PieceAdded | StaffAck
    | StaffTyping | ReadUpTo | ContactRead | Here | TakeoverTimes | Gone | StaffPresence | InboxOut | Mentioned
)  # fmt: skip
