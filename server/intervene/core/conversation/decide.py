"""What may happen: `decide(state, command, moment)`, one function per command. No await, clock, randomness or I/O.

Whatever ends a turn or changes the holder first ends the open stream: `_Draft.end_stream`, called from
`_Draft.change_holder` and `_Draft.set_turn` and nowhere else.
"""

from typing import Any, assert_never

from msgspec import Struct
from msgspec.structs import replace

from intervene.core.actors import Actor, Agent, Bot, Contact, Holder, Nobody, Role, System
from intervene.core.control import Move, Party, Place, check_move, party_of, place_of
from intervene.core.conversation.commands import (
    AddNote,
    AddPiece,
    AgentSay,
    Answered,
    Ask,
    AskForPerson,
    BotSay,
    Close,
    Command,
    ContactSay,
    Control,
    EndTurn,
    Finish,
    FinishMessage,
    FireTimer,
    GiveBackTurn,
    HandBack,
    Intervene,
    Open,
    Release,
    Reopen,
    TakeUpTurn,
    Wait,
)
from intervene.core.conversation.state import Cause, Conversation, Idle, Owed, Run, Running, Stream, Turn, evolve
from intervene.core.errors import NotFound, NotHolder, OutOfOrder, Stale, StaleView, Taken, TooLong
from intervene.core.events import (
    Body,
    ControlChanged,
    Event,
    Message,
    MessageStarted,
    Note,
    Opened,
    Piece,
    is_public,
)  # fmt: skip
from intervene.core.ids import CommandId, EventId, MessageId, NodeId, OrganisationId
from intervene.core.limits import BOT_STREAK, REPLY_BYTES, TURN_LOSSES, TURN_RESTARTS, WAIT_SECONDS

NO_COMMAND = CommandId("")


class Moment(Struct, frozen=True, kw_only=True, gc=False):
    """What `decide` would otherwise have to ask the world for.

    `now`: milliseconds since 1970. `nonce`: random, used once; makes the ids of one command's events. `node`: who
    claims turns that fall due, or None when this node takes none. `inbound`: the bot that conversations start with.
    """

    now: int
    nonce: str
    node: NodeId | None
    inbound: Bot | None


class Change(Struct, frozen=True, gc=False):
    """What a command did: the state after it, and the facts in the order in which they are shown. The very state
    that came in, unchanged, says that nothing had to be done."""

    state: Conversation
    facts: tuple[Event | Piece, ...] = ()


def decide(state: Conversation, command: Command, moment: Moment) -> Change:
    """The change that `command` makes, or raise a `Refusal`.

    `state.version` is the number that the commit under way will have; `state.written` is the open stream's text.
    """
    draft = _Draft(state, moment)
    match command:
        case ContactSay():
            _contact_say(draft, command)
        case AskForPerson():
            _ask_for_person(draft, command)
        case AgentSay():
            _agent_say(draft, command)
        case AddNote():
            draft.log(Note(message=command.message, text=command.text), command.author, command.id)
        case Intervene() | HandBack() | Release() | Close() | Reopen():
            _agent_moves(draft, command)
        case BotSay():
            _bot_say(draft, command)
        case AddPiece():
            _add_piece(draft, command)
        case FinishMessage():
            _finish_message(draft, command)
        case EndTurn():
            _end_turn(draft, command)
        case TakeUpTurn():
            _take_up_turn(draft, command)
        case GiveBackTurn():
            _give_back_turn(draft, command)
        case FireTimer():
            _fire_timer(draft, command)
        case _:
            assert_never(command)
    return draft.change()


def open_conversation(command: Open, organisation: OrganisationId, moment: Moment) -> Change:
    """A conversation's first commit: it exists, and the inbound rule has spoken."""
    empty = Conversation(
        organisation=organisation, id=command.conversation, contact=command.contact, channel=command.channel, version=1
    )
    draft = _Draft(empty, moment)
    draft.log(Opened(contact=command.contact, channel=command.channel), command.contact)
    if command.bot:
        draft.change_holder(Move.START, command.bot, System())
    return draft.change()


