"""Why a conversation is closed, and what its customer thinks of that."""

import pytest
from msgspec.structs import replace

from intervene.core.conversation.decide import RULES
from intervene.core.conversation.moves import Close
from intervene.core.conversation.packing import FORMAT
from intervene.core.conversation.ratings import Rate
from intervene.core.errors import Busy, Forbidden, ReasonNeeded
from intervene.core.events import Body, ControlChanged, Event, Rated
from intervene.core.ids import CommandId, ReasonId
from intervene.core.policy import Stored, policy_of
from intervene.core.settings import Kind, QueueSettings, ReasonSettings, Row
from intervene.core.text import piece_text
from tests.unit.core.cast import ECHO, as_visitor
from tests.unit.core.play import Facts, Person, Play

ROWS = (
    Row(kind=Kind.REASON, id="paid", values=ReasonSettings(name="Has paid")),
    Row(kind=Kind.REASON, id="former", values=ReasonSettings(name="Former"), is_archived=True),
)
CURIOUS = (*ROWS, Row(kind=Kind.QUEUE, id="default", values=QueueSettings(name="Default", needs_reason=True)))


@pytest.fixture
def play(play: Play) -> Play:
    play.policy = policy_of(Stored(rows=CURIOUS), ECHO, {ECHO.id: ECHO})
    return play


def closes(person: Person, reason: str = "") -> Facts:
    return person.sets(Close, seen=person.play.state.seq, reason=ReasonId(reason))


def rates(play: Play, score: int, comment: str = "") -> Facts:
    by, id = as_visitor(play.state.contact), CommandId(play.new_id("k"))
    return play.submit(Rate(id=id, by=by, score=score, comment=piece_text(comment)))


def left(facts: Facts) -> Body:
    [event] = facts
    assert isinstance(event, Event)
    return event.body


def test_a_reason_is_kept_with_what_it_was_called(play: Play, anna: Person) -> None:
    """[R146]"""
    anna.intervenes()
    body = left(closes(anna, "paid"))
    assert isinstance(body, ControlChanged)
    assert (body.reason, body.reason_name) == ("paid", "Has paid")
    assert play.state.card.reason == "paid"


def test_a_queue_that_wants_a_reason_gets_one_from_every_person(play: Play, anna: Person) -> None:
    """[R146] From supervisors too; from its bot, which knows none, it wants none."""
    anna.intervenes()
    for person in (anna, play.supervisor("Sara")):
        with pytest.raises(ReasonNeeded):
            closes(person)
    assert play.state.is_open
    anna.hands_back()
    play.bot.is_finished(close=True)
    assert not play.state.is_open


@pytest.mark.parametrize("reason", ["former", "nowhere"])
def test_a_reason_is_one_that_is_in_use(anna: Person, reason: str) -> None:
    anna.intervenes()
    with pytest.raises(Forbidden):
        closes(anna, reason)


def test_elsewhere_none_is_needed_and_the_last_close_counts(play: Play, anna: Person) -> None:
    play.policy = policy_of(Stored(rows=ROWS), ECHO, {ECHO.id: ECHO})
    anna.intervenes()
    closes(anna, "paid")
    play.customer.says("wait")
    assert play.state.card.reason == "paid"
    anna.intervenes()
    closes(anna)
    assert play.state.card.reason == ""


def test_a_close_with_another_reason_is_another_command(play: Play, anna: Person) -> None:
    """[R42]"""
    anna.intervenes()
    first = Close(id=CommandId("k"), by=anna.by, epoch=play.state.epoch, seen=play.state.seq, reason=ReasonId("paid"))
    body, effect = left(play.submit(first)), RULES[Close].effect
    assert effect
    assert effect.has_done(first, body)
    assert not effect.has_done(replace(first, reason=ReasonId("")), body)


def test_a_customer_rates_what_is_closed_and_only_staff_learn_of_it(play: Play, anna: Person) -> None:
    """[P6] [R148] Not even by a number."""
    anna.intervenes()
    with pytest.raises(Forbidden):
        rates(play, 5)
    closes(anna, "paid")
    pub = play.state.pub
    assert left(rates(play, 2, "slow")) == Rated(score=2, comment="slow")
    assert (play.state.pub, play.state.card.rating) == (pub, 2)


def test_the_rating_that_came_last_counts_until_the_next_close(play: Play, anna: Person) -> None:
    """[R148]"""
    anna.intervenes()
    closes(anna, "paid")
    rates(play, 2)
    rates(play, 4)
    assert rates(play, 4) == ()
    assert play.state.card.rating == 4
    play.customer.says("one more thing")
    assert play.state.card.rating == 4
    anna.intervenes()
    closes(anna, "paid")
    assert play.state.card.rating == 0


def test_a_row_that_was_not_raised_yet_keeps_neither(play: Play, anna: Person) -> None:
    """[P5] It would not be the fold of its log."""
    anna.intervenes()
    play.state = replace(play.state, format=FORMAT - 1)
    with pytest.raises(Busy):
        closes(anna, "paid")
    play.policy = policy_of(Stored(rows=ROWS), ECHO, {ECHO.id: ECHO})
    closes(anna)
    with pytest.raises(Busy):
        rates(play, 3)
