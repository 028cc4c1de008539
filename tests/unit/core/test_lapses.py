"""Lapses: a conversation comes back from an agent who is not there, unless anything has changed meanwhile."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from intervene.core.actors import Nobody, System
from intervene.core.control import Move
from intervene.core.conversation.decide import decide
from intervene.core.conversation.lapses import Lapse, Why
from intervene.core.errors import Stale
from intervene.core.ids import AgentId
from intervene.core.limits import LAPSE_SECONDS
from tests.unit.core.cast import NOON
from tests.unit.core.play import Person, Play


@pytest.fixture
def play() -> Play:
    """Anna holds control, and Clara has written to her."""
    play = Play()
    play.passes(seconds=60)
    play.agent("Anna").intervenes()
    play.passes(seconds=60)
    play.customer.says("hello?")
    return play


@pytest.fixture
def anna(play: Play) -> Person:
    return play.agent("Anna")


def test_a_conversation_lapses_to_nobody_and_its_log_says_why(play: Play) -> None:
    play.upkeep.lapses()
    assert play.changed(Move.LAPSE, Nobody(), reason="absent")
    assert play.log[-1].author == System()
    assert (play.state.epoch, play.state.is_open, play.state.run) == (3, True, None)


def test_it_keeps_its_place_it_waits_since_the_customer_is_unanswered(play: Play) -> None:
    """Neither since the agent had it, nor only since it lapsed."""
    asked_at = NOON + 120_000
    play.passes(seconds=300)
    play.customer.says("anybody?")
    play.passes(seconds=300)
    play.upkeep.lapses()
    assert play.state.waiting_since == play.state.counters.unanswered_since == asked_at


def test_a_disabled_persons_conversation_lapses_though_all_is_answered(play: Play, anna: Person) -> None:
    """It waits from now on, behind those who wait longer."""
    anna.says("hi")
    play.passes(seconds=60)
    play.upkeep.lapses(Why.DISABLED)
    assert play.changed(Move.LAPSE, Nobody(), reason="disabled")
    assert play.state.waiting_since == play.now


@pytest.mark.parametrize("why", [Why.ABSENT, Why.SILENT])
def test_what_is_answered_does_not_lapse(play: Play, anna: Person, why: Why) -> None:
    anna.says("hi")
    assert play.upkeep.lapses(why) == ()
    assert play.holder == "Anna"


MOVED: dict[str, Callable[[Play], object]] = {
    "the agent answered": lambda play: play.agent("Anna").says("hi"),
    "the customer wrote": lambda play: play.customer.says("still here"),
    "another person took control": lambda play: play.supervisor("Sara").intervenes(),
    "the agent let go": lambda play: play.agent("Anna").releases(),
    "it was closed": lambda play: play.agent("Anna").closes(),
}


@pytest.mark.parametrize("moves", MOVED.values(), ids=MOVED)
def test_a_lapse_changes_nothing_once_anything_has_moved(play: Play, moves: Callable[[Play], object]) -> None:
    """[P1] [P3] Also within the same commit."""
    found = play.upkeep.finds_a_lapse()
    with play.one_commit():
        moves(play)
        assert play.submit(found) == ()
    assert play.last_change.move is not Move.LAPSE


def test_a_lapse_of_another_person_changes_nothing(play: Play) -> None:
    found = replace(play.upkeep.finds_a_lapse(), holder=AgentId("ben"))
    assert play.submit(found) == ()


def test_a_lapse_that_waited_too_long_for_its_decision_is_dropped(play: Play) -> None:
    """[P5] As behind a database that was away: the holder may be back by then."""
    found = play.upkeep.finds_a_lapse()
    play.passes(seconds=LAPSE_SECONDS + 0.001)
    assert play.submit(found) == ()
    play.now = found.at + int(1000 * LAPSE_SECONDS)
    assert play.submit(found)


def test_a_row_that_the_release_before_reads_does_not_lapse(play: Play) -> None:
    state = replace(play.state, format=2)
    assert decide(state, _found(play), play.moment()).state is state


def _found(play: Play) -> Lapse:
    return play.upkeep.finds_a_lapse(Why.DISABLED)


def test_nothing_of_the_agent_is_committed_after_the_lapse(play: Play, anna: Person) -> None:
    """[P1] What was typed meanwhile is refused, and stays a draft."""
    epoch = play.state.epoch
    play.upkeep.lapses()
    with pytest.raises(Stale) as refused:
        anna.says("one moment", epoch=epoch)
    assert refused.value.facts == {"holder": Nobody(), "epoch": epoch + 1}


def test_a_conversation_that_is_reopened_goes_to_nobody_and_never_to_a_former_holder(play: Play, anna: Person) -> None:
    """Whoever held it may be gone by now."""
    play.policy = replace(play.policy, bot=None)
    anna.closes()
    play.customer.says("one more thing")
    assert play.changed(Move.REOPEN, Nobody())
    anna.intervenes()
    anna.closes()
    anna.reopens()
    assert play.changed(Move.REOPEN, Nobody())
