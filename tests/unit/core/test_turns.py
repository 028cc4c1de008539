"""The rules of turns, timers and upkeep, each as a sentence. After every commit `promises` is asked too."""

import pytest

from intervene.core.actors import Nobody, System
from intervene.core.control import Move
from intervene.core.conversation.state import Cause, Idle, Owed, Run, Running
from intervene.core.conversation.turns import Answered
from intervene.core.errors import Stale
from intervene.core.limits import TURN_LOSSES, TURN_RESTARTS, WAIT_SECONDS
from tests.unit.core.cast import N1, N2, NOON
from tests.unit.core.play import Person, Play, kinds

DONE = Answered()


# -- turns -------------------------------------------------------------------------------------------------------------


def test_a_customer_s_message_claims_a_turn_in_its_own_commit(play: Play) -> None:
    """[P5]"""
    play.bot.is_done()
    play.customer.says("hi")
    assert play.state.turn == Running(node=N1, number=play.state.version)
    assert play.state.runner == N1


def test_a_customer_s_message_owes_a_turn_where_none_are_taken(play: Play) -> None:
    """[P5]"""
    play.bot.is_done()
    play.node = None
    play.customer.says("hi")
    assert (play.state.turn, play.state.runner) == (Owed(), "owed")
    play.customer.says("hello?")
    assert play.state.runner == "owed"
    play.node = N2
    play.customer.says("anybody?")
    assert play.turn == Running(node=N2, number=play.state.version)


def test_input_restarts_a_silent_turn_so_often_and_then_waits(play: Play) -> None:
    """[P1] [P5] [P7] Each restart is another turn, on the node that runs it; who types for ever is answered yet."""
    play.node = N2
    for restart in range(1, TURN_RESTARTS + 1):
        silent = play.bot
        play.customer.says("and")
        assert play.turn == Running(node=N1, number=play.state.version, restarts=restart)
        with pytest.raises(Stale):
            silent.says("late")
    last = play.bot
    play.customer.says("and another thing")
    assert play.bot is last
    last.is_done()
    assert play.turn == Running(node=N2, number=play.state.version)
    assert play.run.answered < play.state.asked


def test_a_burst_of_messages_in_one_commit_is_one_turn(play: Play) -> None:
    """[P5] The turn has not begun and knows of them all: that is no restart."""
    play.bot.is_done()
    with play.one_commit():
        for word in ("I", "type", "like", "this", "!"):
            play.customer.says(word)
    assert play.state.turn == Running(node=N1, number=play.state.version)
    play.customer.says("sorry")
    assert play.turn.restarts == 1


@pytest.mark.parametrize("how", ["say", "stream", "finished stream"])
def test_input_after_the_turn_s_first_words_waits_for_the_next_turn(play: Play, how: str) -> None:
    """[P5]"""
    bot = play.bot
    if how == "say":
        bot.says("hello")
    else:
        bot.streams("hello")
    if how == "finished stream":
        bot.finishes()
    play.customer.says("hi")
    assert play.bot is bot
    bot.is_done()
    assert play.turn.number == play.state.version
    assert play.bot is not bot
    play.bot.is_done()
    assert play.state.turn == Idle()


@pytest.mark.parametrize("outcome", ["is_done", "waits", "is_finished", "closes"])
def test_a_turn_that_ends_with_unseen_input_has_another_after_it(play: Play, outcome: str) -> None:
    """[P5] Whatever the bot wanted."""
    bot = play.bot
    bot.says("hello")
    play.customer.says("hi")
    seq = play.state.seq
    match outcome:
        case "is_done":
            bot.is_done()
        case "waits":
            bot.waits(60)
        case "is_finished":
            bot.is_finished()
        case _:
            bot.is_finished(close=True)
    assert play.turn == Running(node=N1, number=play.state.version)
    assert (play.state.seq, play.run.due) == (seq, 0)


def test_a_turn_that_ends_with_unseen_input_where_none_are_taken_owes_another(play: Play) -> None:
    """[P5]"""
    bot = play.bot
    bot.says("hello")
    play.customer.says("hi")
    play.node = None
    bot.is_done()
    assert play.state.turn == Owed()


def test_a_turn_that_answered_everything_leaves_nothing_to_run(play: Play) -> None:
    play.customer.says("hi")
    facts = play.bot.ends(DONE, cursor="step 2")
    assert facts == ()
    assert play.run == Run(turn=Idle(), answered=play.state.seq, ended=2, cursor="step 2")
    assert play.state.runner == ""


