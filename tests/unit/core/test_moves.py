"""The moves of control: intervene, ask, hand back, release, close, reopen."""

from collections.abc import Callable

import pytest

from intervene.core.actors import Bot, Nobody
from intervene.core.control import Move
from intervene.core.conversation.state import Cause, Run, Running
from intervene.core.errors import Forbidden, IllegalMove, Stale, StaleView, Taken
from intervene.core.events import ControlChanged, Event, Message
from intervene.core.ids import BotId
from intervene.core.policy import Policy
from tests.unit.core.cast import CLARA, ECHO, N1, NOON
from tests.unit.core.play import Person, Play, kinds

Act = Callable[[], object]

OTHER = Bot(id=BotId("other"), name="Other")


# -- intervene ---------------------------------------------------------------------------------------------------------


def test_an_agent_who_intervenes_in_the_middle_of_a_reply_cuts_it_at_its_committed_length(
    play: Play, anna: Person
) -> None:
    """[P1] [P2]"""
    play.customer.says("hi")
    bot = play.bot
    bot.streams("Hel", "lo wor")
    facts = anna.intervenes()
    assert kinds(facts) == ["message", "control"]
    cut, control = facts
    assert isinstance(cut, Event)
    assert isinstance(control, Event)
    assert cut.body == Message(message=bot.message, text="Hello wor", interrupted=True)
    assert (cut.author, cut.epoch, cut.turn) == (ECHO, 1, bot.number)
    assert control.body == ControlChanged(move=Move.INTERVENE, holder=anna.who, reply_enabled=True)
    assert (control.author, control.epoch) == (anna.who, 2)
    assert (play.state.run, play.written, play.state.reply_enabled) == (None, "", True)
    assert play.state.held_since == control.at


def test_pieces_that_share_the_takeover_s_commit_count(play: Play, anna: Person) -> None:
    """[P2]"""
    bot = play.bot
    bot.streams("a")
    with play.one_commit():
        bot.streams("b", "c")
        anna.intervenes()
        with pytest.raises(Stale):
            bot.streams("d")
    assert play.messages == ["Echo: abc..."]


def test_a_reply_that_began_in_the_takeover_s_commit_is_cut_too(play: Play, anna: Person) -> None:
    """[P2]"""
    with play.one_commit():
        play.bot.streams("a")
        anna.intervenes()
    assert play.kinds == "opened control message_started message control"


def test_an_agent_who_intervenes_between_turns_interrupts_nothing(play: Play, anna: Person) -> None:
    play.bot.says("hello")
    play.bot.is_done()
    assert kinds(anna.intervenes()) == ["control"]


def test_the_loser_of_two_intervenes_learns_who_won_and_when(play: Play, anna: Person, ben: Person) -> None:
    """[P3]"""
    epoch = play.state.epoch
    play.passes(seconds=5)
    anna.intervenes(epoch=epoch)
    play.passes(seconds=1)
    play.customer.says("hi")
    with pytest.raises(Taken) as taken:
        ben.intervenes(epoch=epoch)
    assert taken.value.facts == {"by": anna.who, "at": NOON + 5000, "epoch": 2}


def test_of_thirty_two_supervisors_who_click_in_one_commit_one_wins(play: Play) -> None:
    """[P3] The table would let each take control from the one before: the expected epoch does not."""
    first, *others = [play.supervisor(f"Sara {n}") for n in range(32)]
    with play.one_commit():
        first.intervenes(epoch=1)
        for sara in others:
            with pytest.raises(Taken) as taken:
                sara.intervenes(epoch=1)
            assert taken.value.facts["by"] == first.who
    assert (play.holder, play.state.epoch) == ("Sara 0", 2)


def test_the_holder_who_intervenes_again_changes_nothing(play: Play, anna: Person) -> None:
    """[P3] In whatever epoch the click was made."""
    anna.intervenes()
    before = play.state
    for epoch in (0, 1, 2, 3):
        assert anna.intervenes(epoch=epoch) == ()
    assert play.state is before


def test_a_supervisor_takes_over_from_a_colleague_and_an_agent_may_not(
    play: Play, anna: Person, ben: Person, sara: Person
) -> None:
    anna.intervenes()
    with pytest.raises(Forbidden):
        ben.intervenes()
    sara.intervenes()
    assert (play.holder, play.state.epoch) == ("Sara", 3)
    with pytest.raises(Taken):
        anna.says("late", epoch=2)


def test_an_agent_who_intervenes_after_another_move_is_told_to_look_again(play: Play, anna: Person) -> None:
    """[P3] Nobody won: the customer asked for a person in the same instant."""
    play.customer.asks_for_a_person()
    with pytest.raises(Stale) as stale:
        anna.intervenes(epoch=1)
    assert stale.value.facts == {"holder": Nobody(), "epoch": 2}
    anna.intervenes(epoch=2)


