"""What a conversation is at one moment, and how a fact of its log changes it (`evolve`).

The state without `run` and `written` is a fold of the log: `verify` folds it again. What may happen next is said in
`decide.py`.
"""

from enum import StrEnum
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from intervene.core.actors import Agent, Bot, Contact, Holder, Nobody
from intervene.core.control import Move, Place, place_of
from intervene.core.events import ControlChanged, Event, Message, MessageStarted, Note, Opened, Piece
from intervene.core.ids import ConversationId, Key, MessageId, NodeId, OrganisationId


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


class Conversation(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One row. `version` counts commits; inside `decide` it is already the number of the commit under way."""

    organisation: OrganisationId
    id: ConversationId
    contact: Contact
    channel: str
    version: int = 0
    seq: int = 0
    pub: int = 0
    epoch: int = 0
    holder: Holder = Nobody()
    is_open: bool = True
    held_since: int = 0
    """When the holder changed last, or the conversation began; 0 where a release before this wrote its beginning."""
    wants_person: bool = False
    """The customer asked for a person, and nobody took control since."""
    asked: int = 0
    """`seq` of the customer's last message."""
    answered: int = 0
    """Up to where the customer's messages were dealt with by former holders; a run counts on by itself."""
    streak: int = 0
    """Messages of bots since a person wrote or moved control."""
    last_at: int = 0
    run: Run | None = None
    """There is one exactly while a bot holds control."""
    written: str = ""
    """The committed text of the open stream: the join of its pieces. Kept in their rows, never packed."""

    @property
    def key(self) -> Key:
        return Key(self.organisation, self.id)

    @property
    def place(self) -> Place:
        return place_of(self.holder, self.is_open)

    @property
    def reply_enabled(self) -> bool:
        return isinstance(self.holder, Agent)

    @property
    def turn(self) -> Turn:
        return self.run.turn if self.run else _IDLE

    @property
    def stream(self) -> Stream | None:
        turn = self.turn
        return turn.stream if isinstance(turn, Running) else None

    @property
    def runner(self) -> str:
        """Who runs the turn, as the row's column says it: "" nobody needed, "owed", or a node."""
        match self.turn:
            case Idle():
                return ""
            case Owed():
                return "owed"
            case Running(node=node):
                return node


_IDLE = Idle()


def evolve(state: Conversation, event: Event) -> Conversation:
    """The state after `event`. A new run begins idle; who runs its turns is no fact of the log."""
    assert event.seq == state.seq + 1, "a log has no holes"
    state = replace(state, seq=event.seq, pub=max(state.pub, event.pub), last_at=event.at)
    body = event.body
    match body:
        case Opened():
            return replace(state, held_since=event.at)
        case MessageStarted():
            return state
        case Message():
            match event.author:
                case Bot():
                    return replace(state, streak=state.streak + 1)  # what it answers, its run says at its end
                case Agent():
                    return replace(state, answered=event.seq, streak=0)
                case _:
                    return replace(state, asked=event.seq, streak=0)
        case Note():
            return state
        case ControlChanged():
            assert event.epoch == state.epoch + 1, "a move adds one to the epoch"
            waits_on = state.place is Place.NOBODY and place_of(body.holder, body.is_open) is Place.NOBODY
            answered = max(state.answered, body.answered)
            streak = 0 if isinstance(event.author, Agent | Contact) else state.streak
            run = Run(turn=_IDLE, answered=answered) if isinstance(body.holder, Bot) else None
            return replace(
                state, epoch=event.epoch, holder=body.holder, is_open=body.is_open,
                held_since=state.held_since if waits_on else event.at,
                wants_person=body.move is Move.ASK and isinstance(event.author, Contact),
                answered=answered, streak=streak, run=run, written="",
            )  # fmt: skip
        case _:
            assert_never(body)


def written_after(before: Conversation, after: Conversation, pieces: tuple[Piece, ...]) -> str:
    """The open stream's text in `after`, which a commit with `pieces` made from `before`.

    Needed where a state travels without its text: between nodes.
    """
    stream = after.stream
    if stream is None:
        return ""
    mine = "".join(piece.text for piece in pieces if piece.message == stream.message)
    old = before.stream
    return before.written + mine if old is not None and old.message == stream.message else mine
