"""How a conversation begins, the fence, and what holds for every command. Moves, speech, turns and streams have
files of their own. After every commit `promises` is asked too."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from intervene.core.actors import Bot, Contact, Nobody, System
from intervene.core.control import Move
from intervene.core.conversation.decide import decide
from intervene.core.conversation.speech import ContactSay
from intervene.core.conversation.state import Cause, Owed, Running
from intervene.core.conversation.turns import BotSay
from intervene.core.errors import NotFound, Stale, Taken
from intervene.core.events import Event, Note, Opened
from intervene.core.ids import BotId, CommandId, ContactId, MessageId
from intervene.core.text import message_text
from tests.unit.core.cast import CLARA, ECHO, N1, N2, NOON, as_visitor
from tests.unit.core.play import Customer, Person, Play, kind

Act = Callable[[], object]

OTHER = Bot(id=BotId("other"), name="Other")


# -- how it begins -----------------------------------------------------------------------------------------------------


def test_a_conversation_opens_with_the_inbound_bot_and_its_first_turn() -> None:
    play = Play()
    assert play.kinds == "opened control"
    assert (play.last_change.move, play.log[1].author, play.holder) == (Move.START, System(), "Echo")
    assert play.state.turn == Running(node=N1, number=1, cause=Cause.START)
    assert (play.state.version, play.state.epoch) == (1, 1)


def test_a_conversation_without_an_inbound_bot_opens_in_the_queue() -> None:
    play = Play(inbound=None)
    assert play.kinds == "opened"
    assert (play.state.holder, play.state.epoch, play.state.run) == (Nobody(), 0, None)
    assert play.state.held_since == play.log[0].at, "the customer waits from the beginning"
    play.customer.says("hi")
    assert (play.state.holder, play.state.asked) == (Nobody(), 2)


def test_a_conversation_opened_where_no_turns_are_taken_owes_its_first_one() -> None:
    """[P5]"""
    assert Play(node=None).state.turn == Owed(cause=Cause.START)


# -- the fence ---------------------------------------------------------------------------------------------------------


def everything_a_bot_can_do(play: Play) -> dict[str, Act]:
    """What the bot of the present turn can do, to be done later. It has a stream open."""
    bot = play.bot
    bot.streams("Hel")
    return {
        "say": lambda: bot.says("late"),
        "add the next piece": lambda: bot.adds(2, "lo"),
        "add the same piece again": lambda: bot.adds(1, "Hel"),
        "begin a message": lambda: bot.adds(1, "late", message="m-late"),
        "finish its message": lambda: bot.finishes("lo"),
        "end its turn": bot.is_done,
        "wait": lambda: bot.waits(1),
        "ask for a person": bot.asks_for_a_person,
        "finish": bot.is_finished,
        "close": lambda: bot.is_finished(close=True),
    }


def is_fenced(play: Play, act: Act) -> bool:
    before, facts = play.state, list(play.facts)
    with pytest.raises(Stale) as stale:
        act()
    assert stale.value.facts == {"holder": before.holder, "epoch": before.epoch}
    return play.state is before and play.facts == facts


def test_nothing_that_a_bot_does_is_committed_after_an_agent_intervened(play: Play, anna: Person) -> None:
    """[P1] The fence by epoch."""
    acts = everything_a_bot_can_do(play)
    anna.intervenes()
    for name, act in acts.items():
        assert is_fenced(play, act), name


def test_nothing_of_a_former_run_is_committed_in_the_run_after_it(play: Play, anna: Person) -> None:
    """[P1] The same bot holds control again, in a new epoch."""
    acts = everything_a_bot_can_do(play)
    anna.intervenes()
    anna.hands_back()
    for name, act in acts.items():
        assert is_fenced(play, act), name


def test_nothing_of_a_former_turn_is_committed_after_another_replaced_it(play: Play) -> None:
    """[P1] The fence by turn: node n1 was only frozen."""
    acts = everything_a_bot_can_do(play)
    play.node = N2
    play.upkeep.takes_up(lost=N1)
    for name, act in acts.items():
        assert is_fenced(play, act), name
    play.bot.says("hello from n2")


def test_nothing_of_a_turn_that_ended_is_committed(play: Play) -> None:
    """[P1]"""
    acts = everything_a_bot_can_do(play)
    play.bot.is_done()
    for name, act in acts.items():
        assert is_fenced(play, act), name


def test_nothing_of_a_run_whose_turn_has_the_same_number_is_committed(play: Play, anna: Person) -> None:
    """[P1] Two runs that begin in one commit have turns of one number; the epoch tells them apart."""
    anna.intervenes()
    with play.one_commit():
        anna.hands_back()
        first = play.latest
        anna.intervenes()
        anna.hands_back()
    assert isinstance(first.turn, Running)
    assert first.turn.number == play.turn.number
    say = BotSay(
        id=CommandId("k"),
        author=ECHO,
        epoch=first.epoch,
        turn=first.turn.number,
        message=MessageId("m"),
        text=message_text("late"),
    )
    assert is_fenced(play, lambda: play.submit(say))


def test_a_bot_cannot_speak_in_the_turn_of_another(play: Play) -> None:
    """[P1]"""
    bot = play.bot
    bot.who = OTHER
    for act in (lambda: bot.says("hi"), lambda: bot.streams("hi"), lambda: bot.finishes("hi"), bot.is_done):
        assert is_fenced(play, act)


def test_nothing_that_an_agent_says_in_a_former_epoch_is_committed(play: Play, anna: Person, ben: Person) -> None:
    """[P1] Yesterday's sentence from an outbox: Anna holds control again, but in another epoch."""
    anna.intervenes()
    written_in = play.state.epoch
    anna.releases()
    anna.intervenes()
    for confirmed in (False, True):
        with pytest.raises(Stale) as stale:
            anna.says("late", epoch=written_in, confirmed=confirmed)
        assert stale.value.facts == {"holder": anna.who, "epoch": play.state.epoch}
    anna.says("now")


