"""The rules of DESIGN 4 and 5, each as a sentence; those of turns are in `test_decide_turns.py`. After every commit
`promises` is asked too."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from intervene.core.actors import Bot, Contact, Nobody, System
from intervene.core.control import Move
from intervene.core.conversation.decide import decide
from intervene.core.conversation.speech import ContactSay
from intervene.core.conversation.state import Cause, Owed, Run, Running
from intervene.core.conversation.turns import BotSay
from intervene.core.errors import Forbidden, IllegalMove, NotFound, NotHolder, OutOfOrder, Stale, StaleView, Taken
from intervene.core.events import ControlChanged, Event, Message, Note, Opened
from intervene.core.ids import BotId, CommandId, ContactId, MessageId
from intervene.core.policy import Policy
from intervene.core.text import message_text
from tests.unit.core.play import CLARA, ECHO, N1, N2, NOON, Customer, Person, Play, as_visitor, kind, kinds

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


def test_what_nobody_can_have_seen_is_no_view(play: Play, anna: Person) -> None:
    """[P5] It would pass whatever the customer writes."""
    anna.intervenes()
    play.customer.says("wait!")
    for number in (play.state.seq + 1, 2**53):
        for confirmed in (False, True):
            with pytest.raises(OutOfOrder):
                anna.says("Goodbye", seen=number, confirmed=confirmed)
        with pytest.raises(OutOfOrder):
            anna.closes(seen=number)
    assert (play.state.is_open, play.messages) == (True, ["Clara: wait!"])


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