# -- people ----------------------------------------------------------------------------------------------------------


def _contact_say(draft: "_Draft", command: ContactSay) -> None:
    _check_contact(draft.state, command.author)
    if not draft.state.is_open:
        draft.change_holder(Move.REOPEN, draft.moment.inbound or Nobody(), command.author)
    draft.log(Message(message=command.message, text=command.text), command.author, command.id)
    run = draft.state.run
    if run is None:
        return
    match run.turn:
        case Idle():
            draft.want_turn(Cause.INPUT)
        case Owed(losses=losses):
            draft.want_turn(Cause.INPUT, losses)
        case Running(spoke=False, restarts=restarts, losses=losses, node=node, number=number) if (
            restarts < TURN_RESTARTS
        ):
            # Nothing was said yet, so the turn starts again and knows of this message too. One that was claimed in
            # this very commit has not begun.
            version = draft.state.version
            restarts += number < version
            draft.set_turn(Running(node=node, number=version, restarts=restarts, losses=losses))
        case Running():
            pass  # `_end_turn` will find it unanswered


def _ask_for_person(draft: "_Draft", command: AskForPerson) -> None:
    _check_contact(draft.state, command.author)
    match draft.state.place:
        case Place.NOBODY if draft.state.wants_person:
            pass  # once is enough: the event stands for all who look at the conversation
        case Place.BOT | Place.NOBODY:
            draft.change_holder(Move.ASK, Nobody(), command.author, command.id)
        case Place.CLOSED:
            draft.change_holder(Move.REOPEN, Nobody(), command.author, command.id)
        case Place.AGENT:
            pass  # a person is there


def _agent_say(draft: "_Draft", command: AgentSay) -> None:
    state = draft.state
    _check_epoch(state, command.author, command.epoch)
    if not _holds(state, command.author):
        _refuse_taken(state, command.author)
        raise NotHolder("You do not hold control. Intervene first.", holder=state.holder, epoch=state.epoch)
    _check_seen(state, command.seen)
    if state.asked > command.seen and not command.confirmed:
        raise StaleView("The customer wrote since. Read it, then send again or confirm.", asked=state.asked)
    draft.log(Message(message=command.message, text=command.text), command.author, command.id)


def _agent_moves(draft: "_Draft", command: Control) -> None:
    state, author = draft.state, command.author
    role = Role.AGENT
    to: Holder = Nobody()
    match command:
        case Intervene():
            if _holds(state, author):
                return  # the holder again: no change
            move, to, role = Move.INTERVENE, author, command.role
        case HandBack():
            move, to = Move.HAND_BACK, command.bot
        case Release():
            move = Move.RELEASE
        case Close():
            move, role = Move.CLOSE, command.role
        case Reopen():
            move, role = Move.REOPEN, command.role
        case _:
            assert_never(command)
    _check_epoch(state, author, command.epoch)
    if isinstance(command, Close) and state.is_open:
        _check_seen(state, command.seen)
        if state.asked > command.seen:
            raise StaleView("The customer wrote since. Read it, then close again.", asked=state.asked)
    draft.change_holder(move, to, author, command.id, role=role)


# -- bots ------------------------------------------------------------------------------------------------------------


def _bot_say(draft: "_Draft", command: BotSay) -> None:
    turn = _fenced(draft.state, command)
    if turn.stream:
        raise OutOfOrder("A streamed message is open. Finish it first.")
    draft.log(Message(message=command.message, text=command.text), command.author, command.id, turn.number)
    draft.mark_spoken()
    draft.stop_runaway()


def _add_piece(draft: "_Draft", command: AddPiece) -> None:
    _fenced(draft.state, command)
    draft.add_piece(command.message, command.n, command.text)


def _finish_message(draft: "_Draft", command: FinishMessage) -> None:
    _fenced(draft.state, command)
    if command.text:
        draft.add_piece(command.message, command.n, command.text)
    stream = draft.state.stream
    if stream is None or stream.message != command.message:
        raise OutOfOrder("This message is not being streamed.")
    draft.end_stream(interrupted=False, command=command.id)
    draft.stop_runaway()