def test_an_agent_picks_a_waiting_customer(play: Play, anna: Person) -> None:
    play.customer.asks_for_a_person()
    anna.intervenes()
    assert play.holder == "Anna"


def test_nobody_intervenes_in_a_closed_conversation(play: Play, anna: Person, sara: Person) -> None:
    sara.closes()
    with pytest.raises(IllegalMove):
        anna.intervenes()


# -- ask, hand back, release -------------------------------------------------------------------------------------------


def test_a_customer_asks_for_a_person_while_a_bot_talks(play: Play, anna: Person) -> None:
    """[P2]"""
    play.bot.streams("Let me tell")
    facts = play.customer.asks_for_a_person()
    assert kinds(facts) == ["message", "control"]
    assert play.changed(Move.ASK, Nobody())
    assert play.log[-1].author == CLARA
    assert play.log[-1].command, "a repeat finds its first result by this"


def test_a_customer_asks_for_a_person_who_is_there(play: Play, anna: Person) -> None:
    anna.intervenes()
    before = play.state
    assert play.customer.asks_for_a_person() == ()
    assert play.state is before


def test_a_customer_whom_nobody_answers_asks_for_a_person_and_it_is_written_once(play: Play, anna: Person) -> None:
    """[P5] Staff see the wish, and how long the customer has been waiting does not begin anew."""
    anna.intervenes()
    anna.releases()
    waits_since = play.state.held_since
    play.passes(seconds=40)
    assert kinds(play.customer.asks_for_a_person()) == ["control"]
    assert (play.last_change.move, play.holder, play.state.held_since) == (Move.ASK, "", waits_since)
    assert play.customer.asks_for_a_person() == ()
    anna.intervenes()
    anna.releases()
    assert kinds(play.customer.asks_for_a_person()) == ["control"]


def test_a_customer_who_asked_while_a_bot_talked_is_not_written_down_twice(play: Play) -> None:
    play.customer.asks_for_a_person()
    assert play.customer.asks_for_a_person() == ()


def test_a_customer_asks_for_a_person_in_a_closed_conversation(play: Play, sara: Person) -> None:
    sara.closes()
    play.customer.asks_for_a_person()
    assert (play.last_change.move, play.state.is_open, play.holder) == (Move.REOPEN, True, "")


def test_a_bot_asks_for_a_person_and_says_why(play: Play) -> None:
    play.bot.asks_for_a_person("needs a signature")
    assert play.changed(Move.ASK, Nobody(), reason="needs a signature")
    assert (play.log[-1].author, play.state.run) == (ECHO, None)


def test_a_bot_asks_for_a_person_though_the_customer_wrote_on(play: Play) -> None:
    """[P5] The message waits in the queue with the conversation."""
    bot = play.bot
    bot.says("hello")
    play.customer.says("are you a bot?")
    bot.asks_for_a_person()
    assert (play.holder, play.state.is_open) == ("", True)


def test_an_agent_hands_back_to_a_new_run_with_a_turn(play: Play, anna: Person) -> None:
    """[P1] Nothing of the former run lives on: no cursor, no timer."""
    play.bot.waits(60, cursor="step 3")
    anna.intervenes()
    anna.says("hello")
    play.policy = Policy(version=1, bot=OTHER)
    facts = anna.hands_back(OTHER)
    assert kinds(facts) == ["control"]
    assert play.changed(Move.HAND_BACK, OTHER)
    assert play.state.epoch == 3
    turn = Running(node=N1, number=play.state.version, cause=Cause.START)
    assert play.run == Run(turn=turn, answered=play.state.answered)


def test_what_the_agent_tells_the_bot_stands_in_the_event_with_which_it_gets_the_conversation(
    play: Play, anna: Person
) -> None:
    anna.intervenes()
    anna.hands_back(reason="She pays in December.")
    assert play.last_change.reason == "She pays in December."
    anna.intervenes()
    anna.releases()
    anna.sends_a_bot(reason="Ask for her number.")
    assert play.last_change.reason == "Ask for her number."


def test_only_the_holder_hands_back(play: Play, anna: Person, ben: Person, sara: Person) -> None:
    with pytest.raises(IllegalMove):
        anna.hands_back()
    anna.intervenes()
    for other in (ben, sara):
        with pytest.raises(Forbidden):
            other.hands_back()


def test_the_new_run_answers_what_the_agent_left_unanswered(play: Play, anna: Person) -> None:
    """[P5]"""
    anna.intervenes()
    anna.says("hello")
    play.customer.says("and my bill?")
    anna.hands_back()
    assert play.run.answered < play.state.asked


def test_the_new_run_need_not_answer_what_the_agent_has_answered(play: Play, anna: Person) -> None:
    play.customer.says("hi")
    anna.intervenes()
    anna.says("hello")
    anna.hands_back()
    assert play.run.answered == play.log[-2].seq


