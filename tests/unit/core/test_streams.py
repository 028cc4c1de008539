"""Streamed replies, and bots that never stop."""

import pytest

from intervene.core.actors import Nobody, System
from intervene.core.control import Move
from intervene.core.conversation.turns import Answered
from intervene.core.errors import OutOfOrder, Refusal, TooLong
from intervene.core.events import Event, Message
from intervene.core.ids import MessageId
from intervene.core.limits import BOT_STREAK, REPLY_BYTES
from tests.unit.core.play import Person, Play, kinds

DONE = Answered()


# -- streams -----------------------------------------------------------------------------------------------------------


def test_a_bot_streams_a_reply(play: Play) -> None:
    """[P2] Its place in the order is fixed by its first piece."""
    bot = play.bot
    bot.streams("Hel")
    message = bot.message
    assert kinds(tuple(play.facts[-2:])) == ["message_started", "piece"]
    assert (play.written, play.log[-1].turn, play.log[-1].pub) == ("Hel", bot.number, 2)
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
    assert play.written == "abc"


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
    assert play.written == "a" * REPLY_BYTES
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
            play.upkeep.fires(epoch=play.state.epoch, due=play.run.due)


@pytest.mark.parametrize("how", ["say", "stream", "cut"])
def test_a_bot_that_talks_without_end_is_stopped(play: Play, how: str) -> None:
    """[P7]"""
    talks(play, BOT_STREAK - 1, how)
    assert play.holder == "Echo"
    talks(play, 1, how)
    assert play.changed(Move.ASK, Nobody(), reason="runaway")
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