def _end_turn(draft: "_Draft", command: EndTurn) -> None:
    _fenced(draft.state, command)
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


# -- upkeep ----------------------------------------------------------------------------------------------------------


def _take_up_turn(draft: "_Draft", command: TakeUpTurn) -> None:
    match draft.state.turn:
        case Owed() if draft.moment.node is None:
            return
        case Owed(cause=cause, losses=losses):
            pass
        case Running(node=node, cause=cause, losses=losses) if command.lost and node == command.lost:
            losses += 1
        case _:
            return  # somebody was quicker
    draft.want_turn(cause, losses)


def _give_back_turn(draft: "_Draft", command: GiveBackTurn) -> None:
    match draft.state.turn:
        case Running(number=number, cause=cause, losses=losses) if number == command.turn:
            draft.set_turn(Owed(cause=cause, losses=losses + 1))
        case _:
            pass


def _fire_timer(draft: "_Draft", command: FireTimer) -> None:
    run = draft.state.run
    if run and draft.state.epoch == command.epoch and 0 < run.due == command.due and isinstance(run.turn, Idle):
        draft.want_turn(Cause.TIMER)


# -- rules that several share ----------------------------------------------------------------------------------------


def _fenced(state: Conversation, command: BotSay | AddPiece | FinishMessage | EndTurn) -> Running:
    """The running turn, if it is the one that a bot's command was made in."""
    turn = state.turn
    if (
        state.epoch != command.epoch
        or not isinstance(turn, Running)
        or turn.number != command.turn
        or Party.BOT not in party_of(command.author, state.holder)
    ):
        raise Stale("This turn is over. Stop.", holder=state.holder, epoch=state.epoch)
    return turn


def _check_contact(state: Conversation, author: Contact) -> None:
    if state.contact.id != author.id:
        raise NotFound("There is no such conversation.")


def _check_epoch(state: Conversation, author: Agent, epoch: int) -> None:
    if state.epoch == epoch:
        return
    _refuse_taken(state, author)
    raise Stale(
        "Control changed since. Look who holds it now, then try once more.", holder=state.holder, epoch=state.epoch
    )


def _check_seen(state: Conversation, seen: int) -> None:
    """Nobody has seen what there is not: such a number would pass every later look at what the customer wrote."""
    if seen > state.seq:
        raise OutOfOrder(f"The last event of this conversation is number {state.seq}. Send what you have seen.")


def _holds(state: Conversation, author: Agent) -> bool:
    return isinstance(state.holder, Agent) and state.holder.id == author.id


def _refuse_taken(state: Conversation, author: Agent) -> None:
    holder = state.holder
    if isinstance(holder, Agent) and holder.id != author.id:
        raise Taken(f"{holder.name} holds control.", by=holder, at=state.held_since, epoch=state.epoch)


