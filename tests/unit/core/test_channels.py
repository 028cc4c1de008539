"""A channel's settings at work: the bot and queue that its conversations begin with, its greeting, and the message
outside hours."""

import pytest

from intervene.core.actors import Bot, Nobody, System
from intervene.core.conversation.packing import pack, unpack
from intervene.core.events import AWAY, GREETING, Message
from intervene.core.hours import Day, WeeklySpan
from intervene.core.ids import WEBCHAT, AgentId, BotId, HoursId, QueueId
from intervene.core.policy import Policy, Stored, policy_of
from intervene.core.settings import ChannelSettings, HoursSettings, Kind, QueueSettings, Row, Values
from intervene.core.wire.views import for_contact
from tests.unit.core.cast import ECHO
from tests.unit.core.play import Play
from tests.unit.core.test_packing import row as row_of

SALES_BOT = Bot(id=BotId("sales"), name="Sally")
BOTS = {bot.id: bot for bot in (ECHO, SALES_BOT)}
SALES = QueueId("sales")
CLOSED = "We are back at nine."
DAY, HOUR = 24 * 3600.0, 3600.0
NINE = 1_700_211_600_000  # Friday, 17 November 2023, 9:00 in UTC


def row(kind: Kind, id: str, values: Values) -> Row:
    return Row(kind=kind, id=id, version=1, values=values)


def policy(*, bot: str = "", greeting: str = "", channel_hours: str = "", away: str = CLOSED) -> Policy:
    """The web chat leads to the queue Sales, which is served on weekdays from nine to five."""
    spans = tuple(WeeklySpan(day=day, opens="09:00", closes="17:00") for day in list(Day)[:5])
    mornings = tuple(WeeklySpan(day=day, opens="09:00", closes="12:00") for day in list(Day)[:5])
    rows = (
        row(Kind.HOURS, "office", HoursSettings(name="Office", spans=spans)),
        row(Kind.HOURS, "morning", HoursSettings(name="Mornings", spans=mornings)),
        row(Kind.QUEUE, SALES, QueueSettings(name="Sales", hours=HoursId("office"), away_message=away)),
        row(
            Kind.CHANNEL, WEBCHAT,
            ChannelSettings(
                name="Shop", bot=BotId(bot), queue=SALES, greeting=greeting, hours=HoursId(channel_hours)
            ),
        ),
    )  # fmt: skip
    return policy_of(Stored(version=1, rows=rows, members={SALES: frozenset({AgentId("anna")})}), ECHO, BOTS)


def opened(*, at: int = NINE, **settings: str) -> Play:
    """A conversation with those settings, from then on."""
    play = Play(policy=policy(**settings), now=at)
    assert play.state.card.queue == SALES
    return play


def told(play: Play) -> list[tuple[str, str]]:
    """What the product said, and why; and that customers see it."""
    found = []
    for event in play.log:
        if isinstance(event.author, System) and isinstance(event.body, Message):
            assert for_contact(play.state.id, event) is not None
            assert event.pub > 0
            found.append((event.body.reason, event.body.text))
    return found


# -- how it begins -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bot", "holder"), [("", ECHO), ("sales", SALES_BOT), ("none", Nobody()), ("gone", Nobody())])
def test_a_conversation_begins_and_goes_back_to_the_channel_s_bot(bot: str, holder: Bot | Nobody) -> None:
    play = opened(bot=bot)
    assert play.state.holder == holder
    anna = play.supervisor("Anna")
    anna.intervenes()
    anna.closes()
    play.customer.says("one more thing")
    assert play.state.holder == holder
    if isinstance(holder, Bot):
        anna.intervenes()
        anna.hands_back(holder)
        assert play.state.holder == holder


@pytest.mark.parametrize("bot", ["none", ""])
def test_a_customer_is_greeted_once_and_nothing_is_answered_by_it(bot: str) -> None:
    """[P5] Who writes still waits."""
    play = opened(bot=bot, greeting="Welcome to the shop!")
    play.customer.says("hello")
    assert told(play) == [(GREETING, "Welcome to the shop!")]
    assert play.state.asked == play.state.seq
    assert play.state.counters.unanswered_since == play.now


