"""What agents say, and when it is refused."""

from collections.abc import Callable

import pytest

from intervene.core.actors import Bot
from intervene.core.errors import NotHolder, OutOfOrder, StaleView, Taken
from intervene.core.ids import BotId
from tests.unit.core.cast import ECHO
from tests.unit.core.play import Person, Play

Act = Callable[[], object]

OTHER = Bot(id=BotId("other"), name="Other")


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
