"""P1, P2, P3 and P5 over a log, read plainly: nothing here asks the code under test what is right, but for the fold."""

from collections import defaultdict
from collections.abc import Sequence

from msgspec.structs import replace

from intervene.core.actors import Agent, Bot, Contact, Holder, Nobody, System
from intervene.core.amendments import amend
from intervene.core.control import Move
from intervene.core.conversation.state import Conversation, OpenReply, Running, evolve
from intervene.core.events import (
    AttributesKept,
    ControlChanged,
    Deleted,
    Edited,
    Event,
    Message,
    MessageStarted,
    Note,
    Piece,
    QueueSet,
    StatusSet,
    TagsSet,
    author_key,
)
from intervene.core.ids import MessageId


def as_read(facts: Sequence[Event | Piece]) -> dict[int, Event]:
    """By their numbers, the events as whoever reads the log now gets them."""
    events = {fact.seq: fact for fact in facts if isinstance(fact, Event)}
    amend(events, facts)
    return events


class Record:
    """Walks a log as it grows; `check` reads what is new and compares with the state after it."""

    def __init__(self) -> None:
        self.facts = 0
        self.seq = self.pub = self.epoch = self.at = self.version = 0
        self.holder: Holder = Nobody()
        self.is_open = True
        self.wants_person = False
        self.ids: set[str] = set()
        self.commands: set[tuple[str, str]] = set()
        self.turn = 0
        """The highest turn of this epoch that was heard of."""
        self.begun: list[MessageId] = []
        self.open: MessageId | None = None
        self.text: dict[MessageId, list[str]] = defaultdict(list)
        self.streak = 0
        """Messages of bots since a person wrote or moved control."""
        self.folded: Conversation | None = None

    def check(self, facts: Sequence[Event | Piece], state: Conversation, reply: OpenReply | None) -> None:
        for fact in facts[self.facts :]:
            if isinstance(fact, Piece):
                self._piece(fact)
            else:
                self._event(fact, state)
        self.facts = len(facts)
        self._state(state, reply)

    def _piece(self, piece: Piece) -> None:
        assert piece.message == self.open, f"[P1] piece {piece.n} of a message that is not open"
        self.text[piece.message].append(piece.text)
        assert piece.n == len(self.text[piece.message]), "[P5] pieces count from 1 without a gap"

    def _event(self, event: Event, state: Conversation) -> None:
        assert event.seq == self.seq + 1, "[P5] numbers have no gap"
        self.seq = event.seq
        assert event.at >= self.at, "time falls"
        self.at = event.at
        if isinstance(event.body, MessageStarted | Message | Edited | Deleted | ControlChanged):
            assert event.pub == self.pub + 1, "[P5] public numbers have no gap"
            self.pub = event.pub
        else:
            assert event.pub == 0, "[P6] a private event took a public number"
        assert event.id not in self.ids, "an event's id is its own"
        self.ids.add(event.id)
        if isinstance(event.author, Agent | Contact) and not isinstance(event.body, Note):
            self.streak = 0
        elif isinstance(event.body, Message):
            self.streak += 1
        if event.command:
            command = author_key(event.author), event.command
            assert command not in self.commands, "[P5] a command was done twice"
            self.commands.add(command)
        match event.body:
            case ControlChanged(holder=holder, is_open=is_open, reply_enabled=reply_enabled):
                assert event.epoch == self.epoch + 1, "[P3] epochs of control events are 1, 2, 3 ..."
                assert self.open is None, "[P2] control changed over an open stream"
                asks = event.body.move is Move.ASK and isinstance(event.author, Contact)
                changes = (holder, is_open) != (self.holder, self.is_open)
                assert changes or (asks > self.wants_person), "[P3] a change that changes nothing"
                self.wants_person = asks
                assert reply_enabled == isinstance(holder, Agent)
                assert is_open or isinstance(holder, Nobody)
                self.epoch, self.holder, self.is_open, self.turn = event.epoch, holder, is_open, 0
            case body:
                assert event.epoch == self.epoch, f"[P1] {body} of epoch {event.epoch} in epoch {self.epoch}"
                self._speaker(event)
        self._fold(event, state)

    def _speaker(self, event: Event) -> None:
        body = event.body
        match event.author:
            case Bot() as bot:
                assert self.holder == bot, f"[P1] {bot.name} spoke while {self.holder} held control"
                assert event.turn >= self.turn > -1, "[P1] an earlier turn spoke after a later one"
                assert event.turn, "[P1] a bot speaks in a turn"
                self.turn = event.turn
                assert isinstance(body, Message | MessageStarted | QueueSet | StatusSet | TagsSet | AttributesKept)
            case Agent() as agent if isinstance(body, Message | Edited | Deleted):
                assert self.holder == agent, f"[P1] {agent.name} spoke while {self.holder} held control"
            case Contact() if isinstance(body, Message):
                assert self.is_open, "[P5] a customer's message in a closed conversation"
            case System():
                assert self.is_open, "[P5] the product speaks in a closed conversation"
                assert isinstance(body, Message), "it does not stream"
                assert body.reason, "it says why it speaks"
            case _:
                pass
        match body:
            case MessageStarted(message=message):
                assert self.open is None, "[P2] one stream at a time"
                assert message not in self.begun, "[P2] a message begins once"
                self.begun.append(message)
                self.open = message
            case Message(message=message, text=text, interrupted=interrupted):
                if message == self.open:
                    assert text == "".join(self.text[message]), "[P2] a message is the join of its pieces"
                    assert interrupted != bool(event.command), "[P2] interrupted is what its author did not finish"
                    self.open = None
                else:
                    assert message not in self.begun, "[P2] a message comes once"
                    assert self.open is None or not isinstance(event.author, Bot), "[P2] a message inside a stream"
                    assert not interrupted
                    self.begun.append(message)
            case _:
                pass

    def _fold(self, event: Event, state: Conversation) -> None:
        if self.folded is None:
            self.folded = Conversation(
                organisation=state.organisation, id=state.id, contact=state.contact, channel=state.channel
            )
        self.folded = evolve(self.folded, event)

    def _state(self, state: Conversation, reply: OpenReply | None) -> None:
        assert self.folded is not None
        assert bare(self.folded) == bare(state), "[P5] the state is the fold of its log"
        assert (state.seq, state.pub, state.epoch) == (self.seq, self.pub, self.epoch)
        assert (state.holder, state.is_open) == (self.holder, self.is_open), "[P3] one holder, the one that was told"
        assert state.version > self.version, "[P5] a commit has the next version"
        self.version = state.version
        assert (state.run is not None) == isinstance(state.holder, Bot), "a run exists exactly while a bot holds"
        stream = state.stream
        assert (stream.message if stream else None) == self.open, "[P2] the open stream is the one in the log"
        if stream:
            pieces = self.text[stream.message]
            assert reply == OpenReply(stream.message, "".join(pieces)), "[P2] a reply is the join of its pieces"
            assert (stream.pieces, stream.size) == (len(pieces), len(reply.text.encode()))
        else:
            assert reply is None, "text without a stream"
        if isinstance(state.turn, Running):
            assert 0 < state.turn.number <= state.version, "a turn's number is the version of its claim"
            assert state.turn.number >= self.turn, "[P1] a turn that is older than one that spoke"
        if state.run and state.asked > state.run.answered:
            assert state.runner, "[P5] a customer's message that nobody answers"
        if state.run and state.run.due:
            assert not state.runner, "a timer waits only while nothing runs"


def bare(state: Conversation) -> Conversation:
    """What is a fold of the log: without the run of its turns, the count of commits and the format of the row."""
    return replace(state, run=None, counters=replace(state.counters, version=0), format=0)