def test_a_channel_without_a_greeting_says_nothing() -> None:
    assert told(opened()) == []


def test_nothing_is_said_while_a_node_lives_that_would_take_it_for_a_customer_s() -> None:
    """[P5] A release before takes what is no bot's and no agent's for a question."""
    play = Play(policy=policy(greeting="Welcome!", bot="none"), now=NINE - int(HOUR * 1000), format=2)
    play.customer.says("hello")
    assert told(play) == []


# -- outside hours -----------------------------------------------------------------------------------------------------


def test_who_waits_outside_hours_is_told_so_once() -> None:
    play = opened(at=NINE - int(HOUR * 1000), bot="none")
    assert told(play) == [], "nobody has asked anything yet"
    play.customer.says("hello")
    play.customer.says("are you there?")
    play.customer.asks_for_a_person()
    assert told(play) == [(AWAY, CLOSED)]
    assert play.kinds == "opened message message message control"


def test_who_waits_within_hours_is_told_nothing() -> None:
    play = opened(bot="none")
    play.customer.says("hello")
    assert told(play) == []


def test_a_bot_that_leaves_a_customer_to_people_leads_to_the_same() -> None:
    """Also if it has answered all that they wrote."""
    play = opened(at=NINE - int(HOUR * 1000))
    play.customer.says("hello")
    play.bot.says("I will find somebody.")
    assert told(play) == []
    play.bot.asks_for_a_person()
    assert told(play) == [(AWAY, CLOSED)]
    assert play.state.epoch == play.log[-1].epoch


def test_an_agent_who_lets_go_says_it_only_of_what_has_no_answer() -> None:
    play = opened(at=NINE + int(9 * HOUR * 1000), bot="none")
    anna = play.supervisor("Anna")
    anna.intervenes()
    anna.releases()
    assert told(play) == []
    anna.intervenes()
    play.customer.says("hello")
    assert told(play) == [], "an agent holds control"
    anna.releases()
    assert told(play) == [(AWAY, CLOSED)]


def test_it_is_said_again_in_the_next_wait_and_when_hours_have_come_and_gone() -> None:
    play = opened(at=NINE - int(HOUR * 1000), bot="none")
    play.customer.says("hello")
    play.passes(seconds=2 * HOUR)
    play.customer.says("anybody?")
    assert len(told(play)) == 1, "it is ten"
    play.passes(seconds=8 * HOUR)
    play.customer.says("now?")
    assert len(told(play)) == 2, "it is six, and they have been there"
    play.passes(seconds=HOUR)
    play.customer.says("I am still here")
    assert len(told(play)) == 2
    anna = play.supervisor("Anna")
    anna.intervenes()
    anna.says("I look after it.")
    anna.releases()
    play.passes(seconds=60)
    play.customer.says("thanks")
    assert len(told(play)) == 3, "another wait"


def test_what_staff_note_while_a_customer_waits_says_nothing() -> None:
    play = opened(at=NINE + int(7 * HOUR * 1000), bot="none")
    play.customer.says("hello")
    play.passes(seconds=2 * HOUR)
    play.supervisor("Anna").notes("tomorrow")
    assert told(play) == []


def test_a_queue_without_a_message_says_nothing() -> None:
    play = opened(at=NINE - int(HOUR * 1000), bot="none", away="")
    play.customer.says("hello")
    assert told(play) == []


def test_the_hours_of_the_channel_count_too() -> None:
    play = opened(at=NINE + int(4 * HOUR * 1000), bot="none", channel_hours="morning")
    play.customer.says("hello")
    assert told(play) == [(AWAY, CLOSED)]
    made = play.policy
    assert [made.open_now(SALES, NINE + int(hours * HOUR * 1000), WEBCHAT) for hours in (0, 4, 9)] == [
        True, False, False
    ]  # fmt: skip


def test_when_it_was_said_is_kept_in_the_row() -> None:
    play = opened(at=NINE - int(HOUR * 1000), bot="none")
    play.customer.says("hello")
    assert play.state.counters.away_at == play.now
    assert unpack(row_of(play.state)).counters == play.state.counters
    assert pack(play.state).state.endswith(b",%d,0]" % play.now)
