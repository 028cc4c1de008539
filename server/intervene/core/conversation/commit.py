"""A commit being put together: the state so far, and what will be written. The rules of all topics use it.

Whatever ends a turn or changes the holder first ends the open stream: `Draft.end_stream`, called from
`Draft.change_holder` and `Draft.set_turn` and nowhere else.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from intervene.core.actors import Actor, Agent, Bot, Holder, Nobody, Role, System
from intervene.core.blocks import FOR_GOOD
from intervene.core.control import Move, Place, check_move, party_of, place_of
from intervene.core.conversation.card import Card, encode_card
from intervene.core.conversation.packing import FORMAT, INBOX_FORMAT
from intervene.core.conversation.state import Cause, Conversation, OpenReply, Owed, Run, Running, Stream, Turn, evolve
from intervene.core.errors import BadText, Blocked, Busy, Continued, OutOfOrder, Over, TooLong
from intervene.core.events import AWAY, Body, ControlChanged, Event, Message, MessageStarted, Piece, QueueSet
from intervene.core.ids import CommandId, ConversationId, EventId, MessageId, NodeId, QueueId
from intervene.core.limits import BOT_STREAK, CARD_BYTES, REPLY_BYTES, TURN_LOSSES
from intervene.core.policy import Policy

NO_COMMAND = CommandId("")


class Context(Struct, frozen=True, kw_only=True, gc=False):
    """What `decide` would otherwise have to ask the world for.

    `now`: milliseconds since 1970. `nonce`: random, used once; makes the ids of one command's events. `node`: who
    claims turns that fall due, or None when this node takes none. `policy`: the settings of the organisation. `format`:
    in which rows are written now. `latest`: the latest conversation of the identity, where its row is locked, else "".
    `blocked_until`: likewise, when the last block of its addresses ends, else 0.
    """

    now: int
    nonce: str
    node: NodeId | None
    policy: Policy
    format: int = FORMAT
    named: Mapping[int, Event] = msgspec.field(default_factory=dict)
    """The events that commands name by number, as they are read now."""
    latest: ConversationId = ConversationId("")
    blocked_until: int = 0


class Change(Struct, frozen=True, gc=False):
    """What a command did: the state after it, and the facts in the order in which they are shown. The very state
    that came in, unchanged, says that nothing had to be done."""

    state: Conversation
    facts: tuple[Event | Piece, ...] = ()
    reply: OpenReply | None = None
    """The open reply of `state`."""


class Draft:
    """A commit being put together: the state so far, and what will be written."""

    def __init__(self, state: Conversation, context: Context, reply: OpenReply | None = None) -> None:
        self.state = state
        self.reply = reply
        self.context = context
        now, last = context.now, state.counters.last_at
        self.now = now if now > last else last  # time never falls in a log
        self.facts: tuple[Event | Piece, ...] = ()

    def change(self) -> Change:
        return Change(self.state, self.facts, self.reply)

    def raise_format(self, folded: Conversation) -> None:
        """To the newest that all nodes read. What former formats do not keep is taken from `folded`, the fold of the
        log; if the log has grown since, nothing changes."""
        state = self.state
        if state.format < self.context.format and state.seq == folded.seq:
            counters = replace(state.counters, unanswered_since=folded.counters.unanswered_since)
            self.state = replace(
                state, counters=counters, last=folded.last, card=folded.card, lineage=folded.lineage,
                format=self.context.format,
            )  # fmt: skip

    def log(self, body: Body, author: Actor, command: CommandId = NO_COMMAND, turn: int = 0) -> None:
        state, counters = self.state, self.state.counters
        event = Event(
            seq=counters.seq + 1,
            pub=counters.pub + 1 if body.is_public else 0,
            id=EventId(f"{self.context.nonce}{len(self.facts)}"),  # never `seq`, which a customer must not learn
            at=self.now,
            epoch=state.control.epoch + body.is_move,
            author=author,
            body=body,
            command=command,
            turn=turn,
        )
        self.facts += (event,)
        self.state = evolve(state, event)

    def check_format(self) -> None:
        """Raise `Busy` while the row does not keep what the inbox shows."""
        if self.state.format < INBOX_FORMAT:
            raise Busy("Not all servers can keep this yet. Try again in a minute.", retry_after=60.0)

    def check_card(self, card: Card) -> None:
        """Raise `BadText` for one that is too large for its column."""
        if (size := len(encode_card(card))) > CARD_BYTES:
            raise BadText(f"Tags and fields would take {size} bytes together; at most {CARD_BYTES} are kept.")

    def check_move(self, move: Move, to: Place, by: Actor, role: Role) -> None:
        """That the table has it. Raises `IllegalMove` and `Forbidden`."""
        state = self.state
        check_move(state.place, move, to, party_of(by, state.holder, role))

    def change_holder(
        self, move: Move, holder: Holder, by: Actor, command: CommandId = NO_COMMAND, *, role: Role = Role.AGENT,
        reason: str = "", reason_name: str = "", queue: QueueSet | None = None,
    ) -> None:  # fmt: skip
        """`queue`: the one that it is moved to."""
        state = self.state
        is_open = move not in (Move.CLOSE, Move.CONTINUE)
        if is_open and not state.is_open:
            check_latest(state, self.context.latest)
            check_blocked(self.blocked_until, self.now)
        self.check_move(move, place_of(holder, is_open), by, role)
        self.end_stream(interrupted=True)
        self.log(
            ControlChanged(
                move=move,
                holder=holder,
                is_open=is_open,
                reply_enabled=isinstance(holder, Agent),
                answered=state.run.answered if state.run else 0,
                reason=reason,
                reason_name=reason_name,
                queue=queue.queue if queue else QueueId(""),
                queue_name=queue.name if queue else "",
            ),
            by,
            command,
        )
        if isinstance(holder, Bot):
            self.want_turn(Cause.START)
        elif move in (Move.ASK, Move.FINISH) or self.state.counters.unanswered_since:
            self.say_away()

    @property
    def blocked_until(self) -> int:
        """Until then nothing opens it; 0, or over: nothing is in the way."""
        return max(self.state.control.blocked_until, self.context.blocked_until)

    def say(self, text: str, reason: str) -> None:
        """A message of the product's own. A node of a former release takes it for a customer's: while there is one,
        nothing is said."""
        if self.state.format >= INBOX_FORMAT:
            message = MessageId(f"{self.context.nonce}{len(self.facts)}m")
            self.log(Message(message=message, text=text, reason=reason), System())

    def say_away(self) -> None:
        """If the customer waits for a person outside hours, say so: once, and once more when hours have come and gone
        since."""
        state, policy = self.state, self.context.policy
        queue, told = policy.queue(state.card.queue), state.counters.away_at
        if (
            queue.away_message
            and state.place is Place.NOBODY
            and not policy.open_now(queue.id, self.now, state.channel)
            and (told < state.held_since or policy.has_opened(queue.id, told, self.now, state.channel))
        ):
            self.say(queue.away_message, AWAY)

    def end_stream(self, *, interrupted: bool, command: CommandId = NO_COMMAND) -> None:
        """Turn the open stream, if there is one, into its message, at its committed length."""
        turn = self.state.turn
        if not isinstance(turn, Running) or turn.stream is None:
            return
        assert isinstance(self.state.holder, Bot), "only a bot streams"
        assert self.reply is not None, "a stream has pieces"
        message = Message(message=turn.stream.message, text=self.reply.text, interrupted=interrupted)
        self.log(message, self.state.holder, command, turn.number)
        self.reply = None
        self._put_turn(replace(turn, stream=None, finished=turn.stream.message))

    def add_piece(self, message: MessageId, n: int, text: str) -> None:
        state = self.state
        run, bot = state.run, state.control.holder
        assert run is not None, "a bot holds control"
        turn = run.turn
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
        size = stream.size + (len(text) if text.isascii() else len(text.encode()))
        if size > REPLY_BYTES:
            raise TooLong(f"A reply has at most {REPLY_BYTES} bytes.")
        if turn.stream is None:
            self.log(MessageStarted(message=message), bot, NO_COMMAND, turn.number)
        self.facts += (Piece(message=message, n=n, text=text),)
        self.reply = OpenReply(message, self.reply.text + text if self.reply else text)
        turn = replace(turn, spoke=True, stream=Stream(message=message, pieces=n, size=size))
        self.state = replace(self.state, run=replace(run, turn=turn))

    def mark_spoken(self) -> None:
        turn = self.state.turn
        if isinstance(turn, Running) and not turn.spoke:
            self._put_turn(replace(turn, spoke=True))

    def stop_runaway(self) -> None:
        if self.state.streak >= BOT_STREAK:
            self.change_holder(Move.ASK, Nobody(), System(), reason="runaway")

    def want_turn(self, cause: Cause, losses: int = 0) -> None:
        """A turn is due: claim it for this node, or owe it; or a person gets it, where bots get no further."""
        node = self.context.node
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
        self.state = replace(self.state, run=replace(self._run(), turn=turn))

    def _run(self) -> Run:
        assert self.state.run is not None, "a bot holds control"
        return self.state.run


def check_blocked(until: int, now: int) -> None:
    if until > now:
        raise Blocked("This address is blocked.", until=0 if until == FOR_GOOD else until)


def check_latest(state: Conversation, latest: ConversationId) -> None:
    """Raise `Continued` if the identity has a later conversation: at most one of them is open."""
    to = latest if latest != state.id else ""
    if to := to or state.lineage.next:
        raise Continued("This conversation goes on in another one.", to=to)


def is_over(state: Conversation, now: int, policy: Policy) -> bool:
    """Whether it closed too long ago for a customer's message to reopen it."""
    limit = policy.reopens_for(state.channel)
    return not state.is_open and limit > 0 and now - (state.held_since or state.last_at) > limit


def check_not_over(draft: Draft) -> None:
    """For a customer. Raises `Continued` before `Over`."""
    check_latest(draft.state, draft.context.latest)
    if is_over(draft.state, draft.now, draft.context.policy):
        raise Over("This conversation closed too long ago. Open the next one.")
