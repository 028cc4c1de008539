"""A small language of actors over the pure core: what tests say in sentences, without an engine, a log or a clock.

    play = Play.opened()
    play.customer.says("hi")
    play.bot.streams("Hel")
    anna = play.agent("Anna")
    anna.intervenes()

A commit is made as the engine makes it: its version is one more, several commands may share it, and what an actor says
is decided on the state so far. After every commit `promises.check` looks for a broken promise.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from intervene.core.actors import Agent, Bot, Contact, Holder, Role
from intervene.core.control import Move
from intervene.core.conversation.assignment import Assign, Transfer
from intervene.core.conversation.bot_desk import BotSetAttributes
from intervene.core.conversation.commit import Change, Context
from intervene.core.conversation.decide import Command, Owner, decide, open_conversation
from intervene.core.conversation.lapses import Lapse, Why
from intervene.core.conversation.moves import AskForPerson, Close, HandBack, Intervene, Open, Release, Reopen, SendBot
from intervene.core.conversation.packing import FORMAT
from intervene.core.conversation.speech import AddNote, AgentSay, ContactSay
from intervene.core.conversation.state import Conversation, OpenReply, Run, Running
from intervene.core.conversation.turns import (
    AddPiece,
    Answered,
    Ask,
    BotSay,
    EndTurn,
    Finish,
    FinishMessage,
    FireTimer,
    GiveBackTurn,
    Outcome,
    TakeUpTurn,
    Wait,
)  # fmt: skip
from intervene.core.events import ControlChanged, Event, Message, Piece
from intervene.core.ids import WEBCHAT, Address, AgentId, CommandId, ConversationId, MessageId, NodeId
from intervene.core.policy import Policy
from intervene.core.text import message_text, piece_text
from tests.unit.core import promises
from tests.unit.core.cast import ACME, CLARA, ECHO, N1, NOON, as_staff, as_visitor

Facts = tuple[Event | Piece, ...]

Act = Callable[["Play"], object]
"""Something that happens in a play."""


class Commit(NamedTuple):
    before: Conversation | None
    after: Conversation
    facts: Facts
    reply: OpenReply | None


class Play:
    """One conversation and everybody in it. `node` claims the turns that fall due; None takes none. `format`: in which
    rows are written."""

    def __init__(
        self, *, inbound: Bot | None = ECHO, node: NodeId | None = N1, policy: Policy | None = None, now: int = NOON,
        format: int = FORMAT,
    ) -> None:  # fmt: skip
        self.now = now
        self.node = node
        self.format = format
        self.policy = policy or Policy(bot=inbound)
        self.facts: list[Event | Piece] = []
        self.ports: dict[tuple[int, int], Port] = {}
        """Every turn that a node could have begun to run, by epoch and number."""
        self.commits: list[Commit] = []
        self.record = promises.Record()
        self._made = 0
        self._under_way: Change | None = None
        self.customer = Customer(self, CLARA)
        self.upkeep = Upkeep(self)

        command = Open(conversation=ConversationId("c1"), contact=CLARA, address=Address(WEBCHAT, CLARA.id))
        change = open_conversation(command, ACME, Owner.of(command.address), self.moment())
        self._committed(None, change)

    # -- actors --------------------------------------------------------------------------------------------------------

    def agent(self, name: str, *, role: Role = Role.AGENT) -> "Person":
        return Person(self, Agent(id=AgentId(name.lower()), name=name), role)

    def supervisor(self, name: str) -> "Person":
        return self.agent(name, role=Role.SUPERVISOR)

    @property
    def bot(self) -> "Port":
        """The bot in the turn that runs now. Kept in a variable it stays that turn's, whatever happens."""
        return self.ports[self.state.epoch, self.turn.number]

    # -- the door ------------------------------------------------------------------------------------------------------

    def submit(self, command: Command) -> Facts:
        """Decide the command in the commit under way or, if there is none, in one of its own. Raises refusals."""
        if self._under_way is not None:
            so_far = self._under_way
            change = decide(so_far.state, command, self.moment(), so_far.reply)
            self._under_way = Change(change.state, so_far.facts + change.facts, change.reply)
            return change.facts
        with self.one_commit():
            return self.submit(command)

    @contextmanager
    def one_commit(self) -> Iterator[None]:
        """What is said in this block shares one commit. A refusal that leaves the block does not undo the others."""
        self.begins_a_commit()
        try:
            yield
        finally:
            self.commits_it()

    def begins_a_commit(self) -> None:
        assert self._under_way is None, "one append of a conversation is under way"
        self._under_way = self._begun = Change(self.state.next(), (), self.reply)

    def commits_it(self) -> None:
        change, self._under_way = self._under_way, None
        if change is None or change.state is self._begun.state:
            assert change is None or not change.facts, "facts without a change"
            return
        self._committed(self.state, change)

    @property
    def is_under_way(self) -> bool:
        return self._under_way is not None

    @property
    def latest(self) -> Conversation:
        """The state that the next command is decided on."""
        return self.state if self._under_way is None else self._under_way.state

    def _committed(self, before: Conversation | None, change: Change) -> None:
        self.state, self.reply = state, reply = change.state, change.reply
        self.facts += change.facts
        self.commits.append(Commit(before, state, change.facts, reply))
        if isinstance(state.turn, Running):
            self.ports.setdefault((state.epoch, state.turn.number), Port(self, state, state.turn.number))
        self.record.check(self.facts, state, reply)

    def moment(self) -> Context:
        self._made += 1
        nonce = f"{self._made * 2654435761 % 2**32:08x}"
        named = promises.as_read([*self.facts, *(self._under_way.facts if self._under_way else ())])
        return Context(now=self.now, nonce=nonce, node=self.node, policy=self.policy, format=self.format, named=named)

    def new_id(self, kind: str) -> str:
        self._made += 1
        return f"{kind}{self._made}"

    # -- what can be looked at -----------------------------------------------------------------------------------------

    @property
    def log(self) -> list[Event]:
        return [fact for fact in self.facts if isinstance(fact, Event)]

    @property
    def written(self) -> str:
        """The text of the open reply."""
        return self.reply.text if self.reply else ""

    @property
    def pieces(self) -> list[Piece]:
        return [fact for fact in self.facts if isinstance(fact, Piece)]

    @property
    def kinds(self) -> str:
        """The log as one line: "opened control message"."""
        return " ".join(kind(fact) for fact in self.log)

    @property
    def messages(self) -> list[str]:
        """What was said: "Clara: hi", "Echo: Hel..." for an interrupted one."""
        return [
            f"{event.author.name}: {event.body.text}{'...' if event.body.interrupted else ''}"
            for event in self.log
            if isinstance(event.body, Message) and isinstance(event.author, Bot | Agent | Contact)
        ]

    @property
    def holder(self) -> str:
        """The holder's name, "" for nobody."""
        return getattr(self.state.holder, "name", "")

    @property
    def run(self) -> Run:
        assert self.state.run is not None, "a bot holds control"
        return self.state.run

    @property
    def turn(self) -> Running:
        turn = self.state.turn
        assert isinstance(turn, Running), f"no turn runs: {turn}"
        return turn

    def changed(self, move: Move, holder: Holder, *, is_open: bool = True, reason: str = "") -> bool:
        """Whether this was the last change of control."""
        change = self.last_change
        return (change.move, change.holder, change.is_open, change.reason) == (move, holder, is_open, reason)

    @property
    def last_change(self) -> ControlChanged:
        return [event.body for event in self.log if isinstance(event.body, ControlChanged)][-1]

    def passes(self, *, seconds: float) -> None:
        self.now += int(1000 * seconds)