def test_a_turn_that_keeps_no_cursor_leaves_the_one_before(play: Play) -> None:
    play.bot.ends(DONE, cursor="step 2")
    play.customer.says("hi")
    play.bot.ends(DONE)
    assert play.run.cursor == "step 2"
    play.customer.says("hi")
    play.bot.ends(DONE, cursor="")
    assert play.run.cursor == ""


def test_what_a_turn_answered_never_falls(play: Play) -> None:
    play.customer.says("hi")
    play.bot.is_done()
    answered = play.run.answered
    play.customer.says("hi")
    play.bot.ends(DONE, answered=0)
    assert play.run.answered == answered
    assert isinstance(play.state.turn, Running), "and so the message is still to be answered"


def test_a_turn_cannot_have_answered_what_is_not_written_yet(play: Play) -> None:
    """[P5] Or the customer's next messages would never be found unanswered."""
    play.bot.ends(DONE, answered=10**9)
    play.customer.says("hi")
    bot = play.bot
    bot.says("hello")
    play.customer.says("my question")
    bot.is_done()
    assert isinstance(play.state.turn, Running)


def test_a_turn_that_ends_in_the_middle_of_a_reply_leaves_it_interrupted(play: Play) -> None:
    """[P2]"""
    play.bot.streams("Hel")
    play.bot.is_done()
    assert play.messages == ["Echo: Hel..."]


# -- timers ------------------------------------------------------------------------------------------------------------


def test_a_bot_waits_and_its_timer_fires_once(play: Play) -> None:
    play.bot.waits(1.5)
    due = play.run.due
    assert (due, play.state.turn) == (NOON + 1500, Idle())
    play.passes(seconds=1.5)
    play.upkeep.fires(epoch=1, due=due)
    assert play.turn == Running(node=N1, number=play.state.version, cause=Cause.TIMER)
    assert play.run.due == 0
    before = play.state
    play.upkeep.fires(epoch=1, due=due)
    assert play.state is before
    play.bot.is_done()
    before = play.state
    play.upkeep.fires(epoch=1, due=due)
    assert play.state is before


def test_a_timer_fires_only_for_its_epoch(play: Play, anna: Person) -> None:
    """[P1] Also when the new run waits for the same moment."""
    play.bot.waits(60)
    due = play.run.due
    anna.intervenes()
    play.upkeep.fires(epoch=1, due=due)
    assert play.holder == "Anna"
    anna.hands_back()
    play.bot.waits(60)
    assert play.run.due == due
    before = play.state
    play.upkeep.fires(epoch=1, due=due)
    assert play.state is before


def test_only_the_timer_that_was_set_last_fires(play: Play) -> None:
    play.bot.waits(60)
    first = play.run.due
    play.customer.says("hi")
    play.bot.waits(120)
    before = play.state
    for due in (first, first + 1, 0):
        play.upkeep.fires(epoch=1, due=due)
    assert play.state is before


def test_a_timer_that_was_never_set_does_not_fire(play: Play) -> None:
    play.bot.is_done()
    before = play.state
    play.upkeep.fires(epoch=1, due=0)
    assert play.state is before


def test_a_customer_s_message_clears_the_timer(play: Play) -> None:
    play.bot.waits(60)
    due = play.run.due
    play.customer.says("hi")
    assert play.run.due == 0
    before = play.state
    play.upkeep.fires(epoch=1, due=due)
    assert play.state is before


@pytest.mark.parametrize(
    ("seconds", "waits"),
    [(0.0, 0.0), (-5.0, 0.0), (1e18, WAIT_SECONDS), (float("inf"), WAIT_SECONDS), (float("nan"), 0.0)],
)
def test_a_timer_of_any_length_is_brought_within_bounds(play: Play, seconds: float, waits: float) -> None:
    """[P7]"""
    play.bot.waits(seconds)
    assert play.run.due == NOON + int(1000 * waits)


# -- upkeep ------------------------------------------------------------------------------------------------------------


def test_a_turn_that_is_owed_is_taken_up(play: Play) -> None:
    """[P5]"""
    play.bot.is_done()
    play.node = None
    play.customer.says("hi")
    play.node = N2
    play.upkeep.takes_up()
    assert play.state.turn == Running(node=N2, number=play.state.version)
    before = play.state
    play.upkeep.takes_up()
    assert play.state is before, "somebody was quicker"


def test_a_turn_that_is_owed_stays_owed_where_none_are_taken(play: Play) -> None:
    """[P7] Without a commit for nothing."""
    play.upkeep.gives_back(play.bot.number)
    play.node = None
    before = play.state
    play.upkeep.takes_up()
    assert play.state is before


