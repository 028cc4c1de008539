"""An organisation's settings, and what the rules make of them: the bot that conversations begin with and go back to."""

from itertools import count

import pytest

from intervene.core.actors import Bot, Nobody
from intervene.core.control import Move
from intervene.core.errors import Forbidden
from intervene.core.hours import Day, WeeklySpan
from intervene.core.ids import DEFAULT_QUEUE, WEBCHAT, AgentId, BotId, HoursId, QueueId
from intervene.core.policy import Policy, Settings, Stored, policy_of
from intervene.core.settings import (
    HoursSettings,
    Kind,
    QueueSettings,
    ReasonSettings,
    Row,
    StatusSettings,
    Values,
    Visibility,
)
from tests.unit.core.cast import ECHO
from tests.unit.core.play import Person, Play

OTHER = Bot(id=BotId("other"), name="Other")
BOTS = {bot.id: bot for bot in (ECHO, OTHER)}
SALES = QueueId("sales")
ANA, BEN, CLEO = (AgentId(name) for name in ("ana", "ben", "cleo"))
MONDAY_NOON = 1_780_308_000_000  # 1 June 2026, 12:00 in Berlin


def row(kind: Kind, id: str, values: Values, *, is_archived: bool = False) -> Row:
    return Row(kind=kind, id=id, version=1, is_archived=is_archived, values=values)


def policy(*rows: Row, **members: set[AgentId]) -> Policy:
    teams = {queue: frozenset(agents) for queue, agents in members.items()}
    return policy_of(Stored(version=1, rows=rows, members=teams), ECHO, BOTS)


@pytest.mark.parametrize(
    ("settings", "bot"),
    [
        (Settings(), ECHO),
        (Settings(bot="other"), OTHER),
        (Settings(bot="none"), None),
        (Settings(bot="one of another release"), None),
    ],
)
def test_a_policy_names_the_bot_that_was_set_if_there_is_one(settings: Settings, bot: Bot | None) -> None:
    """[P5] Customers wait for a person, and not for a bot that no node runs."""
    assert policy_of(Stored(version=3, settings=settings), ECHO, BOTS) == Policy(version=3, bot=bot)
    assert policy_of(Stored(version=3), None, BOTS).bot is None


def test_an_agent_hands_back_to_the_bot_of_the_policy(play: Play, anna: Person) -> None:
    anna.intervenes()
    anna.hands_back(ECHO)
    assert play.state.holder == ECHO
    play.policy = Policy(version=1, bot=OTHER)
    anna.intervenes()
    with pytest.raises(Forbidden, match="no bot 'echo' here"):
        anna.hands_back(ECHO)
    anna.hands_back(OTHER)
    assert play.changed(Move.HAND_BACK, OTHER)
    play.policy = Policy(version=2)
    anna.intervenes()
    with pytest.raises(Forbidden, match="no bot 'other' here"):
        anna.hands_back(OTHER)
    assert play.holder == anna.who.name


def test_a_conversation_goes_on_with_the_bot_that_holds_it_when_the_policy_changes(play: Play) -> None:
    """[P1] A policy says who gets control next, and takes it from nobody."""
    for version, bot in zip(count(1), (OTHER, None)):
        play.policy = Policy(version=version, bot=bot)
        play.customer.says("hi")
        assert play.state.holder == ECHO


def test_a_closed_conversation_reopens_with_the_bot_of_the_day(play: Play, anna: Person) -> None:
    for version, bot in enumerate((OTHER, None, ECHO), start=1):
        anna.intervenes()
        anna.closes()
        play.policy = Policy(version=version, bot=bot)
        play.customer.says("one more thing")
        assert play.state.holder == (bot or Nobody())


# -- what is set in rows -----------------------------------------------------------------------------------------------


def test_an_organisation_that_has_set_nothing_has_a_default_queue_and_a_web_chat() -> None:
    """[P5] Its customers wait somewhere."""
    for nothing in (Policy(), policy()):
        assert list(nothing.queues) == [DEFAULT_QUEUE] == [nothing.default_queue]
        assert list(nothing.channels) == [WEBCHAT]
        assert nothing.queue(DEFAULT_QUEUE).is_taking
        assert nothing.open_now(DEFAULT_QUEUE, MONDAY_NOON)
    assert DEFAULT_QUEUE in policy(row(Kind.QUEUE, SALES, QueueSettings(name="Sales"))).queues


def test_an_agent_serves_the_queues_that_they_are_in_and_else_the_default_one() -> None:
    made = policy(row(Kind.QUEUE, SALES, QueueSettings(name="Sales")), sales={ANA}, default={ANA, BEN})
    served = {(agent, queue): made.serves(agent, queue) for agent in (ANA, BEN, CLEO) for queue in made.queues}
    assert [pair for pair, does in served.items() if does] == [
        (ANA, DEFAULT_QUEUE), (ANA, SALES), (BEN, DEFAULT_QUEUE), (CLEO, DEFAULT_QUEUE)
    ]  # fmt: skip
    assert not policy(row(Kind.QUEUE, SALES, QueueSettings(name="Sales")), sales={ANA}).serves(ANA, DEFAULT_QUEUE)


def test_an_archived_queue_keeps_its_team_takes_nothing_and_leaves_nobody_without_a_queue() -> None:
    made = policy(row(Kind.QUEUE, SALES, QueueSettings(name="Sales"), is_archived=True), sales={ANA})
    assert not made.queue(SALES).is_taking
    assert made.serves(ANA, SALES)
    assert made.serves(ANA, DEFAULT_QUEUE)


def test_a_queue_that_there_is_not_is_the_default_one() -> None:
    """[P5] What is in it must not be out of sight."""
    assert policy().queue(QueueId("of another release")).id == DEFAULT_QUEUE
    assert policy().serves(ANA, QueueId("of another release"))


def test_a_row_of_the_default_queue_says_what_it_is_like() -> None:
    made = policy(row(Kind.QUEUE, DEFAULT_QUEUE, QueueSettings(name="All", visibility=Visibility.HOLDER)))
    assert (made.queue(DEFAULT_QUEUE).name, made.queue(DEFAULT_QUEUE).visibility) == ("All", Visibility.HOLDER)


def test_a_queue_is_open_at_its_hours() -> None:
    span = WeeklySpan(day=Day.MONDAY, opens="09:00", closes="12:00")
    hours = row(Kind.HOURS, "h", HoursSettings(name="Office", zone="Europe/Berlin", spans=(span,)), is_archived=True)
    made = policy(hours, row(Kind.QUEUE, SALES, QueueSettings(name="Sales", hours=HoursId("h"))))
    assert [made.open_now(SALES, MONDAY_NOON - before) for before in (3_600_000, 0)] == [True, False]
    assert made.open_now(DEFAULT_QUEUE, MONDAY_NOON)


def test_statuses_and_reasons_are_in_their_order_and_archived_ones_among_them() -> None:
    made = policy(
        row(Kind.STATUS, "a", StatusSettings(name="Late", position=2)),
        row(Kind.STATUS, "b", StatusSettings(name="New"), is_archived=True),
        row(Kind.STATUS, "c", StatusSettings(name="Call back")),
        row(Kind.REASON, "r", ReasonSettings(name="Solved")),
    )
    assert [status.name for status in made.statuses.values()] == ["Call back", "New", "Late"]
    assert [(reason.id, reason.is_archived) for reason in made.reasons.values()] == [("r", False)]
