"""Deciding a batch: what is committed, and which answers stand."""

import pytest
from msgspec.structs import replace

from intervene.core.actors import Agent, Contact
from intervene.core.conversation.assignment import Transfer
from intervene.core.conversation.commit import Context
from intervene.core.conversation.decide import Command
from intervene.core.conversation.moves import Intervene
from intervene.core.conversation.packing import pack
from intervene.core.conversation.speech import AddNote, AgentSay, ContactSay
from intervene.core.errors import IdReused, NotFound, NotHolder, Unavailable
from intervene.core.events import Event, Message, author_key
from intervene.core.ids import DEFAULT_QUEUE, AgentId, CommandId, ContactId, MessageId, NodeId, QueueId
from intervene.core.settings import Kind, QueueSettings, Row
from intervene.core.text import message_text
from intervene.engine.batch import Batch, decide_batch
from intervene.engine.queue import PendingCommand
from intervene.ports.log import CommandKey, Receipt
from tests.unit.core.cast import CLARA, as_staff, as_visitor
from tests.unit.core.play import Play
from tests.unit.core.test_policy import policy

ANNA, BEN = Agent(id=AgentId("anna"), name="Anna"), Agent(id=AgentId("ben"), name="Ben")
SALES = QueueId("sales")
OF_SALES = policy(Row(kind=Kind.QUEUE, id=SALES, values=QueueSettings(name="Sales")), sales={BEN.id})
"""Ben's queue."""
N1 = NodeId("n1")


@pytest.fixture
def play() -> Play:
    play = Play()
    play.customer.says("hi")
    return play


def note(id: str, text: str = "a note") -> AddNote:
    return AddNote(id=CommandId(id), by=as_staff(ANNA), message=MessageId(f"m-{id}"), text=message_text(text))


def say(id: str) -> AgentSay:
    """Refused while the bot holds control."""
    text = message_text("hello")
    return AgentSay(id=CommandId(id), by=as_staff(ANNA), message=MessageId(f"m-{id}"), text=text, epoch=1, seen=9)


def intervene(id: str) -> Intervene:
    return Intervene(id=CommandId(id), by=as_staff(ANNA), epoch=1)


def pending(*commands: Command) -> list[PendingCommand]:
    return [PendingCommand(command, 0.0) for command in commands]


def decided(play: Play, *commands: Command, known: dict[CommandKey, Event] | None = None) -> Batch:
    nonces = iter("abcdef")

    def make_context() -> Context:
        return Context(now=play.moment().now, nonce=next(nonces), node=N1, policy=play.policy)

    return decide_batch(play.state, None, pending(*commands), known or {}, node=N1, make_context=make_context)


def key(id: str) -> CommandKey:
    return CommandKey("agent:anna", CommandId(id))


def test_all_commands_share_one_commit_that_is_encoded(play: Play) -> None:
    """[P5] One version more, however many they are."""
    batch = decided(play, note("k1"), intervene("k2"))
    commit = batch.commit
    assert commit is not None
    assert (commit.expected, commit.version, batch.version) == (
        play.state.version, play.state.version + 1, play.state.version + 1
    )  # fmt: skip
    assert (commit.node, commit.row) == (N1, pack(commit.state, play.state))
    assert commit.commands == (key("k1"), key("k2"))
    assert [answer.seq for answer in batch.answers if isinstance(answer, Receipt)] == [
        event.seq for event, _ in commit.events if event.command
    ]
    assert all(data in commit.frames.staff for _, data in commit.events)
    assert all(batch.is_firm)


def test_a_refusal_beside_an_acceptance_is_not_firm(play: Play) -> None:
    """[P3] Its id may be in the log: the first answer stands then, whatever would be decided now."""
    batch = decided(play, say("k1"), note("k2"))
    assert isinstance(batch.answers[0], NotHolder)
    assert batch.is_firm == [False, True]
    assert batch.commit is not None
    assert batch.commit.commands == (key("k2"),)


def test_what_is_refused_alone_commits_nothing(play: Play) -> None:
    batch = decided(play, say("k1"))
    assert (batch.commit, batch.version) == (None, play.state.version)