class Customer:
    def __init__(self, play: Play, who: Contact) -> None:
        self.play = play
        self.who = who
        self.by = as_visitor(who)

    def says(self, text: str) -> Facts:
        message = MessageId(self.play.new_id("m"))
        return self.play.submit(
            ContactSay(id=_command(self.play), by=self.by, message=message, text=message_text(text))
        )

    def asks_for_a_person(self) -> Facts:
        return self.play.submit(AskForPerson(id=_command(self.play), by=self.by))


class Person:
    """An agent. Unless said otherwise they know the present epoch and have seen everything."""

    def __init__(self, play: Play, who: Agent, role: Role) -> None:
        self.play = play
        self.who = who
        self.by = as_staff(who, role)

    def _seen(self, seen: int | None) -> int:
        return self.play.latest.seq if seen is None else seen

    def says(self, text: str, *, seen: int | None = None, confirmed: bool = False, **late: int) -> Facts:
        given: dict[str, Any] = {"message": self.play.new_id("m"), "text": message_text(text), "seen": self._seen(seen)}
        return self.sets(AgentSay, confirmed=confirmed, **given, **late)

    def notes(self, text: str) -> Facts:
        message = MessageId(self.play.new_id("m"))
        return self.play.submit(AddNote(id=_command(self.play), by=self.by, message=message, text=message_text(text)))

    def intervenes(self, **late: int) -> Facts:
        return self.sets(Intervene, **late)

    def hands_back(self, bot: Bot = ECHO, *, reason: str = "", **late: int) -> Facts:
        return self.sets(HandBack, bot=bot.id, reason=reason, **late)

    def sends_a_bot(self, bot: Bot = ECHO, *, reason: str = "", **late: int) -> Facts:
        return self.sets(SendBot, bot=bot.id, reason=reason, **late)

    def assigns(self, *people: "Person", to: str = "", **late: int) -> Facts:
        """`people`: whom the directory has found. The first of them is meant, if not said otherwise."""
        return self.sets(Assign, agent=to or people[0].who.id, people=tuple(person.by for person in people), **late)

    def transfers(self, queue: str, **late: int) -> Facts:
        return self.sets(Transfer, queue=queue, **late)

    def releases(self, **late: int) -> Facts:
        return self.sets(Release, **late)

    def closes(self, *, seen: int | None = None, **late: int) -> Facts:
        return self.sets(Close, seen=self._seen(seen), **late)

    def sets(self, kind: Callable[..., Command], *, epoch: int | None = None, **given: Any) -> Facts:
        """What they do in an epoch."""
        epoch = self.play.latest.epoch if epoch is None else epoch
        return self.play.submit(kind(id=_command(self.play), by=self.by, epoch=epoch, **given))

    def reopens(self, **late: int) -> Facts:
        return self.sets(Reopen, **late)


