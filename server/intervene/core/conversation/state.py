"""What a conversation is at one moment, and how a fact of its log changes it (`evolve`).

The state without `run` is a fold of the log: `verify` folds it again. What may happen next is said in `decide.py`,
how a state is stored in `packing.py`.
"""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from intervene.core.access import NO_HOLDER, Placement
from intervene.core.actors import Agent, Bot, Contact, Holder, Nobody, System
from intervene.core.control import Move, Place, place_of
from intervene.core.conversation.card import NO_CARD, Card
from intervene.core.conversation.last import NO_LAST, Last
from intervene.core.conversation.lineage import NO_LINEAGE, Lineage, begun
from intervene.core.errors import CorruptLog
from intervene.core.events import (
    AWAY,
    Blocked,
    Continued,
    ContinuedFrom,
    ControlChanged,
    Deleted,
    Edited,
    Event,
    FieldsSet,
    Identified,
    Message,
    Opened,
    Piece,
    QueueSet,
    Rated,
    StatusSet,
    TagsSet,
    Unblocked,
)  # fmt: skip
from intervene.core.ids import ConversationId, IdentityId, Key, MessageId, NodeId, OrganisationId, QueueId, ReasonId
from intervene.core.limits import LAST_BYTES
from intervene.core.text import beginning


class Stream(Struct, frozen=True, kw_only=True, gc=False):
    """A reply being written: how many pieces and bytes of it are committed."""

    message: MessageId
    pieces: int
    size: int


class Idle(Struct, frozen=True, tag="idle", gc=False):
    """Nobody is needed: the bot waits for the customer or for its timer."""


class Cause(StrEnum):
    """Why a turn began."""

    START = "start"
    INPUT = "input"
    TIMER = "timer"


class Owed(Struct, frozen=True, kw_only=True, tag="owed", omit_defaults=True, gc=False):
    """A turn is due and no node has claimed it."""

    cause: Cause = Cause.INPUT
    losses: int = 0


class Running(Struct, frozen=True, kw_only=True, tag="running", omit_defaults=True, gc=False):
    """`node` runs the turn. Its `number` is the version of the claim; commands of any other turn are refused."""

    node: NodeId
    number: int
    cause: Cause = Cause.INPUT
    restarts: int = 0
    losses: int = 0
    spoke: bool = False
    stream: Stream | None = None
    finished: str = ""
    """The message that was streamed last: a piece of it that comes again changes nothing."""


Turn = Idle | Owed | Running