class _Draft:
    """A commit being put together: the state so far, and what will be written."""

    def __init__(self, state: Conversation, moment: Moment) -> None:
        self.state = state
        self.moment = moment
        self.now = max(moment.now, state.last_at)  # time never falls in a log
        self.facts: tuple[Event | Piece, ...] = ()

    def change(self) -> Change:
        return Change(self.state, self.facts)

    def log(self, body: Body, author: Actor, command: CommandId = NO_COMMAND, turn: int = 0) -> None:
        state = self.state
        event = Event(
            seq=state.seq + 1,
            pub=state.pub + 1 if is_public(body) else 0,
            id=EventId(f"{self.moment.nonce}{len(self.facts)}"),  # never `seq`, which a customer must not learn
            at=self.now,
            epoch=state.epoch + isinstance(body, ControlChanged),
            author=author,
            body=body,
            command=command,
            turn=turn,
        )
        self.facts += (event,)
        self.state = evolve(state, event)

    def change_holder(
        self, move: Move, holder: Holder, by: Actor, command: CommandId = NO_COMMAND, *, role: Role = Role.AGENT,
        reason: str = "",
    ) -> None:  # fmt: skip
        state = self.state
        is_open = move is not Move.CLOSE
        check_move(state.place, move, place_of(holder, is_open), party_of(by, state.holder, role))
        self.end_stream(interrupted=True)
        self.log(
            ControlChanged(
                move=move,
                holder=holder,
                is_open=is_open,
                reply_enabled=isinstance(holder, Agent),
                answered=state.run.answered if state.run else 0,
                reason=reason,
            ),
            by,
            command,
        )
        if isinstance(holder, Bot):
            self.want_turn(Cause.START)

    def end_stream(self, *, interrupted: bool, command: CommandId = NO_COMMAND) -> None:
        """Turn the open stream, if there is one, into its message, at its committed length."""
        turn = self.state.turn
        if not isinstance(turn, Running) or turn.stream is None:
            return
        assert isinstance(self.state.holder, Bot), "only a bot streams"
        message = Message(message=turn.stream.message, text=self.state.written, interrupted=interrupted)
        self.log(message, self.state.holder, command, turn.number)
        self.state = replace(self.state, written="")
        self._put_turn(replace(turn, stream=None, finished=turn.stream.message))

    def add_piece(self, message: MessageId, n: int, text: str) -> None:
        turn, bot = self.state.turn, self.state.holder
        assert isinstance(turn, Running), "the fence has found a running turn"
        assert isinstance(bot, Bot), "and its bot"
        if message == turn.finished:
            return  # it is there already, and all that followed
        stream = turn.stream or Stream(message=message, pieces=0, size=0)
        if stream.message != message:
            raise OutOfOrder("Another streamed message is open. Finish it first.")
        if 1 <= n <= stream.pieces:
            return  # it is there already
        if n != stream.pieces + 1:
            raise OutOfOrder(f"Piece {n} does not follow piece {stream.pieces}.")
        size = stream.size + len(text.encode())
        if size > REPLY_BYTES:
            raise TooLong(f"A reply has at most {REPLY_BYTES} bytes.")
        if turn.stream is None:
            self.log(MessageStarted(message=message), bot, NO_COMMAND, turn.number)
        self.facts += (Piece(message=message, n=n, text=text),)
        self.state = replace(self.state, written=self.state.written + text)
        self._put_turn(replace(turn, spoke=True, stream=Stream(message=message, pieces=n, size=size)))

    def mark_spoken(self) -> None:
        turn = self.state.turn
        if isinstance(turn, Running) and not turn.spoke:
            self._put_turn(replace(turn, spoke=True))

    def stop_runaway(self) -> None:
        if self.state.streak >= BOT_STREAK:
            self.change_holder(Move.ASK, Nobody(), System(), reason="runaway")

    def want_turn(self, cause: Cause, losses: int = 0) -> None:
        """A turn is due: claim it for this node, or owe it; or a person gets it, where bots get no further."""
        node = self.moment.node
        if losses > TURN_LOSSES:
            self.change_holder(Move.ASK, Nobody(), System(), reason="bot_lost")
        elif self.state.streak >= BOT_STREAK:
            self.change_holder(Move.ASK, Nobody(), System(), reason="runaway")  # never finishes what it streams
        elif node:
            self.set_turn(Running(node=node, number=self.state.version, cause=cause, losses=losses))
        else:
            self.set_turn(Owed(cause=cause, losses=losses))

    def set_turn(self, turn: Turn) -> None:
        """End the turn there is, with its stream, and go to `turn`. A turn that begins clears the timer."""
        self.end_stream(interrupted=True)
        self.set_run(turn=turn, due=0)

    def set_run(self, **fields: Any) -> None:
        self.state = replace(self.state, run=replace(self._run(), **fields))

    def _put_turn(self, turn: Running) -> None:
        self.set_run(turn=turn)

    def _run(self) -> Run:
        assert self.state.run is not None, "a bot holds control"
        return self.state.run
