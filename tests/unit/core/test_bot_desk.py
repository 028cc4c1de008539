"""What a bot keeps of a conversation: queue, status, tags."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from intervene.core.conversation.bot_desk import BotSetAttributes, BotSetQueue, BotSetStatus, BotSetTags
from intervene.core.conversation.decide import RULES
from intervene.core.errors import BadText, Stale
from intervene.core.events import AttributesKept, QueueSet, StatusSet, TagsSet
from intervene.core.ids import DEFAULT_QUEUE, QueueId, StatusId
from intervene.core.policy import Stored, policy_of
from intervene.core.settings import Kind, QueueSettings, Row, StatusSettings
from intervene.core.text import tag_texts
from tests.unit.core.cast import ECHO
from tests.unit.core.play import Facts, Person, Play, Port

ROWS = (
    Row(kind=Kind.QUEUE, id="billing", values=QueueSettings(name="Billing")),
    Row(kind=Kind.QUEUE, id="asleep", values=QueueSettings(name="Asleep", is_active=False)),
    Row(kind=Kind.QUEUE, id="former", values=QueueSettings(name="Former"), is_archived=True),
    Row(kind=Kind.STATUS, id="promised", values=StatusSettings(name="Promise to pay")),
    Row(kind=Kind.STATUS, id="former", values=StatusSettings(name="Former"), is_archived=True),
)


@pytest.fixture
def play(play: Play) -> Play:
    play.policy = policy_of(Stored(rows=ROWS), ECHO, {ECHO.id: ECHO})
    return play


def sets_queue(port: Port, queue: str) -> Facts:
    return port.play.submit(BotSetQueue(author=port.who, epoch=port.epoch, turn=port.number, queue=QueueId(queue)))


def sets_status(port: Port, status: str) -> Facts:
    return port.play.submit(BotSetStatus(author=port.who, epoch=port.epoch, turn=port.number, status=StatusId(status)))


def sets_tags(port: Port, *tags: str) -> Facts:
    return port.play.submit(BotSetTags(author=port.who, epoch=port.epoch, turn=port.number, tags=tags))


def test_a_bot_sets_queue_status_and_tags_and_goes_on(play: Play) -> None:
    """[P6] In events of its turn, of which customers are shown nothing."""
    bot, pub = play.bot, play.state.pub
    sets_queue(bot, "billing")
    sets_status(bot, "promised")
    sets_tags(bot, "vip", "bill")
    assert [event.body for event in play.log[-3:]] == [
        QueueSet(queue=QueueId("billing"), name="Billing"),
        StatusSet(status=StatusId("promised"), name="Promise to pay"),
        TagsSet(tags=("vip", "bill")),
    ]
    assert {(event.author, event.turn, event.pub) for event in play.log[-3:]} == {(ECHO, bot.number, 0)}
    assert play.state.pub == pub
    sets_status(bot, "")
    assert play.state.card.status == ""
    bot.asks_for_a_person()
    assert (play.holder, play.state.card.queue) == ("", "billing")


def test_a_bot_says_what_it_learned_of_the_contact(play: Play) -> None:
    """[P6] [R192] In an event of its turn, of which customers are shown nothing."""
    bot, pub = play.bot, play.state.pub
    bot.says_of_the_contact(plan="pro", city="")
    assert play.log[-1].body == AttributesKept(values={"plan": "pro", "city": ""})
    assert (play.log[-1].author, play.log[-1].turn, play.state.pub) == (ECHO, bot.number, pub)
    assert bot.says_of_the_contact() == ()


@pytest.mark.parametrize("values", [{f"n{n}": "x" for n in range(21)}, {"a": "x" * 4096}])
def test_what_a_bot_says_at_once_is_bounded(play: Play, values: dict[str, str]) -> None:
    """[P7] Also of one that reaches past its port."""
    with pytest.raises(BadText):
        play.bot.says_of_the_contact(**values)


def test_a_bot_that_was_cut_says_nothing_of_the_contact(play: Play) -> None:
    """[P1] [R192] Nor one whose turn is over. It is decided where it is written: under the row's lock."""
    assert RULES[BotSetAttributes].needs_lock
    bot = play.bot
    play.customer.says("another turn begins")
    with pytest.raises(Stale):
        bot.says_of_the_contact(plan="pro")


@pytest.mark.parametrize("queue", ["asleep", "former", "unknown", DEFAULT_QUEUE])
def test_a_queue_that_takes_nothing_is_skipped(play: Play, queue: str) -> None:
    """And so is the one that it is in."""
    assert sets_queue(play.bot, queue) == ()
    play.bot.says("on it goes")
    assert play.state.card.queue == DEFAULT_QUEUE


@pytest.mark.parametrize("status", ["former", "unknown", ""])
def test_a_status_that_is_not_in_use_is_skipped(play: Play, status: str) -> None:
    assert sets_status(play.bot, status) == ()


def test_what_is_so_already_changes_nothing(play: Play) -> None:
    """[P5] So a command whose outcome is unknown may be given again."""
    for is_new in (True, False):
        facts = sets_queue(play.bot, "billing"), sets_status(play.bot, "promised"), sets_tags(play.bot, "a")
        assert all(map(len, facts)) is any(map(len, facts)) is is_new


def test_nothing_of_it_comes_after_a_takeover(play: Play, anna: Person) -> None:
    """[P1]"""
    bot = play.bot
    anna.intervenes()
    acts: list[Callable[[], object]] = [
        lambda: sets_queue(bot, "billing"), lambda: sets_status(bot, "promised"), lambda: sets_tags(bot, "late"),
        lambda: bot.says_of_the_contact(plan="late"),
    ]  # fmt: skip
    for act in acts:
        with pytest.raises(Stale):
            act()


def test_a_row_of_the_release_before_is_left_as_it_is(play: Play) -> None:
    """[P5] Its nodes know no such events."""
    play.state = replace(play.state, format=2)
    assert sets_queue(play.bot, "billing") == sets_status(play.bot, "promised") == sets_tags(play.bot, "a") == ()
    assert play.bot.says_of_the_contact(plan="pro") == ()


def test_tags_that_do_not_fit_are_refused(play: Play) -> None:
    """[P7]"""
    with pytest.raises(BadText):
        sets_tags(play.bot, *(f"{n}" * 40 for n in range(20, 50)))
    with pytest.raises(BadText):
        tag_texts(map(str, range(21)))
    assert tag_texts(["a", " a ", "", "\u200b", "b" * 50]) == ("a", "b" * 40)
