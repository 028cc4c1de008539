"""A bot's turns: what it says in one, how one ends, and what housekeeping does about them. Commands and their rules.

Texts come through the gate, `core.text`: it is called before a command is built.
"""

from typing import assert_never

from msgspec import Struct
from msgspec.structs import force_setattr

from intervene.core.actors import Bot, Nobody
from intervene.core.control import Move
from intervene.core.conversation.commit import Draft
from intervene.core.conversation.fence import CLAIM, TIMER, TURN, none
from intervene.core.conversation.repeats import Effect
from intervene.core.conversation.rule import BOT, SYSTEM, Rule, Rules
from intervene.core.conversation.state import Cause, Conversation, Idle, Owed, Running
from intervene.core.errors import OutOfOrder
from intervene.core.events import Message
from intervene.core.ids import CommandId, MessageId
from intervene.core.limits import REASON_CHARS, WAIT_SECONDS
from intervene.core.text import Text, name_text


class BotSay(Struct, frozen=True, kw_only=True, gc=False):
    id: CommandId
    author: Bot
    epoch: int
    turn: int
    message: MessageId
    text: Text


class AddPiece(Struct, frozen=True, kw_only=True, gc=False):
    """Part `n` of a streamed message; the first one starts it. Adding it twice changes nothing."""

    author: Bot
    epoch: int
    turn: int
    message: MessageId
    n: int
    text: Text


class FinishMessage(Struct, frozen=True, kw_only=True, gc=False):
    """End a streamed message, with `text` (it may be empty) as its last piece, number `n`."""

    id: CommandId
    author: Bot
    epoch: int
    turn: int
    message: MessageId
    n: int
    text: Text


class Answered(Struct, frozen=True, tag="answered", gc=False):
    """The turn ends. The bot gets the next one when the customer writes."""


class Wait(Struct, frozen=True, tag="wait", gc=False):
    """The turn ends. The bot gets another after `seconds` (at most 30 days), or when the customer writes before that.
    The timer ends with the run."""

    seconds: float


class Ask(Struct, frozen=True, tag="ask", gc=False):
    """The turn ends and so does the run: the conversation waits for a person. `reason` is a label for staff, which
    customers do not see: one line of at most 200 characters, cut there; control characters are removed."""

    reason: str = ""

    def __post_init__(self) -> None:
        force_setattr(self, "reason", name_text(self.reason, REASON_CHARS))


class Finish(Struct, frozen=True, tag="finish", gc=False):
    """The bot is done: the turn ends and so does the run. With `close` the conversation is closed, without it waits for
    a person. If the customer has written meanwhile, the bot gets another turn instead."""

    close: bool = False


Outcome = Answered | Wait | Ask | Finish
"""How a turn ends: what a bot returns."""


class EndTurn(Struct, frozen=True, kw_only=True, gc=False):
    """`answered` is the number of the last event the turn had been given."""

    author: Bot
    epoch: int
    turn: int
    answered: int
    outcome: Outcome
    cursor: Text | None = None


class TakeUpTurn(Struct, frozen=True, kw_only=True, gc=False):
    """Claim a turn that is owed, or that `lost` (a node that is gone) was running."""

    lost: str = ""


class GiveBackTurn(Struct, frozen=True, kw_only=True, gc=False):
    """The claim `turn` of this node is not being run: make it owed."""

    turn: int


class FireTimer(Struct, frozen=True, kw_only=True, gc=False):
    epoch: int
    due: int


class RaiseFormat(Struct, frozen=True, gc=False):
    """The row is of a former format: write it in the one in which rows are written now. `folded`: the state that its
    log gives, which has what the former format does not keep."""

    folded: Conversation


def bot_say(draft: Draft, command: BotSay) -> None:
    if draft.state.stream:
        raise OutOfOrder("A streamed message is open. Finish it first.")
    draft.log(Message(message=command.message, text=command.text), command.author, command.id, command.turn)
    draft.mark_spoken()
    draft.stop_runaway()


def add_piece(draft: Draft, command: AddPiece) -> None:
    draft.add_piece(command.message, command.n, command.text)


def finish_message(draft: Draft, command: FinishMessage) -> None:
    if command.text:
        draft.add_piece(command.message, command.n, command.text)
    stream = draft.state.stream
    if stream is None or stream.message != command.message:
        raise OutOfOrder("This message is not being streamed.")
    draft.end_stream(interrupted=False, command=command.id)
    draft.stop_runaway()


def end_turn(draft: Draft, command: EndTurn) -> None:
    run = draft.state.run
    assert run is not None, "the fence has found a running turn"
    answered = max(run.answered, min(command.answered, draft.state.seq))
    unseen = draft.state.asked > answered
    draft.set_turn(Idle())
    draft.set_run(
        answered=answered, ended=command.turn, cursor=run.cursor if command.cursor is None else command.cursor
    )
    match command.outcome:
        case Ask(reason=reason):
            draft.change_holder(Move.ASK, Nobody(), command.author, reason=reason)
        case _ if unseen:
            draft.want_turn(Cause.INPUT)  # whatever the bot wanted, the customer has said more since
        case Answered():
            pass
        case Wait(seconds=seconds):
            due = draft.now + int(1000 * min(max(0.0, seconds), WAIT_SECONDS))  # in this order NaN is 0
            draft.set_run(due=due)
        case Finish(close=close):
            draft.change_holder(Move.CLOSE if close else Move.FINISH, Nobody(), command.author)
        case _:
            assert_never(command.outcome)


def take_up_turn(draft: Draft, command: TakeUpTurn) -> None:
    match draft.state.turn:
        case Owed() if draft.context.node is None:
            return
        case Owed(cause=cause, losses=losses):
            pass
        case Running(node=node, cause=cause, losses=losses) if command.lost and node == command.lost:
            losses += 1
        case _:
            return  # somebody was quicker
    draft.want_turn(cause, losses)


def give_back_turn(draft: Draft, _command: GiveBackTurn) -> None:
    turn = draft.state.turn
    assert isinstance(turn, Running), "the fence has found the claim"
    draft.set_turn(Owed(cause=turn.cause, losses=turn.losses + 1))


def fire_timer(draft: Draft, _command: FireTimer) -> None:
    if isinstance(draft.state.turn, Idle):
        draft.want_turn(Cause.TIMER)


def raise_format(draft: Draft, command: RaiseFormat) -> None:
    draft.raise_format(command.folded)


Command = BotSay | AddPiece | FinishMessage | EndTurn | TakeUpTurn | GiveBackTurn | FireTimer | RaiseFormat

RULES: Rules = {
    BotSay: Rule(bot_say, BOT, TURN, Effect(Message, ("text",))),
    AddPiece: Rule(add_piece, BOT, TURN),
    FinishMessage: Rule(finish_message, BOT, TURN, Effect(Message, ("message",))),
    EndTurn: Rule(end_turn, BOT, TURN),
    TakeUpTurn: Rule(take_up_turn, SYSTEM, none("it claims the turn that the row has: owed, or of a dead node")),
    GiveBackTurn: Rule(give_back_turn, SYSTEM, CLAIM),
    FireTimer: Rule(fire_timer, SYSTEM, TIMER),
    RaiseFormat: Rule(raise_format, SYSTEM, none("it changes how the row is stored, and nothing that the log says")),
}