class Port:
    """A bot in one turn: all that it does carries that turn's epoch and number. `told` is the number of the last event
    that the turn knew of when it began."""

    def __init__(self, play: Play, state: Conversation, number: int) -> None:
        assert isinstance(state.holder, Bot)
        self.play = play
        self.who = state.holder
        self.epoch = state.epoch
        self.number = number
        self.told = state.seq
        self.message = MessageId("")
        self.n = 0
        self.finished = MessageId("")

    def says(self, text: str) -> Facts:
        play = self.play
        return play.submit(
            BotSay(
                id=_command(play), author=self.who, epoch=self.epoch, turn=self.number,
                message=MessageId(play.new_id("m")), text=message_text(text),
            )
        )  # fmt: skip

    def says_of_the_contact(self, **values: str) -> Facts:
        command = BotSetAttributes(author=self.who, epoch=self.epoch, turn=self.number, values=values)
        return self.play.submit(command)

    def adds(self, n: int, text: str, *, message: str = "") -> Facts:
        """A piece by its number, to this turn's open message if not said otherwise."""
        return self.play.submit(
            AddPiece(
                author=self.who, epoch=self.epoch, turn=self.number, message=MessageId(message) or self.message, n=n,
                text=piece_text(text),
            )
        )  # fmt: skip

    def streams(self, *pieces: str) -> None:
        """Begin or go on with a reply."""
        for text in pieces:
            if not self.message:
                self.message = MessageId(self.play.new_id("m"))
            self.adds(self.n + 1, text)
            self.n += 1

    def finishes(self, text: str = "") -> Facts:
        """The end of the open reply."""
        play = self.play
        self.message = self.message or MessageId(play.new_id("m"))
        facts = play.submit(
            FinishMessage(
                id=_command(play), author=self.who, epoch=self.epoch, turn=self.number, message=self.message,
                n=self.n + 1, text=piece_text(text),
            )
        )  # fmt: skip
        self.finished, self.message, self.n = self.message, MessageId(""), 0
        return facts

    def ends(self, outcome: Outcome, *, answered: int | None = None, cursor: str | None = None) -> Facts:
        kept = None if cursor is None else piece_text(cursor)
        return self.play.submit(
            EndTurn(
                author=self.who, epoch=self.epoch, turn=self.number, cursor=kept, outcome=outcome,
                answered=self.told if answered is None else answered,
            )
        )  # fmt: skip

    def is_done(self) -> Facts:
        return self.ends(Answered())

    def waits(self, seconds: float, *, cursor: str | None = None) -> Facts:
        return self.ends(Wait(seconds=seconds), cursor=cursor)

    def asks_for_a_person(self, reason: str = "") -> Facts:
        return self.ends(Ask(reason=reason))

    def is_finished(self, *, close: bool = False) -> Facts:
        return self.ends(Finish(close=close))


class Upkeep:
    """What nodes do about turns and timers."""

    def __init__(self, play: Play) -> None:
        self.play = play

    def takes_up(self, *, lost: str = "") -> Facts:
        return self.play.submit(TakeUpTurn(lost=lost))

    def gives_back(self, turn: int) -> Facts:
        return self.play.submit(GiveBackTurn(turn=turn))

    def fires(self, *, epoch: int, due: int) -> Facts:
        return self.play.submit(FireTimer(epoch=epoch, due=due))

    def finds_a_lapse(self, why: Why = Why.ABSENT) -> Lapse:
        """By which the conversation is to come back from the agent who holds it now."""
        state = self.play.latest
        assert isinstance(state.holder, Agent), "only an agent's control lapses"
        return Lapse(epoch=state.epoch, holder=state.holder.id, asked=state.asked, why=why, at=self.play.now)

    def lapses(self, why: Why = Why.ABSENT) -> Facts:
        return self.play.submit(self.finds_a_lapse(why))


def kinds(facts: Sequence[Event | Piece]) -> list[str]:
    return [kind(fact) if isinstance(fact, Event) else "piece" for fact in facts]


def kind(event: Event) -> str:
    tag = event.body.__struct_config__.tag
    assert isinstance(tag, str)
    return tag


def _command(play: Play) -> CommandId:
    return CommandId(play.new_id("k"))