def test_the_new_run_need_not_answer_what_the_run_before_has_answered(play: Play, anna: Person) -> None:
    play.customer.says("hi")
    play.bot.says("hello")
    play.bot.is_done()
    anna.intervenes()
    anna.hands_back()
    assert play.run.answered >= play.state.asked


def test_the_new_run_answers_what_came_in_while_the_bot_was_writing(play: Play, anna: Person) -> None:
    """[P5] The bot's words end after the customer's message, but were no answer to it."""
    play.customer.says("hi")
    play.bot.streams("Hello, I am")
    play.customer.says("stop")
    anna.intervenes()
    anna.hands_back()
    assert play.run.answered < play.state.asked


def test_a_reopened_conversation_s_run_answers_what_the_bot_never_saw(play: Play, sara: Person) -> None:
    """[P5] As above, by way of a release and a supervisor's close."""
    play.bot.streams("Hello, I am")
    play.customer.says("stop")
    asked = play.state.asked
    sara.intervenes()
    sara.releases()
    sara.closes()
    play.customer.says("anybody?")
    assert play.run.answered < asked


def test_an_agent_releases_to_the_queue_and_never_to_a_bot(play: Play, anna: Person, ben: Person) -> None:
    anna.intervenes()
    with pytest.raises(Forbidden):
        ben.releases()
    anna.releases()
    assert play.changed(Move.RELEASE, Nobody())
    assert play.state.is_open
    play.customer.says("hello?")
    assert play.holder == ""


# -- close and reopen --------------------------------------------------------------------------------------------------


def test_the_holder_closes_and_a_colleague_may_not(play: Play, anna: Person, ben: Person) -> None:
    with pytest.raises(Forbidden):
        anna.closes()  # a bot holds control
    anna.intervenes()
    with pytest.raises(Forbidden):
        ben.closes()
    anna.closes()
    assert play.changed(Move.CLOSE, Nobody(), is_open=False)
    with pytest.raises(IllegalMove):
        anna.closes()


@pytest.mark.parametrize("place", ["bot", "agent", "nobody"])
def test_a_supervisor_closes_whoever_holds_control(play: Play, anna: Person, sara: Person, place: str) -> None:
    play.bot.streams("Hel")
    if place != "bot":
        anna.intervenes()
    if place == "nobody":
        anna.releases()
    sara.closes()
    assert not play.state.is_open
    assert play.messages == ["Echo: Hel..."]


def test_nobody_closes_over_a_message_they_have_not_seen(play: Play, anna: Person) -> None:
    """[P5]"""
    anna.intervenes()
    seen = play.state.seq
    play.customer.says("one more thing")
    with pytest.raises(StaleView) as stale:
        anna.closes(seen=seen)
    assert stale.value.facts == {"asked": play.state.asked}
    anna.closes(seen=play.state.asked)


def test_a_message_and_a_close_in_one_commit_keep_their_order(play: Play, anna: Person) -> None:
    """[P5] Neither is closed over nor lost, whichever comes first."""
    anna.intervenes()
    seen = play.state.seq
    with play.one_commit():
        play.customer.says("one more thing")
        with pytest.raises(StaleView):
            anna.closes(seen=seen)
    with play.one_commit():
        anna.closes()
        play.customer.says("and another")
    assert (play.state.is_open, play.holder) == (True, "Echo")
    assert isinstance(play.state.turn, Running)


@pytest.mark.parametrize("close", [False, True])
def test_a_bot_that_is_finished_leaves_to_nobody_or_closes(play: Play, close: bool) -> None:
    play.bot.says("bye")
    play.bot.is_finished(close=close)
    move = Move.CLOSE if close else Move.FINISH
    assert play.changed(move, Nobody(), is_open=not close)


def test_a_customer_s_message_reopens_to_the_inbound_bot(play: Play) -> None:
    """[P5]"""
    play.bot.is_finished(close=True)
    facts = play.customer.says("wait")
    assert kinds(facts) == ["control", "message"]
    assert play.changed(Move.REOPEN, ECHO)
    assert play.state.turn == Running(node=N1, number=play.state.version)
    assert play.run.answered < play.state.asked


def test_a_customer_s_message_reopens_to_nobody_where_there_is_no_inbound_bot(play: Play) -> None:
    """[P5]"""
    play.bot.is_finished(close=True)
    play.policy = Policy()
    play.customer.says("wait")
    assert play.changed(Move.REOPEN, Nobody())


def test_an_agent_reopens_to_the_queue(play: Play, anna: Person) -> None:
    with pytest.raises(IllegalMove):
        anna.reopens()
    play.bot.is_finished(close=True)
    anna.reopens()
    assert play.changed(Move.REOPEN, Nobody())