@pytest.mark.parametrize("late", [-1, 1])
def test_no_move_of_another_epoch_is_made(play: Play, late: int) -> None:
    """[P1] [P3] Also not of one that an optimistic desk foretold."""
    sara = play.supervisor("Sara")
    sara.intervenes()
    epoch = play.state.epoch + late
    ben = play.agent("Ben")
    moves: list[Act] = [
        lambda: sara.hands_back(epoch=epoch),
        lambda: sara.releases(epoch=epoch),
        lambda: sara.closes(epoch=epoch),
        lambda: sara.reopens(epoch=epoch),
    ]
    for move in moves:
        with pytest.raises(Stale):
            move()
    with pytest.raises(Taken):
        ben.intervenes(epoch=epoch)
    sara.closes()
    with pytest.raises(Stale):
        sara.reopens(epoch=play.state.epoch + late)


def test_a_note_is_not_fenced(play: Play, anna: Person, ben: Person) -> None:
    """[P1] What belongs to a person and not to control goes on, also when the conversation is closed."""
    anna.intervenes()
    ben.notes("psst")
    anna.closes()
    ben.notes("well done")
    assert [event.body.text for event in play.log if isinstance(event.body, Note)] == ["psst", "well done"]


# -- what holds for all ------------------------------------------------------------------------------------------------


def test_a_stranger_finds_no_conversation(play: Play) -> None:
    """[P6]"""
    stranger = Customer(play, Contact(id=ContactId("mallory"), name="Clara"))
    with pytest.raises(NotFound):
        stranger.says("hi")
    with pytest.raises(NotFound):
        stranger.asks_for_a_person()


def test_a_customer_is_known_by_their_id_and_not_by_their_name(play: Play) -> None:
    Customer(play, Contact(id=CLARA.id, name="Clara Berg")).says("hi")
    assert play.messages == ["Clara Berg: hi"]


def test_time_never_falls(play: Play, anna: Person) -> None:
    """Also when a node's clock does."""
    play.passes(seconds=10)
    play.customer.says("hi")
    play.passes(seconds=-60)
    anna.intervenes()
    assert [event.at for event in play.log] == [NOON, NOON, NOON + 10_000, NOON + 10_000]
    assert play.state.held_since == NOON + 10_000
    anna.hands_back()
    play.bot.waits(5)
    assert play.run.due == NOON + 15_000


def test_public_numbers_count_only_what_a_customer_may_see(play: Play, anna: Person) -> None:
    """[P6]"""
    anna.notes("one")
    play.customer.says("hi")
    anna.notes("two")
    anna.notes("three")
    play.bot.streams("hello")
    play.bot.finishes()
    anna.intervenes()
    numbers = {(kind(event), event.pub) for event in play.log}
    assert numbers == {
        ("opened", 0), ("note", 0), ("control", 1), ("message", 2), ("message_started", 3), ("message", 4),
        ("control", 5),
    }  # fmt: skip
    assert play.state.pub == 5


def test_the_id_of_an_event_does_not_tell_how_many_came_before_it(play: Play) -> None:
    """[P6] Customers get ids: from them nobody counts the agents' notes."""
    say = ContactSay(id=CommandId("k"), by=as_visitor(CLARA), message=MessageId("m"), text=message_text("hi"))
    moment = play.moment()
    before = decide(play.state, say, moment).facts[0]
    noted = replace(play.state, counters=replace(play.state.counters, seq=play.state.seq + 7))
    after_notes = decide(noted, say, moment).facts[0]
    assert isinstance(before, Event)
    assert isinstance(after_notes, Event)
    assert (after_notes.seq, after_notes.id) == (before.seq + 7, before.id)


def test_an_event_says_who_made_it_in_which_epoch_and_by_which_command(play: Play, anna: Person) -> None:
    """[P5] A repeated command finds its first result by author and id."""
    anna.intervenes()
    for facts, author in (
        (play.customer.says("hi"), CLARA),
        (anna.says("hello"), anna.who),
        (anna.notes("hm"), anna.who),
    ):
        event = facts[0]
        assert isinstance(event, Event)
        assert (event.author, event.epoch, event.turn) == (author, 2, 0)
        assert event.command
    for move in (anna.hands_back, anna.intervenes, anna.releases, anna.intervenes, anna.closes, anna.reopens):
        event = move()[-1]
        assert isinstance(event, Event)
        assert event.command, move
    event = play.log[0]
    assert event.body == Opened(contact=CLARA, channel="webchat")