def test_a_command_that_the_log_knows_gets_its_first_result(play: Play) -> None:
    """[P3] Nothing is decided again; another command with its id is refused."""
    first = decided(play, note("k1"))
    assert first.commit is not None
    [(event, _)] = first.commit.events
    again = decided(play, note("k1"), known={key("k1"): event})
    other = decided(play, note("k1", "another"), known={key("k1"): event})
    assert (again.commit, again.answers, again.is_firm) == (None, [Receipt.of(event)], [True])
    assert isinstance(other.answers[0], IdReused)


def test_a_stranger_with_a_known_id_finds_no_conversation(play: Play) -> None:
    """[P6] An agent of another organisation may have the id of one of this: what the log knows is not theirs to see."""
    first = decided(play, note("k1"))
    assert first.commit is not None
    [(event, _)] = first.commit.events
    stranger = replace(note("k1"), by=as_staff(ANNA, organisation="other"))
    batch = decided(play, stranger, known={key("k1"): event})
    assert isinstance(batch.answers[0], NotFound)
    assert (batch.commit, batch.is_firm) == (None, [True])


def test_who_lost_sight_by_what_they_did_gets_its_first_result(play: Play) -> None:
    """[P3, P6] Asked again, because the answer was lost on the way; another command with the id finds nothing. Alone,
    and in a batch that commits something else, where the id is looked up after the refusal."""
    play.policy = OF_SALES
    play.agent("Anna").intervenes()
    gives = Transfer(id=CommandId("k1"), by=as_staff(ANNA), queue=SALES, epoch=play.state.epoch)
    first = decided(play, gives)
    assert first.commit is not None
    event = first.commit.events[-1][0]
    play.state = first.commit.state
    other = replace(gives, queue=DEFAULT_QUEUE)
    known = {key("k1"): event}
    alone = [decided(play, command, known=known) for command in (gives, other)]
    assert alone[0].answers == [Receipt.of(event)]
    assert isinstance(alone[1].answers[0], NotFound)
    for command, again in ((gives, Receipt), (other, NotFound)):
        commands = (command, replace(note("k2"), by=as_staff(BEN)))
        batch = decided(play, *commands)
        assert batch.is_firm == [False, True]
        assert isinstance(batch.answers_with(pending(*commands), known)[0], again)


def test_answers_that_are_not_firm_are_those_of_the_log_or_unknown(play: Play) -> None:
    """[P3]"""
    logged = decided(play, note("k1")).commit
    assert logged is not None
    [(event, _)] = logged.events
    commands = (say("k0"), say("k1"), note("k2"))
    batch = decided(play, *commands)
    problem = Unavailable("The log is away.")
    assert batch.answers_with(pending(*commands), problem) == [problem, problem, batch.answers[2]]
    found = batch.answers_with(pending(*commands), {key("k1"): event})
    assert found[0] is batch.answers[0]
    assert isinstance(found[1], IdReused), "the log has a note under this id"
    assert found[2] is batch.answers[2]


# -- who has signed in -------------------------------------------------------------------------------------------------


def test_what_a_visitor_gave_is_known_of_the_user_and_what_is_not_the_same_is_new(play: Play) -> None:
    """[P5] [R191]"""
    given = next(event for event in play.log if event.command)
    assert isinstance(given.body, Message)
    visitor = as_visitor(CLARA)
    maria = Contact(id=ContactId("u-1"), name="Clara")
    user = replace(visitor, contact=maria, former=CLARA.id, identity=play.state.identity)
    former = CommandKey(author_key(CLARA), given.command)
    say = ContactSay(id=given.command, by=user, message=MessageId("m9"), text=message_text(given.body.text))
    again = decided(play, say, known={former: given})
    assert (again.commit, again.answers) == (None, [Receipt.of(given)])
    new = decided(play, replace(say, text=message_text("another")), known={former: given})
    assert new.commit is not None
    assert new.commit.commands == (CommandKey(author_key(maria), given.command),)
    first = decided(play, say)
    assert first.commit is not None
    assert first.commit.commands == (CommandKey(author_key(maria), given.command), former)
