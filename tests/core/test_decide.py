"""The rules of DESIGN 4, 7 and 9, each as a sentence. After every commit `promises` is asked too."""

import pytest

from intervene.core.commands import Answered, BotSay
from intervene.core.control import Agent, Bot, Contact, Move, Nobody, System
from intervene.core.conversation import Idle, Owed, Run, Running
from intervene.core.errors import (
    Forbidden,
    IllegalMove,
    NotFound,
    NotHolder,
    OutOfOrder,
    Refusal,
    Stale,
    StaleView,
    Taken,
    TooLong,
)  # fmt: skip
from intervene.core.events import ControlChanged, Event, Message, Note, Opened
from intervene.core.ids import BotId, CommandId, ContactId, MessageId
from intervene.core.limits import BOT_STREAK, REPLY_BYTES, TURN_LOSSES, TURN_RESTARTS, WAIT_SECONDS
from tests.core.play import CLARA, ECHO, N1, N2, NOON, Customer, Facts, Person, Play, kind

_ANSWERED = Answered()
OTHER = Bot(id=BotId("other"), name="Other")


@pytest.fixture
def play() -> Play:
    """A new conversation: the inbound bot holds control and its first turn runs."""
    return Play()


@pytest.fixture
def anna(play: Play) -> Person:
    return play.agent("Anna")


@pytest.fixture
def ben(play: Play) -> Person:
    return play.agent("Ben")


@pytest.fixture
def sara(play: Play) -> Person:
    return play.supervisor("Sara")


def running(play: Play) -> Running:
    turn = play.state.turn
    assert isinstance(turn, Running), turn
    return turn


def run(play: Play) -> Run:
    assert play.state.run is not None
    return play.state.run


def kinds(facts: Facts) -> list[str]:
    return [kind(fact) if isinstance(fact, Event) else "piece" for fact in facts]


# -- how it begins -----------------------------------------------------------------------------------------------------


def test_a_conversation_opens_with_the_inbound_bot_and_its_first_turn() -> None:
    play = Play()
    assert play.kinds == "opened control"
    assert (play.last_change.move, play.log[1].author, play.holder) == (Move.START, System(), "Echo")
    assert play.state.turn == Running(node=N1, number=1)
    assert (play.state.version, play.state.epoch) == (1, 1)


def test_a_conversation_without_an_inbound_bot_opens_in_the_queue() -> None:
    play = Play(inbound=None)
    assert play.kinds == "opened"
    assert (play.state.holder, play.state.epoch, play.state.run) == (Nobody(), 0, None)
    play.customer.says("hi")
    assert (play.state.holder, play.state.asked) == (Nobody(), 2)


def test_a_conversation_opened_where_no_turns_are_taken_owes_its_first_one() -> None:
    """[P5]"""
    assert Play(node=None).state.turn == Owed()


# -- the fence ---------------------------------------------------------------------------------------------------------


def everything_a_bot_can_do(play: Play) -> dict[str, object]:
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


