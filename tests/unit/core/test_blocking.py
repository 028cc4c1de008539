"""Blocking a customer: who may, what it ends, and what it refuses until it has ended."""

from collections.abc import Callable
from functools import partial

import pytest

from intervene.core.actors import Nobody, Role
from intervene.core.blocks import FOR_GOOD
from intervene.core.control import Move
from intervene.core.conversation.blocking import ApplyBlock, Block, LiftBlock
from intervene.core.conversation.packing import unpack
from intervene.core.errors import Blocked, Busy, Forbidden, NotFound, Stale
from intervene.core.events import Blocked as BlockedEvent
from intervene.core.ids import WEBCHAT, CommandId
from intervene.core.text import piece_text
from tests.unit.core.cast import CLARA, ECHO, as_staff
from tests.unit.core.play import Person, Play
from tests.unit.core.test_packing import row

HOUR = 3_600_000


@pytest.fixture
def sue(play: Play) -> Person:
    return play.supervisor("Sue")


def blocks(
    by: Person, *, until: int = 0, why: str = "", everywhere: bool = False, epoch: int | None = None
) -> None:  # fmt: skip
    by.sets(Block, epoch=epoch, until=until, why=piece_text(why), everywhere=everywhere)


def lifts(play: Play, by: Person) -> None:
    play.submit(LiftBlock(id=CommandId(play.new_id("k")), by=by.by, channel=WEBCHAT, address=CLARA.id))


def applied(play: Play, by: Person, *, until: int = 0, why: str = "") -> int:
    """How many events it made."""
    command = ApplyBlock(
        id=CommandId(play.new_id("k")), by=by.by, channel="", address=CLARA.id, until=until, why=piece_text(why)
    )  # fmt: skip
    return len(play.submit(command))


def test_a_block_ends_the_bot_s_run_and_closes_the_conversation(play: Play, sue: Person) -> None:
    """[P1] What the bot streams stands at what was committed, and nothing of it follows."""
    play.customer.says("hi")
    bot = play.bot
    bot.streams("Hel")
    blocks(sue, why="spam")
    assert play.changed(Move.CLOSE, Nobody(), is_open=False, reason="blocked")
    assert play.messages[-1] == "Echo: Hel..."
    assert play.kinds.endswith("control blocked")
    assert play.log[-1].body == BlockedEvent(channel=WEBCHAT, address=CLARA.id, why="spam")
    with pytest.raises(Stale):
        bot.streams("lo")


def test_nothing_opens_the_conversation_of_a_blocked_customer(play: Play, sue: Person) -> None:
    blocks(sue, everywhere=True)
    acts: list[Callable[[], object]] = [
        partial(play.customer.says, "let me in"),
        play.customer.asks_for_a_person,
        sue.reopens,
    ]
    for act in acts:
        with pytest.raises(Blocked) as refused:
            act()
        assert refused.value.facts == {"until": 0}
    sue.notes("they called")
    assert not play.state.is_open
    body = play.log[-2].body
    assert isinstance(body, BlockedEvent)
    assert body.channel == ""


def test_a_block_with_an_end_ends_by_itself(play: Play, sue: Person) -> None:
    until = play.now + HOUR
    blocks(sue, until=until)
    with pytest.raises(Blocked) as refused:
        play.customer.says("hello?")
    assert refused.value.facts == {"until": until}
    play.passes(seconds=3600)
    play.customer.says("hello again")
    assert play.state.holder == ECHO


def test_the_agent_who_holds_control_blocks_and_no_other_agent_does(play: Play) -> None:
    anna, ben = play.agent("Anna"), play.agent("Ben")
    with pytest.raises(Forbidden, match="by the agent who holds control"):
        blocks(ben)
    anna.intervenes()
    blocks(anna)
    assert not play.state.is_open
    with pytest.raises(Forbidden):
        blocks(anna, until=play.now + HOUR)


def test_a_block_of_another_epoch_is_refused(play: Play, sue: Person) -> None:
    with pytest.raises(Stale):
        blocks(sue, epoch=play.state.epoch + 1)


def test_a_time_that_is_over_blocks_nobody(play: Play, sue: Person) -> None:
    with pytest.raises(Forbidden, match="That time is over"):
        blocks(sue, until=play.now)
    assert play.state.is_open


def test_the_list_is_applied_once_and_lifted(play: Play, sue: Person) -> None:
    assert applied(play, sue) == 2
    assert applied(play, sue) == 0, "nothing is left to do"
    assert applied(play, sue, until=play.now + HOUR) == 1, "it ends earlier now"
    lifts(play, sue)
    assert play.state.control.blocked_until == 0
    assert play.customer.says("thank you")
    assert applied(play, sue) == 2


def test_the_list_is_for_those_who_lead_in_the_customer_s_organisation(play: Play) -> None:
    """[P6]"""
    anna = play.agent("Anna")
    with pytest.raises(Forbidden):
        applied(play, anna)
    with pytest.raises(Forbidden):
        lifts(play, anna)
    eve = play.agent("Eve")
    eve.by = as_staff(eve.who, Role.ADMIN, organisation="globex")
    with pytest.raises(NotFound):
        applied(play, eve)


def test_a_block_is_kept_in_the_row_over_what_follows(play: Play, sue: Person) -> None:
    """[P5]"""
    blocks(sue)
    lifts(play, sue)
    play.customer.says("hi")
    blocks(sue)
    sue.notes("again")
    assert play.state.control.blocked_until == FOR_GOOD
    assert unpack(row(play.state)).control == play.state.control


def test_nobody_is_blocked_beside_a_node_that_would_forget_it(sue: Person) -> None:
    play = Play(format=2)
    with pytest.raises(Busy):
        blocks(play.supervisor("Sue"))
    assert play.state.is_open