class Run(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What a bot has while it holds control; a run is (conversation, epoch) and never continues after it.
    `answered` is the number up to which the customer's messages are dealt with; `ended` the last turn that came to
    its end by itself; `due` the timer, 0 for none."""

    turn: Turn
    answered: int
    ended: int = 0
    cursor: str = ""
    due: int = 0


class Control(Struct, frozen=True, kw_only=True, gc=False):
    """Who may speak for the business. Changes with moves only."""

    epoch: int = 0
    holder: Holder = Nobody()
    is_open: bool = True
    held_since: int = 0
    """When the holder changed last, or the conversation began; 0 where a release before this wrote its beginning."""
    wants_person: bool = False
    """The customer asked for a person, and nobody took control since."""
    blocked_until: int = 0
    """Nothing opens it before that: milliseconds since 1970, 0: it is not blocked, as in rows of formats before 3."""


class Counters(Struct, frozen=True, kw_only=True, gc=False):
    """Numbers and times that events and commits move."""

    version: int = 0
    """Counts commits; inside `decide` it is already the number of the commit under way."""
    seq: int = 0
    pub: int = 0
    asked: int = 0
    """`seq` of the customer's last message."""
    answered: int = 0
    """Up to where the customer's messages were dealt with by former holders; a run counts on by itself."""
    streak: int = 0
    """Messages of bots since a person wrote or moved control."""
    last_at: int = 0
    unanswered_since: int = 0
    """When the customer wrote the first message that no whole message of an agent or bot has followed; 0 for none, and
    after a close. In rows of a format before 3 it is 0."""
    away_at: int = 0
    """When customers were last told that nobody is there now; 0 for never, and in rows of a format before 3."""
    amended: int = 0
    """How often messages were edited or deleted."""


class Conversation(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One row. Reading, each value of a group has a short name here; to change one, replace its group. Rows of formats
    before 3 keep neither `last` nor `card` nor `lineage`."""

    organisation: OrganisationId
    id: ConversationId
    contact: Contact
    channel: str
    control: Control = Control()
    counters: Counters = Counters()
    run: Run | None = None
    """There is one exactly while a bot holds control."""
    last: Last = NO_LAST
    card: Card = NO_CARD
    lineage: Lineage = NO_LINEAGE
    format: int = 1
    """Of its row (`packing.py`). It never falls: no node writes over a newer one."""

    @property
    def key(self) -> Key:
        return Key(self.organisation, self.id)

    @property
    def identity(self) -> IdentityId:
        return self.lineage.identity or IdentityId(self.contact.id)

    @property
    def version(self) -> int:
        return self.counters.version

    @property
    def seq(self) -> int:
        return self.counters.seq

    @property
    def pub(self) -> int:
        return self.counters.pub

    @property
    def asked(self) -> int:
        return self.counters.asked

    @property
    def answered(self) -> int:
        return self.counters.answered

    @property
    def streak(self) -> int:
        return self.counters.streak

    @property
    def last_at(self) -> int:
        return self.counters.last_at

    @property
    def epoch(self) -> int:
        return self.control.epoch

    @property
    def holder(self) -> Holder:
        return self.control.holder

    @property
    def is_open(self) -> bool:
        return self.control.is_open

    @property
    def held_since(self) -> int:
        return self.control.held_since

    @property
    def wants_person(self) -> bool:
        return self.control.wants_person

    @property
    def place(self) -> Place:
        return place_of(self.holder, self.is_open)

    @property
    def reply_enabled(self) -> bool:
        return isinstance(self.holder, Agent)

    @property
    def placement(self) -> Placement:
        holder = self.control.holder
        return Placement(self.organisation, self.card.queue, holder.id if isinstance(holder, Agent) else NO_HOLDER)

    @property
    def turn(self) -> Turn:
        return self.run.turn if self.run else _IDLE

    @property
    def stream(self) -> Stream | None:
        run = self.run
        return run.turn.stream if run and isinstance(run.turn, Running) else None

    @property
    def waiting_since(self) -> int:
        """0 unless it is open and held by nobody: then since when the customer is unanswered or, with all answered,
        since when nobody holds it."""
        if self.place is not Place.NOBODY:
            return 0
        return self.counters.unanswered_since or self.held_since

    @property
    def runner(self) -> str:
        """The turn, as the row's column says it: "" for none, "owed", or the node that runs it."""
        match self.turn:
            case Idle():
                return ""
            case Owed():
                return "owed"
            case Running(node=node):
                return node

    def next(self) -> "Conversation":
        """To decide the next commit on."""
        return replace(self, counters=replace(self.counters, version=self.counters.version + 1))


_IDLE = Idle()


def has_same_turn(before: Conversation, after: Conversation) -> bool:
    """Whether control and the bot's turn have not changed, as by most messages and pieces. What was read anew is taken
    for changed."""
    if after.control is not before.control:
        return False
    if after.run is before.run:
        return True
    turn, former = after.turn, before.turn
    return isinstance(turn, Running) and isinstance(former, Running) and turn.number == former.number


class OpenReply(Struct, frozen=True, gc=False):
    """A reply being written, beside the state: the join of its committed pieces. It is kept in their rows alone; the
    state says how many they are."""

    message: MessageId
    text: str


def open_reply(state: Conversation, pieces: Sequence[Piece], before: OpenReply | None = None) -> OpenReply | None:
    """The open reply of `state`. `pieces`: those committed since `before`, or all of them without one; those of other
    messages are passed over."""
    stream = state.stream
    if stream is None:
        return None
    text = "".join(piece.text for piece in pieces if piece.message == stream.message)
    if before is None or before.message != stream.message:
        return OpenReply(stream.message, text)
    return OpenReply(stream.message, before.text + text) if text else before


def evolve(state: Conversation, event: Event) -> Conversation:
    """The state after `event`. A new run begins idle; who runs its turns is no fact of the log. Raises `CorruptLog`
    for an event that cannot follow."""
    counters, control, run = state.counters, state.control, state.run
    if event.seq != counters.seq + 1:
        raise CorruptLog(f"a log has no gaps: {event.seq} follows {counters.seq}")
    asked, answered, streak, amended = counters.asked, counters.answered, counters.streak, counters.amended
    unanswered, away_at, last, card = counters.unanswered_since, counters.away_at, state.last, state.card
    contact, lineage = state.contact, state.lineage
    body = event.body
    match body:
        case Message():  # first, as most are: each pattern that is passed over costs time
            last = Last.of(event.author, body)
            match event.author:
                case Agent():
                    answered, streak, unanswered = event.seq, 0, 0
                case Bot():
                    streak += 1  # what it answers, its run says at its end
                    unanswered = unanswered if body.interrupted else 0
                case System():
                    away_at = event.at if body.reason == AWAY else away_at  # it answers nothing
                case _:
                    asked, streak, unanswered = event.seq, 0, unanswered or event.at
        case Opened():
            control = replace(control, held_since=event.at)
            card = Card(queue=QueueId(body.queue)) if body.queue else card
            contact, lineage = body.contact, begun(event, body)
        case Edited() | Deleted():
            amended += 1
            if last.message == body.message:
                last = replace(last, text=beginning(body.text, LAST_BYTES) if isinstance(body, Edited) else "")
        case ControlChanged():
            control = _moved(state, event, body)
            answered = max(answered, body.answered)
            streak = 0 if isinstance(event.author, Agent | Contact) else streak
            unanswered = unanswered if body.is_open else 0
            card = replace(card, queue=body.queue) if body.queue else card
            run = Run(turn=_IDLE, answered=answered) if isinstance(body.holder, Bot) else None
            if body.move is Move.CLOSE:
                card = card.closed_for(ReasonId(body.reason if body.reason_name else ""))
        case QueueSet() | StatusSet() | TagsSet() | FieldsSet():
            card = card.after(body)
        case Rated(score=score):
            card = replace(card, rating=score)
        case Identified():
            contact, lineage = body.contact, lineage.identified(body.identity, body.contact)
        case Continued(to=to):
            lineage = replace(lineage, next=to)
        case ContinuedFrom(unanswered=True):
            unanswered = unanswered or event.at
        case Blocked() | Unblocked():
            control = replace(control, blocked_until=body.ends)
        case _:
            pass  # it takes a number, and changes nothing else
    return Conversation(
        organisation=state.organisation, id=state.id, contact=contact, channel=state.channel, control=control,
        counters=Counters(
            version=counters.version, seq=event.seq, pub=max(counters.pub, event.pub), asked=asked, answered=answered,
            streak=streak, last_at=event.at, unanswered_since=unanswered, away_at=away_at, amended=amended,
        ),
        run=run, last=last, card=card, lineage=lineage, format=state.format,
    )  # fmt: skip


def streamed(state: Conversation, pieces: Sequence[Piece]) -> Conversation | None:
    """The state after a commit of nothing but the next `pieces` of the open reply; None if they are not those."""
    run, stream = state.run, state.stream
    if run is None or stream is None:
        return None
    count, size = stream.pieces, stream.size
    for piece in pieces:
        count += 1
        size += len(piece.text.encode())
        if (piece.message, piece.n) != (stream.message, count):
            return None
    turn = replace(run.turn, stream=Stream(message=stream.message, pieces=count, size=size))
    return replace(state.next(), run=replace(run, turn=turn))


def _moved(state: Conversation, event: Event, change: ControlChanged) -> Control:
    if event.epoch != state.epoch + 1:
        raise CorruptLog(f"a move adds one to the epoch: {event.epoch} follows {state.epoch}")
    waits_on = state.place is Place.NOBODY and place_of(change.holder, change.is_open) is Place.NOBODY
    return Control(
        epoch=event.epoch,
        holder=change.holder,
        is_open=change.is_open,
        held_since=state.held_since if waits_on else event.at,
        wants_person=change.move is Move.ASK and isinstance(event.author, Contact),
        blocked_until=state.control.blocked_until,
    )