def test_a_turn_of_a_node_that_is_gone_is_taken_up(play: Play) -> None:
    """[P2] [P5] Its open stream becomes an interrupted message first."""
    play.customer.says("hi")
    play.bot.streams("Hel")
    play.node = N2
    facts = play.upkeep.takes_up(lost=N1)
    assert kinds(facts) == ["message"]
    assert play.messages[1:] == ["Echo: Hel..."]
    assert play.state.turn == Running(node=N2, number=play.state.version, losses=1)


@pytest.mark.parametrize("cause", Cause)
def test_a_turn_that_is_taken_up_knows_why_it_began(play: Play, cause: Cause) -> None:
    """Taken up when lost, and when given back."""
    match cause:
        case Cause.START:
            pass
        case Cause.INPUT:
            play.customer.says("hi")
        case Cause.TIMER:
            play.bot.waits(1)
            play.upkeep.fires(epoch=1, due=play.run.due)
    assert play.turn.cause is cause
    play.upkeep.takes_up(lost=N1)
    assert play.turn.cause is cause
    play.upkeep.gives_back(play.bot.number)
    play.upkeep.takes_up()
    assert play.turn.cause is cause


def test_a_turn_that_has_input_says_so_whatever_else_began_it(play: Play, anna: Person) -> None:
    """In one commit or in two."""
    play.bot.waits(1)
    with play.one_commit():
        play.upkeep.fires(epoch=1, due=play.run.due)
        play.customer.says("hi")
    assert play.turn == Running(node=N1, number=play.state.version)
    anna.intervenes()
    anna.hands_back()
    play.customer.says("hi")
    assert play.turn == Running(node=N1, number=play.state.version, restarts=1)


@pytest.mark.parametrize("lost", ["", N2])
def test_a_turn_of_a_node_that_lives_is_left_alone(play: Play, lost: str) -> None:
    before = play.state
    play.upkeep.takes_up(lost=lost)
    assert play.state is before


def test_a_turn_that_nobody_needs_is_not_taken_up(play: Play, anna: Person) -> None:
    play.bot.is_done()
    before = play.state
    play.upkeep.takes_up()
    play.upkeep.takes_up(lost=N1)
    assert play.state is before
    anna.intervenes()
    before = play.state
    play.upkeep.takes_up(lost=N1)
    assert play.state is before


def test_a_claim_that_is_not_run_is_given_back_once(play: Play) -> None:
    """[P2] [P5]"""
    bot = play.bot
    bot.streams("Hel")
    play.upkeep.gives_back(bot.number)
    assert play.state.turn == Owed(cause=Cause.START, losses=1)
    assert play.messages == ["Echo: Hel..."]
    before = play.state
    play.upkeep.gives_back(bot.number)
    assert play.state is before
    play.upkeep.takes_up()
    before = play.state
    play.upkeep.gives_back(bot.number)
    assert play.state is before, "the turn that replaced it is another"


def test_a_turn_that_is_lost_too_often_goes_to_a_person(play: Play) -> None:
    """[P5] [P7]"""
    for loss in range(1, TURN_LOSSES + 1):
        play.upkeep.takes_up(lost=N1)
        assert play.turn.losses == loss
    play.upkeep.takes_up(lost=N1)
    assert play.changed(Move.ASK, Nobody(), reason="bot_lost")
    assert play.log[-1].author == System()


def test_a_turn_that_is_given_back_too_often_goes_to_a_person(play: Play) -> None:
    """[P5] [P7]"""
    for _ in range(TURN_LOSSES):
        play.upkeep.gives_back(play.bot.number)
        play.upkeep.takes_up()
    play.upkeep.gives_back(play.bot.number)
    play.upkeep.takes_up()
    assert play.last_change.reason == "bot_lost"


def test_a_customer_who_writes_on_does_not_hide_that_a_turn_is_lost_again_and_again(play: Play) -> None:
    """[P5] [P7]"""
    for _ in range(TURN_LOSSES + 1):
        play.upkeep.gives_back(play.bot.number)
        play.customer.says("hello?")
    assert play.last_change.reason == "bot_lost"
    assert play.messages[-1] == "Clara: hello?"


def test_a_turn_that_ends_well_forgets_its_losses(play: Play) -> None:
    play.upkeep.takes_up(lost=N1)
    play.bot.is_done()
    play.customer.says("hi")
    assert play.turn.losses == 0


def test_a_turn_that_was_taken_up_is_restarted_by_input_again(play: Play) -> None:
    """[P5] And its losses are not forgotten by that."""
    play.upkeep.takes_up(lost=N1)
    play.customer.says("hi")
    assert play.turn == Running(node=N1, number=play.state.version, restarts=1, losses=1)