def is_fenced(play: Play, act: object) -> bool:
    before, facts = play.state, list(play.facts)
    assert callable(act)
    try:
        act()
    except Stale as stale:
        assert stale.facts == {"holder": play.state.holder, "epoch": play.state.epoch}
        return play.state is before and play.facts == facts
    return False


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
    assert first.turn.number == running(play).number
    say = BotSay(
        id=CommandId("k"), author=ECHO, epoch=first.epoch, turn=first.turn.number, message=MessageId("m"), text="late"
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
    for move in (
        lambda: sara.hands_back(epoch=epoch),
        lambda: sara.releases(epoch=epoch),
        lambda: sara.closes(epoch=epoch),
        lambda: sara.reopens(epoch=epoch),
    ):
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
    assert (play.state.run, play.state.written, play.state.reply_enabled) == (None, "", True)
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
    with pytest.raises(Taken) as taken:
        ben.intervenes(epoch=epoch)
    assert taken.value.facts == {"by": anna.who, "at": NOON + 5000, "epoch": 2}


def test_of_thirty_two_supervisors_who_click_in_one_commit_one_wins(play: Play) -> None:
    """[P3] The table would let each take control from the one before: the expected epoch does not."""
    everybody = [play.supervisor(f"Sara {n}") for n in range(32)]
    won = []
    with play.one_commit():
        for sara in everybody:
            try:
                sara.intervenes(epoch=1)
                won.append(sara)
            except Taken as taken:
                assert taken.facts["by"] == won[0].who
    assert len(won) == 1
    assert play.holder == "Sara 0"


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


# -- what agents say ---------------------------------------------------------------------------------------------------


def test_an_agent_who_does_not_hold_control_cannot_speak(
    play: Play, anna: Person, ben: Person, sara: Person
) -> None:  # fmt: skip
    with pytest.raises(NotHolder) as not_holder:
        anna.says("hi")
    assert not_holder.value.facts == {"holder": ECHO, "epoch": 1}
    anna.intervenes()
    with pytest.raises(Taken) as taken:
        ben.says("hi")
    assert taken.value.facts == {"by": anna.who, "at": play.state.held_since, "epoch": 2}
    sara.closes()
    with pytest.raises(NotHolder):
        anna.says("hi")


def test_an_agent_speaks_in_the_very_commit_that_gave_them_control(play: Play, anna: Person) -> None:
    with play.one_commit():
        anna.intervenes(epoch=1)
        anna.says("I am here", epoch=2)
    assert play.messages == ["Anna: I am here"]


def test_an_agent_whose_customer_wrote_since_sends_only_when_they_confirm(play: Play, anna: Person) -> None:
    """What was missed is named, so that the desk can show it."""
    anna.intervenes()
    seen = play.state.seq
    play.customer.says("wait!")
    with pytest.raises(StaleView) as stale:
        anna.says("Goodbye", seen=seen)
    assert stale.value.facts == {"asked": play.state.asked}
    anna.says("Goodbye", seen=seen, confirmed=True)
    anna.says("Goodbye again", seen=seen + 1)
    assert play.messages == ["Clara: wait!", "Anna: Goodbye", "Anna: Goodbye again"]


def test_a_colleague_s_note_does_not_make_a_view_stale(play: Play, anna: Person, ben: Person) -> None:
    anna.intervenes()
    seen = play.state.seq
    ben.notes("psst")
    anna.says("hi", seen=seen)


# -- ask, hand back, release -------------------------------------------------------------------------------------------


def test_a_customer_asks_for_a_person_while_a_bot_talks(play: Play, anna: Person) -> None:
    """[P2]"""
    play.bot.streams("Let me tell")
    facts = play.customer.asks_for_a_person()
    assert kinds(facts) == ["message", "control"]
    assert play.last_change == ControlChanged(move=Move.ASK, holder=Nobody())
    assert play.log[-1].author == CLARA
    assert play.log[-1].command, "a repeat finds its first result by this"


@pytest.mark.parametrize("place", ["agent", "nobody"])
def test_a_customer_asks_for_a_person_who_is_there_or_will_be(play: Play, anna: Person, place: str) -> None:
    anna.intervenes()
    if place == "nobody":
        anna.releases()
    before = play.state
    assert play.customer.asks_for_a_person() == ()
    assert play.state is before


def test_a_customer_asks_for_a_person_in_a_closed_conversation(play: Play, sara: Person) -> None:
    sara.closes()
    play.customer.asks_for_a_person()
    assert (play.last_change.move, play.state.is_open, play.holder) == (Move.REOPEN, True, "")


def test_a_bot_asks_for_a_person_and_says_why(play: Play) -> None:
    play.bot.asks_for_a_person("needs a signature")
    assert play.last_change == ControlChanged(move=Move.ASK, holder=Nobody(), reason="needs a signature")
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
    facts = anna.hands_back(OTHER)
    assert kinds(facts) == ["control"]
    assert play.last_change == ControlChanged(move=Move.HAND_BACK, holder=OTHER)
    assert play.state.epoch == 3
    assert run(play) == Run(turn=Running(node=N1, number=play.state.version), answered=play.state.replied)


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
    assert run(play).answered < play.state.asked


def test_the_new_run_need_not_answer_what_the_agent_has_answered(play: Play, anna: Person) -> None:
    play.customer.says("hi")
    anna.intervenes()
    anna.says("hello")
    anna.hands_back()
    assert run(play).answered == play.log[-2].seq


def test_the_new_run_need_not_answer_what_the_run_before_has_answered(play: Play, anna: Person) -> None:
    play.customer.says("hi")
    play.bot.says("hello")
    play.bot.is_done()
    anna.intervenes()
    anna.hands_back()
    assert run(play).answered >= play.state.asked


def test_the_new_run_answers_what_came_in_while_the_bot_was_writing(play: Play, anna: Person) -> None:
    """[P5] The bot's words end after the customer's message, but were no answer to it."""
    play.customer.says("hi")
    play.bot.streams("Hello, I am")
    play.customer.says("stop")
    anna.intervenes()
    anna.hands_back()
    assert run(play).answered < play.state.asked


def test_a_reopened_conversation_s_run_answers_what_the_bot_never_saw(play: Play, sara: Person) -> None:
    """[P5] As above, by way of a release and a supervisor's close."""
    play.bot.streams("Hello, I am")
    play.customer.says("stop")
    sara.intervenes()
    sara.releases()
    sara.closes()
    play.customer.says("anybody?")
    assert run(play).answered < play.log[-3].seq


def test_an_agent_releases_to_the_queue_and_never_to_a_bot(play: Play, anna: Person, ben: Person) -> None:
    anna.intervenes()
    with pytest.raises(Forbidden):
        ben.releases()
    anna.releases()
    assert play.last_change == ControlChanged(move=Move.RELEASE, holder=Nobody())
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
    assert play.last_change == ControlChanged(move=Move.CLOSE, holder=Nobody(), is_open=False)
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
    assert play.last_change == ControlChanged(move=move, holder=Nobody(), is_open=not close)


def test_a_customer_s_message_reopens_to_the_inbound_bot(play: Play) -> None:
    """[P5]"""
    play.bot.is_finished(close=True)
    facts = play.customer.says("wait")
    assert kinds(facts) == ["control", "message"]
    assert play.last_change == ControlChanged(move=Move.REOPEN, holder=ECHO)
    assert play.state.turn == Running(node=N1, number=play.state.version)
    assert run(play).answered < play.state.asked


def test_a_customer_s_message_reopens_to_nobody_where_there_is_no_inbound_bot(play: Play) -> None:
    """[P5]"""
    play.bot.is_finished(close=True)
    play.inbound = None
    play.customer.says("wait")
    assert play.last_change == ControlChanged(move=Move.REOPEN, holder=Nobody())


def test_an_agent_reopens_to_the_queue(play: Play, anna: Person) -> None:
    with pytest.raises(IllegalMove):
        anna.reopens()
    play.bot.is_finished(close=True)
    anna.reopens()
    assert play.last_change == ControlChanged(move=Move.REOPEN, holder=Nobody())


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
    assert play.state.turn == Owed()
    play.node = N2
    play.customer.says("anybody?")
    assert play.state.turn == Running(node=N2, number=play.state.version)


def test_input_restarts_a_silent_turn_so_often_and_then_waits(play: Play) -> None:
    """[P1] [P5] [P7] Each restart is another turn, on the node that runs it; who types for ever is answered yet."""
    play.node = N2
    for restart in range(1, TURN_RESTARTS + 1):
        silent = play.bot
        play.customer.says("and")
        assert running(play) == Running(node=N1, number=play.state.version, restarts=restart)
        with pytest.raises(Stale):
            silent.says("late")
    last = play.bot
    play.customer.says("and another thing")
    assert play.bot is last
    last.is_done()
    assert running(play) == Running(node=N2, number=play.state.version)
    assert run(play).answered < play.state.asked


def test_a_burst_of_messages_in_one_commit_is_one_turn(play: Play) -> None:
    """[P5] The turn has not begun and knows of them all: that is no restart."""
    play.bot.is_done()
    with play.one_commit():
        for word in ("I", "type", "like", "this", "!"):
            play.customer.says(word)
    assert play.state.turn == Running(node=N1, number=play.state.version)
    play.customer.says("sorry")
    assert running(play).restarts == 1


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
    assert running(play).number == play.state.version
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
    assert running(play) == Running(node=N1, number=play.state.version)
    assert (play.state.seq, run(play).due) == (seq, 0)


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
    facts = play.bot.ends(_ANSWERED, cursor="step 2")
    assert facts == ()
    assert run(play) == Run(turn=Idle(), answered=play.state.seq, cursor="step 2")
    assert play.state.runner == ""


def test_a_turn_that_keeps_no_cursor_leaves_the_one_before(play: Play) -> None:
    play.bot.ends(_ANSWERED, cursor="step 2")
    play.customer.says("hi")
    play.bot.ends(_ANSWERED)
    assert run(play).cursor == "step 2"
    play.customer.says("hi")
    play.bot.ends(_ANSWERED, cursor="")
    assert run(play).cursor == ""


def test_what_a_turn_answered_never_falls(play: Play) -> None:
    play.customer.says("hi")
    play.bot.is_done()
    answered = run(play).answered
    play.customer.says("hi")
    play.bot.ends(_ANSWERED, answered=0)
    assert run(play).answered == answered
    assert isinstance(play.state.turn, Running), "and so the message is still to be answered"


def test_a_turn_cannot_have_answered_what_is_not_written_yet(play: Play) -> None:
    """[P5] Or the customer's next messages would never be found unanswered."""
    play.bot.ends(_ANSWERED, answered=10**9)
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
    due = run(play).due
    assert (due, play.state.turn) == (NOON + 1500, Idle())
    play.passes(seconds=1.5)
    play.upkeep.fires(epoch=1, due=due)
    assert run(play) == Run(turn=Running(node=N1, number=play.state.version), answered=play.state.seq)
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
    due = run(play).due
    anna.intervenes()
    play.upkeep.fires(epoch=1, due=due)
    assert play.holder == "Anna"
    anna.hands_back()
    play.bot.waits(60)
    assert run(play).due == due
    before = play.state
    play.upkeep.fires(epoch=1, due=due)
    assert play.state is before


def test_only_the_timer_that_was_set_last_fires(play: Play) -> None:
    play.bot.waits(60)
    first = run(play).due
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
    due = run(play).due
    play.customer.says("hi")
    assert run(play).due == 0
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
    assert run(play).due == NOON + int(1000 * waits)


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


def test_a_turn_of_a_node_that_is_gone_is_taken_up(play: Play) -> None:
    """[P2] [P5] Its open stream becomes an interrupted message first."""
    play.bot.streams("Hel")
    play.node = N2
    facts = play.upkeep.takes_up(lost=N1)
    assert kinds(facts) == ["message"]
    assert play.messages == ["Echo: Hel..."]
    assert play.state.turn == Running(node=N2, number=play.state.version, losses=1)


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
    assert play.state.turn == Owed(losses=1)
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
        assert running(play).losses == loss
    play.upkeep.takes_up(lost=N1)
    assert play.last_change == ControlChanged(move=Move.ASK, holder=Nobody(), reason="bot_lost")
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
    assert running(play).losses == 0


def test_a_turn_that_was_taken_up_is_restarted_by_input_again(play: Play) -> None:
    """[P5] And its losses are not forgotten by that."""
    play.upkeep.takes_up(lost=N1)
    play.customer.says("hi")
    assert running(play) == Running(node=N1, number=play.state.version, restarts=1, losses=1)


# -- streams -----------------------------------------------------------------------------------------------------------


def test_a_bot_streams_a_reply(play: Play) -> None:
    """[P2] Its place in the order is fixed by its first piece."""
    bot = play.bot
    bot.streams("Hel")
    message = bot.message
    assert kinds(tuple(play.facts[-2:])) == ["message_started", "piece"]
    assert (play.state.written, play.log[-1].turn, play.log[-1].pub) == ("Hel", bot.number, 2)
    bot.streams("lo ", "")
    play.customer.says("stop")
    facts = bot.finishes("you")
    assert kinds(facts) == ["piece", "message"]
    done = facts[-1]
    assert isinstance(done, Event)
    assert done.body == Message(message=message, text="Hello you")
    assert done.command, "a repeat finds its first result by this"
    assert play.state.stream is None


def test_a_piece_that_comes_twice_changes_nothing(play: Play) -> None:
    """[P5]"""
    bot = play.bot
    bot.streams("a", "b")
    before = play.state
    for n in (1, 2):
        assert bot.adds(n, "x") == ()
    assert play.state is before
    with play.one_commit():
        bot.adds(3, "c")
        bot.adds(3, "c")
    assert play.state.written == "abc"


def test_a_piece_that_comes_again_after_its_message_was_finished_changes_nothing(play: Play) -> None:
    """[P5] A commit of unknown outcome is decided again whole: pieces, and the end that followed them."""
    bot = play.bot
    bot.streams("a", "b")
    message = bot.message
    bot.finishes("c")
    before = play.state
    for n in (1, 2, 3):
        assert bot.adds(n, "x", message=message) == ()
    assert play.state is before
    bot.says("next")
    assert play.messages == ["Echo: abc", "Echo: next"]


@pytest.mark.parametrize("n", [-1, 0, 2, 5])
def test_a_piece_that_does_not_follow_is_refused(play: Play, n: int) -> None:
    """[P5]"""
    bot = play.bot
    with pytest.raises(OutOfOrder):
        bot.adds(n, "x", message="m")
    bot.streams("a", "b")
    with pytest.raises(OutOfOrder):
        bot.adds(n + 2 if n > 0 else n, "x")


def test_a_second_message_does_not_begin_inside_a_stream(play: Play) -> None:
    """[P2]"""
    bot = play.bot
    bot.streams("a")
    for n in (1, 2):
        with pytest.raises(OutOfOrder):
            bot.adds(n, "b", message="m-other")
    with pytest.raises(OutOfOrder):
        bot.says("b")
    bot.finishes()
    bot.streams("b")
    bot.finishes()
    bot.says("c")
    assert play.messages == ["Echo: a", "Echo: b", "Echo: c"]


def test_a_reply_of_one_piece_begins_and_ends_at_once(play: Play) -> None:
    """[P2] Its one piece has a message that was begun before it."""
    assert kinds(play.bot.finishes("Hello")) == ["message_started", "piece", "message"]
    assert play.messages == ["Echo: Hello"]


def test_a_reply_that_never_began_cannot_be_finished(play: Play) -> None:
    before = play.state
    with pytest.raises(OutOfOrder):
        play.bot.finishes()
    bot = play.bot
    bot.streams("a")
    bot.message = MessageId("m-other")
    with pytest.raises(OutOfOrder):
        bot.finishes()
    assert play.messages == []
    assert before.stream is None


def test_a_last_piece_that_is_there_already_is_not_added_again(play: Play) -> None:
    bot = play.bot
    bot.streams("a", "b")
    bot.n = 1
    bot.finishes("b")
    assert play.messages == ["Echo: ab"]


def test_a_reply_takes_so_many_bytes_and_no_more(play: Play) -> None:
    """[P7] Counted as UTF-8. What was committed stays, and can be finished."""
    bot = play.bot
    bot.streams("é" * (REPLY_BYTES // 2 - 1), "a")
    for late in (lambda: bot.streams("é"), lambda: bot.finishes("é"), lambda: bot.streams("aa")):
        with pytest.raises(TooLong):
            late()
    bot.finishes("a")
    assert len(play.messages[0].removeprefix("Echo: ").encode()) == REPLY_BYTES


def test_a_first_piece_that_is_too_long_begins_nothing(play: Play) -> None:
    before = play.state
    with pytest.raises(Refusal):
        play.bot.streams("a" * REPLY_BYTES, "b")
    assert play.state.stream is not None
    assert play.state.written == "a" * REPLY_BYTES
    assert before.stream is None


# -- runaways ----------------------------------------------------------------------------------------------------------


def talks(play: Play, messages: int, how: str) -> None:
    for n in range(messages):
        if how == "say":
            play.bot.says(f"{n}")
        elif how == "stream":
            play.bot.finishes(f"{n}")
        else:  # never finishes what it begins, and has itself woken
            play.bot.streams(f"{n}")
            play.bot.waits(1)
            play.upkeep.fires(epoch=play.state.epoch, due=run(play).due)


@pytest.mark.parametrize("how", ["say", "stream", "cut"])
def test_a_bot_that_talks_without_end_is_stopped(play: Play, how: str) -> None:
    """[P7]"""
    talks(play, BOT_STREAK - 1, how)
    assert play.holder == "Echo"
    talks(play, 1, how)
    assert play.last_change == ControlChanged(move=Move.ASK, holder=Nobody(), reason="runaway")
    assert play.log[-1].author == System()
    assert len(play.messages) == BOT_STREAK


def test_a_customer_who_writes_lets_the_bot_talk_on(play: Play) -> None:
    talks(play, BOT_STREAK - 1, "say")
    play.customer.says("go on")
    talks(play, BOT_STREAK - 1, "say")
    assert play.holder == "Echo"


@pytest.mark.parametrize("speaks", [True, False])
def test_a_bot_that_was_stopped_talks_again_after_a_person_handed_back(
    play: Play, anna: Person, speaks: bool
) -> None:  # fmt: skip
    """A new run begins to count anew, also when the person only pressed buttons."""
    talks(play, BOT_STREAK, "say")
    anna.intervenes()
    if speaks:
        anna.says("stop that")
    anna.hands_back()
    talks(play, BOT_STREAK - 1, "say")
    assert play.holder == "Echo"


# -- what holds for all ------------------------------------------------------------------------------------------------


def test_a_stranger_finds_no_conversation(play: Play) -> None:
    """[P6]"""
    stranger = Customer(play, Contact(id=ContactId("mallory"), name="Clara"))
    for act in (lambda: stranger.says("hi"), stranger.asks_for_a_person):
        with pytest.raises(NotFound):
            act()


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
    assert run(play).due == NOON + 15_000


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


def test_ids_of_events_do_not_tell_how_many_notes_were_written() -> None:
    """[P6] The same play, once among agents' notes: what the customer gets of it is the same."""

    def seen_by_the_customer(notes: int) -> list[str]:
        play = Play()
        anna = play.agent("Anna")
        play.new_id = lambda kind: f"{kind}-{len(play.facts)}-{play.latest.version}"  # type: ignore[method-assign]
        for _ in range(notes):
            made = play._made
            anna.notes("psst")
            play._made = made  # the nonces, which are random elsewhere, shall be the same
        play.bot.streams("Hel")
        anna.intervenes()
        return [event.id for event in play.log if event.pub]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.core.promises.Record.check", lambda *_: None)  # the ids of those notes are not unique
        assert seen_by_the_customer(0) == seen_by_the_customer(7)


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
